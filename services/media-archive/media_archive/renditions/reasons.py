"""Why a rendition, a text or a print is not there, or not all of it: the words for each of the codes that are kept."""

from collections.abc import Mapping

from kit.errors import Language

REASONS: Mapping[str, tuple[str, str]] = {
    "TESSERACT_MISSING": (
        "máy chủ chưa cài bộ nhận dạng chữ, sẽ tự thử lại sau",
        "the server has no text recognition installed; it will try again by itself",
    ),
    "TESSERACT_VIETNAMESE_MISSING": (
        "bộ nhận dạng chữ của máy chủ chưa có tiếng Việt, sẽ tự thử lại sau",
        "the server's text recognition lacks Vietnamese; it will try again by itself",
    ),
    "FFMPEG_MISSING": (
        "máy chủ chưa cài bộ xử lý phim và âm thanh, sẽ tự thử lại sau",
        "the server has no program for films and sounds installed; it will try again by itself",
    ),
    "FFMPEG_WITHOUT_ENCODER": (
        "bộ xử lý phim và âm thanh của máy chủ thiếu bộ mã hóa cần dùng, sẽ tự thử lại sau",
        "the server's program for films and sounds lacks the encoder for it; it will try again by itself",
    ),
    "TRANSCRIBER_MISSING": (
        "máy chủ chưa có bộ chuyển lời nói thành chữ, sẽ tự thử lại sau",
        "the server has nothing to turn speech into text with; it will try again by itself",
    ),
    "TYPE_HAS_NO_PICTURE": ("loại tệp này chưa có ảnh xem trước", "files of this type have no preview yet"),
    "EVERY_PAGE_HAS_TEXT": ("mọi trang đã có chữ", "every page has its text already"),
    "LITTLE_TEXT_FOUND": ("trong ảnh có ít hoặc không có chữ", "there is little or no text in the picture"),
    "PICTURE_IS_PLAIN": ("ảnh trống, không có gì để so", "the picture is blank: there is nothing to compare"),
    "FIRST_PAGES_ONLY": ("chỉ làm những trang đầu", "only the first pages were done"),
    "FILE_BROKEN": ("tệp hỏng hoặc thiếu dữ liệu", "the file is damaged or cut off"),
    "NOT_READABLE": ("không đọc được chữ trong tệp", "the text of the file could not be read"),
    "NOT_UNDERSTOOD": ("không nghe ra lời nói trong tệp", "what is said in the file could not be made out"),
    "CANNOT_BE_CLEANED": (
        "không gỡ được thông tin riêng khỏi tệp, nên không có bản cho người ngoài đơn vị",
        "what the file tells of its makers could not be removed, so there is no copy for people outside of the unit",
    ),
    "CANNOT_BE_REWRITTEN": ("không ghi lại được tệp PDF", "the PDF could not be written anew"),
    "PICTURE_TOO_LARGE": ("hình của phim quá lớn", "the picture of the film is too large"),
    "TOO_LONG": ("phim hoặc âm thanh dài quá bốn giờ", "the film or sound is longer than four hours"),
    "TOOK_TOO_LONG": ("xử lý quá lâu nên đã dừng", "it took too long and was stopped"),
    "GAVE_UP": ("đã thử nhiều lần không được", "given up after several tries"),
}
"""Vietnamese and English, to follow a colon or to stand in brackets."""


def told(code: str | None, language: Language) -> str | None:
    """Return why, in a language; None where there is no reason."""
    if code is None:
        return None
    vi, en = REASONS[code]
    return en if language == "en" else vi
