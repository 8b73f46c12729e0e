"""What a file is called when it is given to people: as its uploader called it, but with an ending that says what it is.

Content decides what a file is, and to a person's computer the ending does: a text called `plan.bat` would be run.
"""

from media_archive.uploads.media_types import ALL, JPEG

# Other endings that people and programs give these types.
_ALSO = {
    "image/jpeg": ("jpeg", "jpe", "jfif"),
    "image/tiff": ("tiff",),
    "image/heic": ("heif",),
    "text/plain": ("text", "md", "csv", "tsv", "srt", "vtt", "log", "json", "yaml", "yml", "ics", "vcf", "tex"),
    "audio/ogg": ("oga", "opus"),
    "audio/mp4": ("m4b", "mp4"),
    "video/mp4": ("m4v",),
    "video/quicktime": ("qt",),
}
_ENDINGS = {one.name: (one.ending, *_ALSO.get(one.name, ())) for one in ALL}
_OF_HEIC = ("heic", "heif")
# Names of devices, whatever follows the first dot: Windows makes no such file.
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)))
)


def given_name(name: str, media_type: str) -> str:
    """Return a name for a file of this type; a type that is none of the archive's leaves the name as it is."""
    named = f"_{name}" if name.partition(".")[0].strip().lower() in _DEVICES else name
    endings = _ENDINGS.get(media_type)
    stem, dot, ending = named.rpartition(".")
    if endings is None or (dot and stem and ending.lower() in endings):
        return named
    # Its public copy is of another type than a telephone's picture: there the ending changes.
    if media_type == JPEG.name and dot and ending.lower() in _OF_HEIC:
        return f"{stem}.{JPEG.ending}"
    return f"{named}.{endings[0]}"
