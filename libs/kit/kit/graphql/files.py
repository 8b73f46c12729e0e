"""Small files that come within an operation, in base64."""

import base64
import binascii

from kit.errors import InvalidInput

MOST_FILE_BYTES = 150_000
"""200,000 characters of base64: the gateway takes requests of 256 KB, and the rest of one has to fit as well."""

_MOST_BASE64 = MOST_FILE_BYTES // 3 * 4


def small_file(text: str, field: str = "content") -> bytes:
    """Return the bytes of a file that an argument or a field of an input gives in base64.

    InvalidInput of `field` for one of more than MOST_FILE_BYTES, which can come over its page, and for no base64.
    """
    if len(text) > _MOST_BASE64:
        raise InvalidInput(
            field, "lớn hơn 150 KB; hãy tải tệp lên trang.", "is larger than 150 KB; upload the file on the page."
        )
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(field, "không phải base64.", "is not base64.") from error
