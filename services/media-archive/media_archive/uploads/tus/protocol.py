"""What tus 1.0.0 says in headers, read strictly; nothing here knows of files or of the database."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from kit.errors import DomainError

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
ALGORITHMS = ("sha1", "sha256", "sha512")
CONTENT_TYPE = "application/offset+octet-stream"

_WHOLE_NUMBER = re.compile(r"\d{1,15}", re.ASCII)
_KEY = re.compile(r"[!-+\--~]{1,200}")
_LONGEST_METADATA = 30_000


class TusHeaderInvalid(DomainError):
    """A header that the protocol demands is missing or does not say what it should."""

    code = "TUS_HEADER_INVALID"
    vi = "Tiêu đề {header} thiếu hoặc không đúng."
    en = "The header {header} is missing or wrong."
    extra = {"header": str}


class TusVersionNotSupported(DomainError):
    """The client speaks another version of the protocol."""

    code = "TUS_VERSION_NOT_SUPPORTED"
    vi = "Máy chủ chỉ hiểu tus phiên bản 1.0.0."
    en = "The server speaks version 1.0.0 of tus only."


class TusContentTypeWrong(DomainError):
    """Bytes of a file come as application/offset+octet-stream and as nothing else."""

    code = "TUS_CONTENT_TYPE_WRONG"
    vi = "Nội dung phải có kiểu application/offset+octet-stream."
    en = "The content must be application/offset+octet-stream."


class ChecksumAlgorithmUnknown(DomainError):
    """The checksum was made with an algorithm that is not offered."""

    code = "CHECKSUM_ALGORITHM_UNKNOWN"
    vi = "Máy chủ không hỗ trợ thuật toán kiểm tra này."
    en = "The server does not offer this checksum algorithm."


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the client says that its bytes hash to."""

    algorithm: str
    digest: bytes


def require_version(headers: Mapping[str, str]) -> None:
    """Raise TusVersionNotSupported unless the request speaks our version."""
    if headers.get("tus-resumable") != VERSION:
        raise TusVersionNotSupported()


def length_of(headers: Mapping[str, str]) -> int:
    """Return `Upload-Length` in bytes. A length that is told later is an extension that is not offered."""
    return _whole_number(headers, "Upload-Length")


def offset_of(headers: Mapping[str, str]) -> int:
    """Return `Upload-Offset` in bytes."""
    return _whole_number(headers, "Upload-Offset")


def announced_of(headers: Mapping[str, str]) -> int | None:
    """Return the length of the request's body, None when it comes in chunks."""
    return _whole_number(headers, "Content-Length") if "content-length" in headers else None


def require_content_type(headers: Mapping[str, str]) -> None:
    """Raise TusContentTypeWrong unless the body is what the protocol wants."""
    if headers.get("content-type", "").split(";")[0].strip().lower() != CONTENT_TYPE:
        raise TusContentTypeWrong()


def checksum_of(headers: Mapping[str, str]) -> Checksum | None:
    """Return `Upload-Checksum`: the name of an algorithm, a space and the digest in base64."""
    said = headers.get("upload-checksum")
    if said is None:
        return None
    algorithm, _, encoded = said.strip().partition(" ")
    if algorithm.lower() not in ALGORITHMS:
        raise ChecksumAlgorithmUnknown()
    return Checksum(algorithm.lower(), _decoded(encoded.strip(), "Upload-Checksum"))


def metadata_of(text: str) -> dict[str, str]:
    """Return `Upload-Metadata`: pairs of a key and a value in base64, apart by commas; values are UTF-8 text."""
    if len(text) > _LONGEST_METADATA:
        raise TusHeaderInvalid(header="Upload-Metadata")
    told: dict[str, str] = {}
    for pair in text.split(",") if text.strip() else ():
        key, _, encoded = pair.strip().partition(" ")
        if not _KEY.fullmatch(key) or key in told:
            raise TusHeaderInvalid(header="Upload-Metadata")
        try:
            told[key] = _decoded(encoded.strip(), "Upload-Metadata").decode()
        except UnicodeDecodeError as error:
            raise TusHeaderInvalid(header="Upload-Metadata") from error
    return told


def moment(when: datetime) -> str:
    """Return a moment (in UTC) as HTTP writes it (RFC 9110, 5.6.7)."""
    return format_datetime(when, usegmt=True)


def _whole_number(headers: Mapping[str, str], name: str) -> int:
    said = headers.get(name.lower(), "")
    if not _WHOLE_NUMBER.fullmatch(said):
        raise TusHeaderInvalid(header=name)
    return int(said)


def _decoded(text: str, header: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise TusHeaderInvalid(header=header) from error
