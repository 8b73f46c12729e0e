"""Reading captions as people write them, WebVTT or SubRip, and telling the line on which something is wrong.

W3C WebVTT: The Web Video Text Tracks Format, sections 4 and 6; SubRip has no standard: a number, times with commas.
"""

import html
import re
from dataclasses import dataclass

from kit.errors import DomainError

MOST_CHARACTERS = 1_000_000
MOST_CUES = 10_000

_HEADER = re.compile(r"WEBVTT(?:[ \t].*)?")
_ARROW = "-->"
# The format bounds hours by nothing; a thousand are a year of broadcasting.
_TIME = r"(?:([0-9]{2,4}):)?([0-5][0-9]):([0-5][0-9])\.([0-9]{3})"
_TIMES = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t]+(.*))?")
_SETTING = re.compile(r"(?:vertical|line|position|size|align|region):\S+")
_TAG = re.compile(r"</?(?:c|i|b|u|ruby|rt|v|lang)(?:[.\s][^<>]*)?>|<(?:[0-9]{2,4}:)?[0-5][0-9]:[0-5][0-9]\.[0-9]{3}>")
_SUBRIP_TIMES = re.compile(r"(\d{1,2}:\d{2}:\d{2}),(\d{3})([ \t]+-->[ \t]+)(\d{1,2}:\d{2}:\d{2}),(\d{3})(.*)")
_LINES = re.compile(r"\r\n|\n|\r")


class CaptionsInvalid(DomainError):
    """The captions can't be read; says on which line, and what is wrong there."""

    code = "CAPTIONS_INVALID"
    vi = "Dòng {line}: {reason_vi}."
    en = "Line {line}: {reason_en}."
    extra = {"line": int}


