"""What a caller can provoke: errors with a stable code and a message in the caller's language.

Anything that is not a `DomainError` is a bug: it is logged with its trace and hidden from the client.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Literal, NamedTuple

from kit.calendar import VIETNAM

Language = Literal["vi", "en"]


class Name(NamedTuple):
    """What something is called, as an argument of an error: a text says the name in its own language.

    Without an English name the Vietnamese one stands for it.
    """

    vi: str
    en: str | None


class DomainError(Exception):
    """Base of every refusal. `vi` and `en` are format strings over the keyword arguments given when raising.

    `extra` names arguments that the graph shows as fields of their own, with their Python types.
    """

    code: ClassVar[str]
    vi: ClassVar[str]
    en: ClassVar[str]
    extra: ClassVar[dict[str, Any]] = {}

    def __init__(self, **details: Any) -> None:
        self.details = details
        super().__init__(self.code)

    def message(self, language: Language) -> str:
        """Return the text for people in their language."""
        told = {name: _told(value, language) for name, value in self.details.items()}
        return (self.vi if language == "vi" else self.en).format_map(told)


def _told(value: object, language: Language) -> object:
    """Return what a text says for a value: days as people write them, moments by the clocks of Viet Nam, names."""
    if isinstance(value, Name):
        return value.vi if language == "vi" else value.en or value.vi
    if isinstance(value, datetime):
        return value.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y" if language == "vi" else "%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}" if language == "vi" else value.isoformat()
    return value


class Forbidden(DomainError):
    """The caller is known but lacks the role this needs on the unit concerned."""

    code = "FORBIDDEN"
    vi = "Anh/chị không có quyền làm việc này."
    en = "You are not allowed to do this."


class SignInRequired(DomainError):
    """Nobody is signed in, and this needs somebody."""

    code = "SIGN_IN_REQUIRED"
    vi = "Cần đăng nhập để làm việc này."
    en = "You need to sign in to do this."


class NotFound(DomainError):
    """What was asked for does not exist, or the caller may not know that it does."""

    code = "NOT_FOUND"
    vi = "Không tìm thấy “{id}”."
    en = "There is no {kind} “{id}”."

    def __init__(self, kind: str, id: object) -> None:
        super().__init__(kind=kind, id=str(id)[:100])


class InvalidInput(DomainError):
    """One input value is not acceptable; `field` names it, and the message says why."""

    code = "INVALID_INPUT"
    vi = "{field}: {reason_vi}"
    en = "{field}: {reason_en}"
    extra = {"field": str}

    def __init__(self, field: str, reason_vi: str, reason_en: str) -> None:
        super().__init__(field=field, reason_vi=reason_vi, reason_en=reason_en)


def none_of(field: str, called: Mapping[str, tuple[str, str]]) -> InvalidInput:
    """Return the refusal of a value that is none of the codes in `called`: each with what people call it, vi and en."""
    vi, en = (", ".join(f"{code} ({names[position]})" for code, names in called.items()) for position in (0, 1))
    return InvalidInput(field, f"phải là một trong: {vi}.", f"must be one of: {en}.")


class UnknownCode(InvalidInput):
    """A code that its vocabulary does not have on the day concerned.

    `called`: what people call the vocabulary, in Vietnamese and English, where who refuses knows it.
    """

    code = "UNKNOWN_CODE"
    vi = "{field}: danh mục “{called_vi}” không có mã “{unknown_code}” vào ngày {day_vi}."
    en = "{field}: the vocabulary “{called_en}” has no code “{unknown_code}” on {day_en}."
    extra = {"field": str, "vocabulary": str, "unknown_code": str}

    def __init__(self, field: str, vocabulary: str, code: str, on: date, called: tuple[str, str] | None = None) -> None:
        called_vi, called_en = called or (vocabulary, vocabulary)
        DomainError.__init__(
            self,
            field=field,
            vocabulary=vocabulary,
            called_vi=called_vi,
            called_en=called_en,
            unknown_code=code[:60].replace("\x00", "\ufffd"),
            day_vi=f"{on:%d/%m/%Y}",
            day_en=on.isoformat(),
        )


class PassportInvalid(DomainError):
    """A passport was shown that this service can't accept: forged, expired or meant for someone else."""

    code = "PASSPORT_INVALID"
    vi = "Phiên đăng nhập không hợp lệ hoặc đã hết hạn."
    en = "The session is not valid or has expired."


def language_of(accept_language: str | None) -> Language:
    """Return the language of an `Accept-Language` header: the first of the two named, Vietnamese when neither is."""
    for part in (accept_language or "").lower().split(",")[:10]:
        tag = part.split(";")[0].strip()[:2]
        if tag in ("vi", "en"):
            return "en" if tag == "en" else "vi"
    return "vi"
