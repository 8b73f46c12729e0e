"""The websites that may show a poll within their own pages."""

import re
from collections.abc import Sequence

from kit.errors import InvalidInput

MOST_ORIGINS = 10
# A scheme, a host, perhaps a port: what a browser calls an origin. Nothing else may come near a header.
_ORIGIN = re.compile(
    r"https://(?=.{1,253}(?::|$))[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+"
    r"(?::[0-9]{1,5})?"
)


def checked_origins(origins: Sequence[str]) -> list[str]:
    """Return the origins as browsers write them, each once; InvalidInput for what is none, or too many."""
    tidy = list(dict.fromkeys(origin.strip().lower().rstrip("/") for origin in origins if origin.strip()))
    if len(tidy) > MOST_ORIGINS:
        raise InvalidInput("allowedOrigins", f"nhiều nhất {MOST_ORIGINS} trang", f"takes at most {MOST_ORIGINS}")
    wrong = next((origin for origin in tidy if not _ORIGIN.fullmatch(origin)), None)
    if wrong is not None:
        raise InvalidInput(
            "allowedOrigins",
            f"“{wrong[:80]}” không phải địa chỉ trang dạng https://vi-du.vn",
            f"“{wrong[:80]}” is no origin such as https://example.vn",
        )
    return tidy
