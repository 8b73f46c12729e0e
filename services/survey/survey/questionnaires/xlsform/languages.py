"""The languages of an XLSForm: `Tiếng Việt (vi)`, `English`, `EN`, or a column that names none."""

import re
from collections.abc import Iterator, Mapping

from kit.texts import nfc
from survey.questionnaires.xlsform.report import Remark

MOST_LANGUAGES = 20
# Languages that forms of unions and their neighbours are in, by what authors call them.
_NAMES: Mapping[str, str] = {
    "tiếng việt": "vi",
    "việt": "vi",
    "vietnamese": "vi",
    "tieng viet": "vi",
    "english": "en",
    "tiếng anh": "en",
    "khmer": "km",
    "tiếng khmer": "km",
    "ភាសាខ្មែរ": "km",
    "hmong": "hmn",
    "h'mông": "hmn",
    "hmông": "hmn",
    "chinese": "zh",
    "中文": "zh",
    "tiếng trung": "zh",
    "french": "fr",
    "français": "fr",
    "spanish": "es",
    "español": "es",
    "portuguese": "pt",
    "português": "pt",
    "arabic": "ar",
    "russian": "ru",
    "korean": "ko",
    "japanese": "ja",
    "lao": "lo",
    "thai": "th",
    "burmese": "my",
    "indonesian": "id",
    "bahasa indonesia": "id",
    "malay": "ms",
    "hindi": "hi",
    "bengali": "bn",
    "nepali": "ne",
    "swahili": "sw",
    "kiswahili": "sw",
    "somali": "so",
    "amharic": "am",
    "german": "de",
    "deutsch": "de",
    "italian": "it",
}
_THREE_LETTERS = {"vie": "vi", "eng": "en", "khm": "km", "zho": "zh", "fra": "fr", "fre": "fr", "spa": "es"}
# How a workbook that we write names a language.
TITLES: Mapping[str, str] = {"vi": "Tiếng Việt", "en": "English", "km": "ភាសាខ្មែរ", "hmn": "Hmông", "fr": "Français"}
_CODE_IN_BRACKETS = re.compile(r"\(\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*\s*\)\s*$")
_BARE_CODE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8})*$")


def heading(column: str, code: str, names: Mapping[str, str]) -> str:
    """Return the heading of a column in a language."""
    return f"{column}::{titled(code, names)}"


def titled(code: str, names: Mapping[str, str]) -> str:
    """Return a language as a heading names it."""
    return f"{names.get(code) or TITLES.get(code, code)} ({code})"


def code_in(text: str) -> str | None:
    """Return the code of a language as it is named; None for a name that is not known."""
    text = " ".join(nfc(text).split())
    match = _CODE_IN_BRACKETS.search(text) or _BARE_CODE.match(text)
    if match:
        return _THREE_LETTERS.get(match[1].lower(), match[1].lower())
    return _NAMES.get(text.lower())


class Languages:
    """The languages of one workbook, in the order in which its columns name them."""

    def __init__(self, default: str) -> None:
        self.default = default
        self.codes = list[str]()
        self.filled = False
        self._bare: str | None = None
        self._bare_heading: str | None = None
        self._unknown = dict[str, str]()
        self._too_many = list[str]()

    def add(self, name: str) -> None:
        """Learn of a column's language."""
        code = self._resolved(name)
        if code in self.codes:
            return
        if len(self.codes) >= MOST_LANGUAGES - 1:
            self._too_many.append(name)
        else:
            self.codes.append(code)

    def settle(self, bare_heading: str | None) -> None:
        """Decide which language the column without one is in, and see that Vietnamese is among them."""
        default = self._resolved(self.default) if self.default else None
        free = [code for code in (default, "vi", "en") if code is not None and code not in self.codes]
        if bare_heading is not None and free:
            self._bare, self._bare_heading = free[0], bare_heading
            self.codes.insert(0, free[0])
        elif not self.codes:
            self.codes.append("vi")
        # A hint or a choice may name no language where the questions do.
        self._bare = self._bare or next((code for code in (default, "vi") if code in self.codes), self.codes[0])
        if "vi" not in self.codes:
            self.filled = True
            self.codes.insert(0, "vi")
        elif default in self.codes:
            self.codes.sort(key=lambda code: code != default)

    def code_of(self, name: str | None) -> str | None:
        """Return the code of a column's language; None for a column that is left out."""
        code = self._bare if name is None else self._resolved(name)
        return code if code in self.codes else None

    def remarks(self, sheet: str, row: int) -> Iterator[Remark]:
        """Return what there is to say of languages."""
        if self._bare_heading is not None and not self.default and self._bare:
            details = {"what": self._bare_heading, "code": self._bare}
            yield Remark("LANGUAGE_ASSUMED", sheet, row, self._bare_heading, details)
        for name, code in self._unknown.items():
            yield Remark("LANGUAGE_NAMED", sheet, row, None, {"what": name[:60], "code": code})
        for name in self._too_many:
            yield Remark("TOO_MANY_LANGUAGES", sheet, row, None, {"what": name[:60]})
        if self.filled:
            yield Remark("LANGUAGE_FILLED", sheet, row, None, {"what": self.codes[1]})

    def _resolved(self, name: str) -> str:
        code = code_in(name)
        if code is not None:
            return code
        # ISO 639-2 keeps qaa to qtz for languages without a code.
        return self._unknown.setdefault(name, f"qa{chr(ord('a') + len(self._unknown) % 26)}")
