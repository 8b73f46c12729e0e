"""Taking out of a text what would name somebody: names, numbers, addresses, accounts, each replaced by a word for it.

Rules, no model: what they find and miss can be read here, and is measured on made-up sentences in the tests. They lean
towards taking out too much. They miss names in small letters that are ordinary words, too ("anh nam"), addresses in
small letters, nicknames without a title, and whatever tells of a person without naming them ("the only interpreter").
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from kit.texts import nfc
from survey.downloads.open_answers.words import (
    DIGIT_WORDS,
    GIVEN_NAMES,
    MIDDLE_NAMES,
    NOT_BEHIND_GIVEN,
    NOT_NAMES,
    OF_OFFICE,
    OFFICES,
    PLACES,
    SHY_SURNAMES,
    STREETS,
    SURNAMES,
    TITLES,
)

NAME, PHONE, ADDRESS = "tên", "điện thoại", "địa chỉ"
EMAIL, LINK, ACCOUNT = "thư điện tử", "liên kết", "tài khoản"
NUMBER, BIRTHDAY = "số", "ngày sinh"


class Found(NamedTuple):
    """Where in a text something stands, and what it is."""

    start: int
    end: int
    kind: str


def redacted(text: str) -> str:
    """Return a text with all that was found replaced by its kind in ‹angle quotes›."""
    text = nfc(text)
    pieces: list[str] = []
    at = 0
    for found in found_in(text):
        pieces += [text[at : found.start], f"‹{found.kind}›"]
        at = found.end
    return "".join([*pieces, text[at:]])


def found_in(text: str) -> list[Found]:
    """Return what would name somebody, in the order of the text (in NFC), without overlaps."""
    read = _readable(text)
    taken: list[Found] = []
    for kind, search in _SEARCHES:
        for start, end in search(read):
            taken += [
                Found(*piece, kind) for piece in _beside(taken, start, end) if _says_something(read[slice(*piece)])
            ]
    return _joined(read, sorted(taken))


def _joined(text: str, taken: Sequence[Found]) -> list[Found]:
    """Return neighbours that touch, and the parts of one address, as one."""
    joined: list[Found] = []
    for found in taken:
        last = joined[-1] if joined else None
        between = text[last.end : found.start] if last else ""
        if (
            last
            and last.kind == found.kind
            and (not between or (last.kind == ADDRESS and not _says_something(between)))
        ):
            joined[-1] = Found(last.start, found.end, found.kind)
        else:
            joined.append(found)
    return joined


def _beside(taken: Sequence[Found], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the pieces of a stretch of text that nothing else has taken."""
    for other in sorted(taken):
        if other.end <= start or end <= other.start:
            continue
        if start < other.start:
            yield start, other.start
        start = other.end
    if start < end:
        yield start, end


