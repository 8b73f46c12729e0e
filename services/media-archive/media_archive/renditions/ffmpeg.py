"""Calling ffmpeg, a program that may be missing, for films and sounds of strangers (docs/decisions/0019)."""

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media_archive import processes
from media_archive.renditions.images import Picture, thumbnails
from media_archive.uploads.media_types import MediaType

MOST_SECONDS = 4 * 3_600
"""Longest film or sound that is worked on."""

# Twice what 8K has: a frame of a film that says more takes all memory that there is.
_LONGEST_SIDE, _MOST_PIXELS = 16_384, 70_000_000
_SHAPE = re.compile(r"([1-9][0-9]{0,9}):([1-9][0-9]{0,9})")
_SHORT_SIDE = 480
_MOST_FRAMES_A_SECOND = 30
_SEGMENT_SECONDS = 6
_WAVE_SIZE = (1_200, 240)
_WAVE_COLOUR = "0x1f5fa8"
_LIMITS = processes.Limits(memory_bytes=6_000_000_000, file_bytes=5_000_000_000)
# What reads each type. Said, not guessed: ffmpeg would also read playlists, which name other files and addresses.
_READERS = {
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/mp4": "mov",
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/webm": "matroska",
}
_ONLY_FILES = ("-protocol_whitelist", "file")
_WRITERS = {
    "audio/mpeg": ("mp3", "-id3v2_version", "0", "-write_id3v1", "0"),
    "audio/ogg": ("ogg",),
    "audio/wav": ("wav",),
    "audio/mp4": ("ipod", "-movflags", "+faststart"),
    "video/mp4": ("mp4", "-movflags", "+faststart"),
    "video/quicktime": ("mov", "-movflags", "+faststart"),
    "video/webm": ("webm",),
}
_NAMELESS = ("-map_metadata", "-1", "-map_metadata:s", "-1", "-map_chapters", "-1", "-fflags", "+bitexact")
# Encoders by preference: what every phone plays first, then what a build without GPL parts has.
_H264 = ("-profile:v", "main", "-pix_fmt", "yuv420p", "-maxrate", "900k", "-bufsize", "1800k")
_VIDEO_ENCODERS = {
    "libx264": ("-preset", "veryfast", "-crf", "25", *_H264),
    "libopenh264": ("-b:v", "800k", *_H264),
    "libvpx-vp9": ("-deadline", "realtime", "-cpu-used", "6", "-row-mt", "1", "-crf", "36", "-b:v", "800k"),
}
# What each ffmpeg that was met can encode.
_ENCODERS_OF: dict[str, frozenset[str]] = {}
_SOUND_WITH = {"libx264": "aac", "libopenh264": "aac", "libvpx-vp9": "libopus"}


class FfmpegUnavailable(Exception):
    """There is nothing to make films and sounds with; `reason` is the code that people are shown."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class MediaBroken(Exception):
    """The film or sound can't be decoded, or not within the limits; `reason` is the code that people are shown."""

    def __init__(self, reason: str = "FILE_BROKEN") -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Probe:
    """What is in a film or sound: its length, its pictures' size as they are shown, and whether there is sound."""

    seconds: float
    width: int
    height: int
    has_sound: bool
    video_codec: str | None


@dataclass(frozen=True, slots=True)
class Film:
    """A smaller film: a file to play as it loads, and the same in pieces for streaming with a playlist of these."""

    whole: Path
    pieces: Path
    playlist: Path
    probe: Probe


def require_ffmpeg() -> tuple[str, str]:
    """Return the paths of ffmpeg and ffprobe; FfmpegUnavailable when they are not installed."""
    programs = (shutil.which("ffmpeg"), shutil.which("ffprobe"))
    if programs[0] is None or programs[1] is None:
        raise FfmpegUnavailable("FFMPEG_MISSING")
    return programs[0], programs[1]


