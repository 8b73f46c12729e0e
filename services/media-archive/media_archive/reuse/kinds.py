"""In which ways a material is used, and what people call them."""

from typing import Literal, get_args

Kind = Literal["download", "share", "embed", "publication"]
KINDS: tuple[Kind, ...] = get_args(Kind)
CALLED: dict[str, tuple[str, str]] = {
    "download": ("tải về để dùng", "download for use"),
    "share": ("chia sẻ", "share"),
    "embed": ("nhúng", "embed"),
    "publication": ("đăng, phát", "publication"),
}