def _says_something(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


def _readable(text: str) -> str:
    """Return a text as it is read: of one in capital letters these say nothing."""
    letters = [letter for letter in text if letter.isalpha()]
    if len(letters) > 8 and sum(letter.isupper() for letter in letters) > 0.7 * len(letters):
        small = text.lower()
        return small if len(small) == len(text) else text
    return text


def _folded(text: str) -> str:
    """Return a text of the same length without accents."""
    return "".join(unicodedata.normalize("NFD", letter)[0] for letter in text).replace("đ", "d").replace("Đ", "D")


_UPPER = "".join(letter for letter in map(chr, range(0x41, 0x1F00)) if letter.isupper())
_WORD = rf"[{_UPPER}][^\W\d_]*"
_NOT_NAME = rf"(?!(?i:{NOT_NAMES}|{'|'.join(PLACES)})(?!\w))"
_NAMES = rf"{_NOT_NAME}{_WORD}(?:[ \t]+{_NOT_NAME}{_WORD}){{0,3}}"
_PLACE = rf"{_WORD}(?:[ \t]+(?:{_WORD}|\d+)){{0,4}}"


def _matches(pattern: str, group: int | str = 0, flags: int = 0) -> Callable[[str], Iterator[tuple[int, int]]]:
    compiled = re.compile(pattern, flags)

    def search(text: str) -> Iterator[tuple[int, int]]:
        return (found.span(group) for found in compiled.finditer(text))

    return search


_house_number = r"\d{1,5}[A-Za-z]?(?:/\d{1,5}[A-Za-z]?){0,4}"
_part = rf"(?i:{STREETS})\s+(?:(?i:số)\s+)?(?:\d+[\w/]*(?![\w/]|[.,]\d)|{_PLACE})"
_house = rf"(?i:(?:số\s+nhà|nhà\s+số|số)\s*){_house_number}"
_towards = rf"(?:\s*[,\-–]\s*|\s+)(?:{_part})"
_town = rf"(?:\s*[,\-–]\s*(?:(?i:thành\s+phố|tp\.?|tỉnh)\s*)?{_PLACE}|\s+(?i:thành\s+phố|tp\.?)\s+{_PLACE})"
_address = rf"(?<!\w)(?:{_house}\s*,?\s*(?={_part}))?{_part}(?:{_towards})*(?:{_town})?"
_house_alone = rf"(?<!\w)(?i:số\s+nhà|nhà\s+số)\s*{_house_number}(?:\s+{_PLACE})?"
_slashed = (
    rf"(?<![\w/])(?<!ngày )(?<!Ngày )(?=\d{{1,5}}[A-Za-z]?/)"
    rf"{_house_number}\s+{_NOT_NAME}{_WORD}\s+{_PLACE}(?:{_towards})*(?:{_town})?"
)

_digits_in_words = rf"(?:(?:{'|'.join(DIGIT_WORDS)})[\s,.\-]+){{7,}}(?:{'|'.join(DIGIT_WORDS)})(?!\w)"
_phone = r"(?<![\w+])(?:\(?\+?84\)?|[0oO])(?:[\s.\-–()]{0,2}[\doO]){8,10}(?!\w)"
_plate = r"(?<!\w)\d{2}[A-Z][A-Z\d]?[\s\-–.]{0,2}\d{3}[.\s]?\d{1,2}(?!\w)"
_staff_code = (
    r"(?:mã\s+(?:số\s+)?(?:nhân\s+viên|công\s+nhân|nv|cn|thẻ)|mã\s+số|mã\s+thẻ|số\s+thẻ|msnv|mnv)[\s:]*(?:là\s+)?"
    r"([a-z]{0,4}[\-.]?\d[\w\-]{2,})"
)
_birthday = r"(?:sinh|ngày\s+sinh)\s*(?:ngày|năm)?[\s:]*(\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4})"
_email = r"(?<![\w.+\-])[\w.+\-]{1,64}\s?@\s?[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,5}"
_link = r"(?:https?://|www\.)\S+|(?<![\w@.\-])(?:[a-z0-9\-]{1,63}\.){1,5}(?:com|vn|net|org|me|info|xyz|cc|ly|site|io)(?:/\S*)?(?![\w])"
_handle = r"(?<!\w)@[\w.]{2,}\w"
_network = r"(?:facebook|fb|tiktok|instagram|telegram|viber|zalo|skype)"
_account = rf"{_network}\s*(?:tên|là|của\s+\w+(?:\s+là)?|:|\s)+((?=[\w.]*[\d._]\w)[a-z][\w.]{{2,}}\w)"
_account_name = rf"(?i:{_network})\s*(?::|(?i:tên|là))\s*({_WORD}(?:[ \t]+{_WORD}){{0,3}})"

_title = rf"(?<![\w/])(?i:{'|'.join(TITLES)}|(?:{OFFICES})(?:\s+(?:{OF_OFFICE})){{0,2}})"
_titled = rf"{_title}(?:\s+(?i:tên(?:\s+là)?|họ\s+tên))?\s+({_NAMES})"
_self = rf"(?<!\w)(?i:tên\s+(?:là\s+)?|(?:tôi|em|mình|tui|tớ|cháu)\s+là\s+|họ\s+(?:và\s+)?tên\s*:?\s*)({_NAMES})"
_full = rf"(?<!\w)(?:{_NOT_NAME}(?:{'|'.join(SURNAMES)})(?:[ \t]+{_WORD}){{1,4}}"
_full += rf"|{_NOT_NAME}(?:{'|'.join(SHY_SURNAMES)})(?:[ \t]+{_WORD}){{2,4}})"

_surnames_folded = "|".join(sorted({_folded(name.lower()) for name in SURNAMES if len(name) > 1}))
_given_folded = "|".join(sorted({_folded(name) for name in GIVEN_NAMES}))
_small = re.compile(
    rf"(?<!\w)({_surnames_folded})\s+({'|'.join(_folded(name) for name in MIDDLE_NAMES)})\s+[a-z]+"
    rf"(?:\s+(?:{_given_folded})(?!\w))?(?!\w)"
)
_small_after_title = re.compile(
    rf"(?<!\w)(?:anh|chị|chi|ông|ong|bà|cô|chú|chu|bác|bac|sếp|quản\s+đốc|giám\s+đốc|tổ\s+trưởng)\s+"
    rf"({'|'.join(GIVEN_NAMES)}|{_given_folded})(?!\w)(?!\s+(?:{'|'.join(NOT_BEHIND_GIVEN)})(?!\w))"
)


_FIRST = frozenset(name.lower() for name in SURNAMES)
_SECOND = frozenset(MIDDLE_NAMES)


def _small_full(text: str) -> Iterator[tuple[int, int]]:
    """Yield full names in small letters, with all their accents or with none."""
    small = text.lower()
    folded = _folded(small)
    for found in _small.finditer(folded) if len(folded) == len(text) else ():
        words = [(small[slice(*found.span(group))], found[group]) for group in (1, 2)]
        if all(word in known or word == bare for (word, bare), known in zip(words, (_FIRST, _SECOND), strict=True)):
            yield found.span()


def _small_titled(text: str) -> Iterator[tuple[int, int]]:
    yield from (found.span(1) for found in _small_after_title.finditer(text))


_RUN = re.compile(r"(?<![\w.,/])\d(?:[ .\-]?\d){7,}(?![\w/])")
_MONEY = re.compile(r"[1-9]\d{0,2}(?:[. ]\d{3}){2,3}")
_CURRENCY = re.compile(r"\s*(?:đồng|đ|vnđ|vnd|usd|won|k)(?!\w)", re.IGNORECASE)
_DAY_OR_YEARS = re.compile(r"\d{1,2}[.\- ]\d{1,2}[.\- ]\d{4}|(?:19|20)\d\d ?- ?(?:19|20)\d\d")


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    """Yield runs of eight digits or more that are no sum of money, no day and no span of years."""
    for found in _RUN.finditer(text):
        groups: Sequence[str] = re.split(r"[ .\-]", found[0])
        digits = sum(map(len, groups))
        is_money = _MONEY.fullmatch(found[0]) and "." in found[0]
        if is_money or _CURRENCY.match(text, found.end()) or _DAY_OR_YEARS.fullmatch(found[0]):
            continue
        if len(groups) <= digits / 2.5:
            yield found.span()


# What comes first is not looked at again.
_SEARCHES: Sequence[tuple[str, Callable[[str], Iterator[tuple[int, int]]]]] = (
    (EMAIL, _matches(_email)),
    (LINK, _matches(_link, 0, re.IGNORECASE)),
    (ACCOUNT, _matches(_handle)),
    (ACCOUNT, _matches(_account, 1, re.IGNORECASE)),
    (ACCOUNT, _matches(_account_name, 1)),
    (BIRTHDAY, _matches(_birthday, 1, re.IGNORECASE)),
    (PHONE, _matches(_phone)),
    (PHONE, _matches(_digits_in_words, 0, re.IGNORECASE)),
    (NUMBER, _matches(_plate)),
    (NUMBER, _matches(_staff_code, 1, re.IGNORECASE)),
    (ADDRESS, _matches(_house_alone)),
    (ADDRESS, _matches(_slashed)),
    (ADDRESS, _matches(_address)),
    (NUMBER, _numbers),
    (NAME, _matches(_titled, 1)),
    (NAME, _matches(_self, 1)),
    (NAME, _matches(_full)),
    (NAME, _small_full),
    (NAME, _small_titled),
)