async def probe(path: Path, media_type: MediaType | None = None) -> Probe:
    """Say what is in a file; MediaBroken when it is no film or sound, TOO_LONG beyond four hours, PICTURE_TOO_LARGE."""
    _, program = require_ffmpeg()
    reader = _reader(media_type)
    asked = ["-show_entries", "stream:format=duration:stream_side_data=rotation", "-of", "json"]
    try:
        command = [program, "-v", "error", *_ONLY_FILES, *reader, *asked, str(path)]
        done = await processes.run(command, seconds=60, limits=_LIMITS)
    except TimeoutError as error:
        raise MediaBroken("TOOK_TOO_LONG") from error
    if done.status != 0:
        raise MediaBroken()
    return _probe_of(json.loads(done.output))


def _probe_of(told: dict[str, Any]) -> Probe:
    streams: list[dict[str, Any]] = told.get("streams", [])
    videos = [one for one in streams if one.get("codec_type") == "video" and not one["disposition"].get("attached_pic")]
    has_sound = any(one.get("codec_type") == "audio" for one in streams)
    lengths = [told.get("format", {}).get("duration"), *(one.get("duration") for one in streams)]
    seconds = max((float(one) for one in lengths if one), default=0.0)
    if not videos and not has_sound:
        raise MediaBroken()
    if seconds > MOST_SECONDS:
        raise MediaBroken("TOO_LONG")
    width, height = _shown_size(videos[0]) if videos else (0, 0)
    if max(width, height) > _LONGEST_SIDE or width * height > _MOST_PIXELS:
        raise MediaBroken("PICTURE_TOO_LARGE")
    return Probe(seconds, width, height, has_sound, videos[0].get("codec_name") if videos else None)


def _shown_size(video: dict[str, Any]) -> tuple[int, int]:
    """The size of the picture upright and with square pixels."""
    width, height = int(video.get("width", 0)), int(video.get("height", 0))
    shape = _SHAPE.fullmatch(str(video.get("sample_aspect_ratio")))
    if shape is not None:
        width = round(width * int(shape[1]) / int(shape[2]))
    turned = any(int(float(one.get("rotation", 0))) % 180 for one in video.get("side_data_list", []))
    return (height, width) if turned else (width, height)


async def poster(path: Path, media_type: MediaType, folder: Path) -> bytes:
    """Return a telling picture of a film's beginning as PNG, upright: the most usual of some that are near."""
    found = await probe(path, media_type)
    if not found.video_codec:
        raise MediaBroken()
    made = Path(folder, "poster.png")
    await _make(
        path,
        media_type,
        ["-map", "0:V:0", "-vf", "thumbnail=25,scale=iw*sar:ih,setsar=1", "-frames:v", "1", str(made)],
        seconds=90,
        before=["-ss", f"{min(3.0, found.seconds / 10):.2f}"],
    )
    if not made.exists():
        raise MediaBroken()
    return made.read_bytes()


async def small_film(path: Path, media_type: MediaType, folder: Path) -> Film:
    """Make a film with a short side of at most 480 pixels, and the same in pieces of about six seconds for HLS."""
    found = await probe(path, media_type)
    if not found.video_codec:
        raise MediaBroken()
    whole = Path(folder, "video_480.mp4")
    encoder = await _video_encoder()
    width, height = _small_size(found)
    pictures = ["-vf", f"scale={width}:{height},setsar=1,fps=fps='min({_MOST_FRAMES_A_SECOND},source_fps)'"]
    keys = ["-force_key_frames", f"expr:gte(t,n_forced*{_SEGMENT_SECONDS})"]
    sound = ["-map", "0:a:0?", "-c:a", _SOUND_WITH[encoder], "-b:a", "96k", "-ac", "2"]
    video = ["-map", "0:V:0", *pictures, "-c:v", encoder, *_VIDEO_ENCODERS[encoder], *keys]
    seconds = 120 + 2 * found.seconds
    await _make(path, media_type, [*video, *sound, *_NAMELESS, "-movflags", "+faststart", str(whole)], seconds=seconds)
    made = await probe(whole)
    playlist, pieces = Path(folder, "hls.m3u8"), Path(folder, "hls_480.mp4")
    length = ["-hls_time", str(_SEGMENT_SECONDS), "-hls_playlist_type", "vod"]
    one_file = ["-hls_segment_type", "fmp4", "-hls_flags", "single_file", "-hls_segment_filename", str(pieces)]
    await _make(
        whole, None, ["-c", "copy", *_NAMELESS, "-f", "hls", *length, *one_file, str(playlist)], seconds=seconds
    )
    return Film(whole, pieces, playlist, made)


