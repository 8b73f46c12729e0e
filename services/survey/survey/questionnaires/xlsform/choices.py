"""The lists of choices of a workbook, each read when the first question asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from survey.questionnaires.xlsform.book import MEDIA, Book, Line
from survey.questionnaires.xlsform.report import Remark, shortened
from survey.questionnaires.xlsform.texts import Texts
from survey.questionnaires.xlsform.wording import Codes

# The words of the choice that `or_other` adds.
OTHER_TEXT: Mapping[str, str] = {"vi": "Khác", "en": "Other"}
OTHER_NAME = "other"
MOST_CHOICES = 200
_YES = ("yes", "true", "true()", "1")


@dataclass(frozen=True, slots=True)
class ChoiceList:
    """A list's choices as ours has them, and the codes of the names that conditions use."""

    documents: Sequence[dict[str, Any]]
    codes: Mapping[str, str]

    def with_other(self, texts: Texts) -> "ChoiceList":
        """Return the list with “other”, to which words can be added."""
        documents = [dict(each) for each in self.documents]
        for each in documents:
            each.pop("other", None)
        code = self.codes.get(OTHER_NAME)
        if code is None:
            code = next(name for name in (OTHER_NAME, "other_2", "other_3") if name not in self.codes.values())
            text = {language: OTHER_TEXT.get(language, OTHER_TEXT["vi"]) for language in texts.languages}
            documents.append({"code": code, "text": text})
        documents[[each["code"] for each in documents].index(code)]["other"] = True
        return ChoiceList(documents, {**self.codes, OTHER_NAME: code})


class ChoiceLists:
    """All lists of one workbook."""

    def __init__(self, book: Book, texts: Texts, remarks: list[Remark]) -> None:
        self.texts = texts
        self.remarks = remarks
        self.sheet = book.names.get("choices", "choices")
        self.rows = 0
        self.imported = 0
        self._lines = dict[str, list[Line]]()
        self._read = dict[str, ChoiceList]()
        for line in book.choices:
            self._sort_in(line)

    def find(self, name: str) -> ChoiceList | None:
        """Return the list that a question names; None when there is none."""
        name = name.strip()
        if name not in self._lines:
            name = next((each for each in self._lines if each.lower() == name.lower()), name)
        if name not in self._read and name in self._lines:
            self._read[name] = self._list(self._lines[name])
        return self._read.get(name)

    def remark_unused(self) -> None:
        """Say which lists no question asked for."""
        for name, lines in self._lines.items():
            if name not in self._read:
                self._say("LIST_UNUSED", lines[0], what=shortened(name, 60))

    def _sort_in(self, line: Line) -> None:
        name, choice = line["list_name"], line["name"]
        if not name and not choice and not line.texts:
            return
        self.rows += 1
        if not name or not (choice or line.text("label")):
            self._say("CHOICE_WITHOUT_NAME", line)
        else:
            self._lines.setdefault(name, []).append(line)

    def _list(self, lines: Sequence[Line]) -> ChoiceList:
        codes, names = Codes("choice", may_begin_with_digit=True), dict[str, str]()
        documents, seen = list[dict[str, Any]](), set[tuple[str, tuple[str, ...]]]()
        has_other = False
        for line in lines:
            name = line["name"] or next(iter(line.text("label").values()))
            # Two choices may share a name where a filter is to tell them apart; the same text twice is one choice.
            key = (name, tuple(line.text("label").values()))
            text = self.texts.of(line, "label", self.sheet, stand_in=name)
            if key in seen or text is None:
                self._say("CHOICE_TWICE" if key in seen else "TEXT_TOO_LONG", line, what=shortened(name, 60))
                continue
            seen.add(key)
            self._say_media(line)
            code = codes.of(name)
            names.setdefault(name, code)
            if code != name:
                self._say("CODE_CHANGED", line, what=shortened(name, 60), code=code)
            is_other = line["loa_other"].lower() in _YES and not has_other
            has_other = has_other or is_other
            documents.append({"code": code, "text": text, **({"other": True} if is_other else {})})
            self.imported += 1
        return ChoiceList(documents, names)

    def _say_media(self, line: Line) -> None:
        for column in MEDIA:
            if line[column]:
                self._say("MEDIA_DROPPED", line, column, what=shortened(line[column], 60))

    def _say(self, reason: str, line: Line, column: str | None = None, **details: str) -> None:
        self.remarks.append(Remark(reason, self.sheet, line.number, column, details))