@dataclass(frozen=True, slots=True)
class Cue:
    """What is said from one second to another, as plain text."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Track:
    """Captions that hold to the format, and what is said in them."""

    content: str
    cues: tuple[Cue, ...]

    @property
    def text(self) -> str:
        """All that is said, a line for each cue."""
        return "\n".join(cue.text for cue in self.cues)


@dataclass(slots=True)
class _Reading:
    """The lines and how far we are; `before` is how many of them the writer did not write."""

    lines: list[str]
    before: int = 0
    at: int = 0

    def wrong(self, vi: str, en: str, *, at: int | None = None) -> CaptionsInvalid:
        line = max(1, (self.at if at is None else at) + 1 - self.before)
        return CaptionsInvalid(line=line, reason_vi=vi, reason_en=en)


def read_captions(written: str) -> Track:
    """Return captions in WebVTT with their cues in order; SubRip is turned into WebVTT. CaptionsInvalid otherwise."""
    if len(written) > MOST_CHARACTERS:
        raise CaptionsInvalid(
            line=1, reason_vi=f"nhiều nhất {MOST_CHARACTERS} ký tự", reason_en=f"at most {MOST_CHARACTERS} characters"
        )
    reading = _opened(written)
    cues: list[Cue] = []
    while _to_next_block(reading):
        cue = _block(reading)
        if cue is None:
            continue
        if cues and cue.start < cues[-1].start:
            raise reading.wrong(
                "bắt đầu trước phụ đề liền trên", "begins before the caption above it", at=_times_at(reading)
            )
        cues.append(cue)
        if len(cues) > MOST_CUES:
            raise reading.wrong(f"nhiều nhất {MOST_CUES} phụ đề", f"there may be {MOST_CUES} captions at most")
    if not cues:
        raise reading.wrong("chưa có phụ đề nào", "there is no caption", at=0)
    return Track("\n".join(reading.lines).rstrip("\n") + "\n", tuple(cues))


def write_captions(cues: tuple[Cue, ...]) -> str:
    """Return cues as WebVTT."""
    blocks = [f"{_clock(cue.start)} --> {_clock(cue.end)}\n{html.escape(cue.text, quote=False)}\n" for cue in cues]
    return "\n".join(["WEBVTT\n", *blocks])


def _clock(seconds: float) -> str:
    whole, thousandths = divmod(round(seconds * 1_000), 1_000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{thousandths:03d}"


def _opened(written: str) -> _Reading:
    # What the format says of zero bytes (4.1, step 1), which PostgreSQL keeps as little.
    lines = _LINES.split(written.removeprefix("\ufeff").replace("\0", "\ufffd"))
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    if any(_SUBRIP_TIMES.fullmatch(line.strip()) for line in lines[first : first + 2]):
        return _Reading(["WEBVTT", "", *(_from_subrip(line) for line in lines[first:])], 2 - first, 1)
    reading = _Reading(lines)
    if not _HEADER.fullmatch(lines[0]):
        raise reading.wrong("dòng đầu phải là WEBVTT", "the first line must be WEBVTT")
    reading.at = 1
    if len(lines) > 1 and _ARROW in lines[1]:
        raise reading.wrong("cần một dòng trống sau WEBVTT", "there must be an empty line after WEBVTT")
    while reading.at < len(lines) and lines[reading.at].strip():
        reading.at += 1
    return reading


def _from_subrip(line: str) -> str:
    return _SUBRIP_TIMES.sub(
        lambda found: _padded(f"{found[1]}.{found[2]}{found[3]}", f"{found[4]}.{found[5]}"), line.rstrip()
    )


def _padded(first: str, second: str) -> str:
    return re.sub(r"(?<!\d)(\d):", r"0\1:", first + second)


def _to_next_block(reading: _Reading) -> bool:
    while reading.at < len(reading.lines) and not reading.lines[reading.at].strip():
        reading.at += 1
    return reading.at < len(reading.lines)


def _block(reading: _Reading) -> Cue | None:
    """Read up to the next empty line; None for notes, styles and regions."""
    line = reading.lines[reading.at]
    if re.fullmatch(r"(?:NOTE|STYLE|REGION)(?:[ \t].*)?", line):
        while reading.at < len(reading.lines) and reading.lines[reading.at].strip():
            reading.at += 1
        return None
    if _ARROW not in line:
        reading.at += 1  # the cue's name
        if reading.at >= len(reading.lines) or _ARROW not in reading.lines[reading.at]:
            raise reading.wrong(
                "cần dòng thời gian dạng 00:00:01.000 --> 00:00:04.000",
                "there must be a line of times such as 00:00:01.000 --> 00:00:04.000",
            )
    start, end = _times(reading)
    reading.at += 1
    return Cue(start, end, _payload(reading))


def _times(reading: _Reading) -> tuple[float, float]:
    found = _TIMES.fullmatch(reading.lines[reading.at].strip())
    if found is None:
        raise reading.wrong(
            "thời gian không đúng dạng 00:00:01.000 --> 00:00:04.000",
            "the times are not of the form 00:00:01.000 --> 00:00:04.000",
        )
    if any(not _SETTING.fullmatch(setting) for setting in (found[9] or "").split()):
        raise reading.wrong("thiết lập sau thời gian không hợp lệ", "there is an unknown setting after the times")
    start, end = _seconds(found.groups()[:4]), _seconds(found.groups()[4:8])
    if end <= start:
        raise reading.wrong("kết thúc phải sau khi bắt đầu", "the end must come after the beginning")
    return start, end


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return hours * 3_600 + minutes * 60 + seconds + thousandths / 1_000


def _payload(reading: _Reading) -> str:
    said: list[str] = []
    while reading.at < len(reading.lines) and reading.lines[reading.at].strip():
        line = reading.lines[reading.at]
        if _ARROW in line:
            raise reading.wrong("thiếu dòng trống trước thời gian này", "an empty line is missing before these times")
        bare = _TAG.sub("", line)
        if "<" in bare:
            raise reading.wrong("thẻ không hợp lệ, viết &lt; cho dấu <", "there is an unknown tag; write &lt; for <")
        said.append(html.unescape(bare).strip())
        reading.at += 1
    if not any(said):
        raise reading.wrong("phụ đề không có chữ", "the caption has no text", at=reading.at - 1)
    return " ".join(said)


def _times_at(reading: _Reading) -> int:
    """Where the times of the block stand that was read last."""
    at = reading.at - 1
    while _ARROW not in reading.lines[at]:
        at -= 1
    return at
