"""The kit's parts as files, each alone or all in one archive."""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import segno

from survey.wave_kit import texts
from survey.wave_kit.poster import poster
from survey.wave_kit.service import Occasion

ARCHIVE = "bo-tai-lieu.zip"


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the kit: what it is called for people, its kind, and how it is made."""

    vi: str
    en: str
    kind: str
    make: Callable[[Occasion], bytes]


def qr_svg(about: Occasion) -> bytes:
    """Return the address as a QR code that can be drawn in any size, with its quiet zone."""
    drawn = io.BytesIO()
    _qr(about).save(drawn, kind="svg", scale=10, border=4)
    return drawn.getvalue()


def qr_png(about: Occasion) -> bytes:
    """Return the address as a QR code of some 700 pixels, for messages and slides."""
    drawn = io.BytesIO()
    _qr(about).save(drawn, kind="png", scale=20, border=4)
    return drawn.getvalue()


def _qr(about: Occasion) -> segno.QRCode:
    return segno.make(about.url, error="m", micro=False)


def _written(said: Callable[[Occasion], texts.Both]) -> Callable[[Occasion], bytes]:
    def write(about: Occasion) -> bytes:
        both = said(about)
        # With the mark and the line ends that old Windows machines in offices need.
        return f"{both.vi}\n\n----------\n\n{both.en}\n".replace("\n", "\r\n").encode("utf-8-sig")

    return write


def _first(about: Occasion) -> texts.Both:
    slips = f"{about.origin}/results/slips/{about.wave_id}"
    has_slips = {"slip", "paper"} & {*about.ways}
    return texts.Both(
        f"Bộ tài liệu: {about.title_vi}, đợt {about.wave_number}\n{about.unit_vi} ({about.unit_code})\n"
        f"Địa chỉ phiếu: {about.url}\nTrả lời {texts.until(about).vi}.\n"
        + (f"Phiếu mã và phiếu giấy in ở đây, mỗi tệp chỉ có một lần: {slips}\n" if has_slips else "")
        + "\n"
        + "\n".join(f"{name}: {part.vi}" for name, part in PARTS.items()),
        f"Kit: {about.title_en}, wave {about.wave_number}\n{about.unit_en} ({about.unit_code})\n"
        f"Form: {about.url}\nAnswers are taken {texts.until(about).en}.\n"
        + (f"Slips and forms on paper are printed here, each file once: {slips}\n" if has_slips else "")
        + "\n"
        + "\n".join(f"{name}: {part.en}" for name, part in PARTS.items()),
    )


PARTS: Mapping[str, Part] = {
    "doc-truoc.txt": Part("Đọc trước", "Read this first", "text/plain; charset=utf-8", _written(_first)),
    "ap-phich.pdf": Part("Áp phích A4", "Poster, A4", "application/pdf", poster),
    "ma-qr.svg": Part("Mã QR, phóng to tùy ý", "QR code, any size", "image/svg+xml", qr_svg),
    "ma-qr.png": Part("Mã QR dạng ảnh", "QR code, a picture", "image/png", qr_png),
    "zalo.txt": Part("Lời mời cho Zalo", "Text for Zalo", "text/plain; charset=utf-8", _written(texts.zalo)),
    "facebook.txt": Part(
        "Bài đăng cho Facebook", "Text for Facebook", "text/plain; charset=utf-8", _written(texts.facebook)
    ),
    "loa-phat-thanh.txt": Part(
        "Lời đọc loa phát thanh", "Loudspeaker script", "text/plain; charset=utf-8", _written(texts.loudspeaker)
    ),
}


def archive(about: Occasion) -> bytes:
    """Return all parts in one ZIP file; the same parts make the same file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        for name, part in PARTS.items():
            files.writestr(zipfile.ZipInfo(name), part.make(about), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