def _small_size(found: Probe) -> tuple[int, int]:
    """Both sides even, as the encoders need; never larger than the original but for that."""
    share = min(1.0, _SHORT_SIDE / max(1, min(found.width, found.height)))
    return max(2, round(found.width * share / 2) * 2), max(2, round(found.height * share / 2) * 2)


async def opus(path: Path, media_type: MediaType, made: Path) -> Probe:
    """Make a small copy of a sound, for weak lines; return what is in it."""
    found = await probe(path, media_type)
    if not found.has_sound:
        raise MediaBroken()
    how = ["-map", "0:a:0", "-c:a", "libopus", "-b:a", "48k", "-ac", "2", *_NAMELESS, "-f", "webm"]
    await _make(path, media_type, [*how, str(made)], seconds=60 + found.seconds / 2)
    return await probe(made)


async def waveform(path: Path, media_type: MediaType, folder: Path) -> Picture:
    """Return a picture of how loud a sound is from its beginning to its end, on white."""
    across, down = _WAVE_SIZE
    made = Path(folder, "waveform.png")
    draw = f"[0:a:0]aformat=channel_layouts=mono,showwavespic=s={across}x{down}:colors={_WAVE_COLOUR}"
    await _make(path, media_type, ["-filter_complex", draw, "-frames:v", "1", str(made)], seconds=300)
    if not made.exists():
        raise MediaBroken()
    return thumbnails(made.read_bytes(), [across])[0]


async def clean_copy(path: Path, media_type: MediaType, made: Path) -> None:
    """Copy pictures and sound as they are into a new file of the same type, and nothing that was said about them.

    Tracks of other data, such as a camera's places, covers and chapters, are left behind; so are the notes inside of
    H.264 and H.265, which some cameras use for the place.
    """
    found = await probe(path, media_type)
    notes = {"h264": "filter_units=remove_types=6", "hevc": "filter_units=remove_types=39-40"}
    streams = ["-map", "0:a?"] if media_type.family == "audio" else ["-map", "0:V", "-map", "0:a?"]
    without = ["-bsf:v", notes[found.video_codec]] if found.video_codec in notes else []
    container, *options = _WRITERS[media_type.name]
    how = [*streams, "-c", "copy", *without, *_NAMELESS, *options, "-f", container]
    await _make(path, media_type, [*how, str(made)], seconds=600)


async def _make(
    path: Path, media_type: MediaType | None, how: Sequence[str], *, seconds: float, before: Sequence[str] = ()
) -> None:
    program, _ = require_ffmpeg()
    quiet = ["-nostdin", "-v", "error", "-y", "-threads", "2", *_ONLY_FILES]
    command = [program, *quiet, *before, *_reader(media_type), "-i", str(path), *how]
    try:
        done = await processes.run(command, seconds=seconds, limits=_LIMITS)
    except TimeoutError as error:
        raise MediaBroken("TOOK_TOO_LONG") from error
    if done.status != 0:
        raise MediaBroken()


def _reader(media_type: MediaType | None) -> list[str]:
    """Our own small films are told by their content."""
    return ["-f", _READERS[media_type.name]] if media_type else []


async def _video_encoder() -> str:
    program, _ = require_ffmpeg()
    listed = await _encoders(program)
    for encoder in _VIDEO_ENCODERS:
        if encoder in listed:
            return encoder
    raise FfmpegUnavailable("FFMPEG_WITHOUT_ENCODER")


async def _encoders(program: str) -> frozenset[str]:
    """The encoders of this build of ffmpeg, asked once."""
    if program not in _ENCODERS_OF:
        done = await processes.run([program, "-hide_banner", "-v", "error", "-encoders"], seconds=30)
        words = (line.split() for line in done.output.decode(errors="replace").splitlines())
        _ENCODERS_OF[program] = frozenset(parts[1] for parts in words if len(parts) > 1)
    return _ENCODERS_OF[program]
