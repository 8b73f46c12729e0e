"""From a workbook to a draft: walks over the rows of the survey sheet, and accounts for every one of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kit.errors import InvalidInput
from survey.questionnaires.checking import checked
from survey.questionnaires.definition import Question, question_of
from survey.questionnaires.expression import Expression
from survey.questionnaires.xlsform import xpath
from survey.questionnaires.xlsform.book import MEDIA, Book, Line, read_book
from survey.questionnaires.xlsform.choices import ChoiceLists
from survey.questionnaires.xlsform.conditions import Calculation, Gone, Named, Target, both
from survey.questionnaires.xlsform.kinds import BEGINS, QUESTIONS, RowType, row_type
from survey.questionnaires.xlsform.matrices import Matrix, matrix_of
from survey.questionnaires.xlsform.questions import (
    DEFAULT_MESSAGE,
    NO,
    YES,
    Document,
    Dropped,
    Logic,
    RowRefused,
    kind_of,
    measured,
    own_properties,
    parameters,
)
from survey.questionnaires.xlsform.repeats import asked_once
from survey.questionnaires.xlsform.report import MOST_REMARKS, WHY, Remark, WorkbookRefused, shortened
from survey.questionnaires.xlsform.rules import Rules
from survey.questionnaires.xlsform.texts import Texts
from survey.questionnaires.xlsform.wording import Codes, folded

MOST_SECTIONS = 50
MOST_IN_SECTION = 200
MOST_DEEP = 12
# Remarks that say nothing of meaning are the first to be left out when there are too many.
_ORDER = {"refused": 0, "changed": 1, "noted": 2}


@dataclass(slots=True)
class Counts:
    """How the rows of the survey sheet fared; those of the choices sheet are counted apart."""

    rows: int = 0
    imported: int = 0
    refused: int = 0
    disabled: int = 0
    supported: int = 0
    supported_imported: int = 0
    choices: int = 0
    choices_imported: int = 0


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a workbook: a definition that `checked` passes (None: nothing), counts, and remarks by row."""

    definition: Document | None
    code: str
    """What the workbook calls the form, as a code; blank when it does not."""
    counts: Counts
    remarks: Sequence[Remark]


@dataclass(slots=True)
class _Group:
    """A group that is open: its row, its own condition, and whether everything in it is refused."""

    row: RowType
    line: Line
    title: dict[str, str] | None = None
    shown_if: Expression | None = None
    refused_at: int | None = None
    asked: int = 0


@dataclass(slots=True)
class _Section:
    document: Document
    of: _Group | None
    questions: list[Document] = field(default_factory=list[Document])


def import_workbook(content: bytes) -> Imported:
    """Return what a workbook is as a questionnaire, and what there is to say of it. No workbook makes it fail."""
    remarks = list[Remark]()
    try:
        book = read_book(content, remarks)
        return _Reading(book, remarks).result()
    except WorkbookRefused as refusal:
        return Imported(None, "", Counts(), [refusal.remark, *remarks][:MOST_REMARKS])


class _Reading:
    """One workbook, row by row."""

    def __init__(self, book: Book, remarks: list[Remark]) -> None:
        self.book = book
        self.remarks = remarks
        self.sheet = book.names["survey"]
        self.texts = Texts(book.languages, book.filled, remarks)
        self.lists = ChoiceLists(book, self.texts, remarks)
        self.counts = Counts()
        self.codes = Codes("q")
        self.section_codes = Codes("part")
        self.roles = set[str]()
        self.earlier = dict[str, Question]()
        rows = [(row_type(line["type"]) if line["type"] else None, line) for line in book.survey]
        self.rows = asked_once(rows, self.sheet, remarks)
        self.names: dict[str, Named] = self._first_names()
        self.logic = Logic(self.names, self.earlier)
        self.groups = list[_Group]()
        self.sections = list[_Section]()

    def result(self) -> Imported:
        place = 0
        while place < len(self.rows):
            place = self._step(place)
        for group in self.groups:
            self._say("GROUP_NOT_CLOSED", group.line)
        self.lists.remark_unused()
        self.counts.choices, self.counts.choices_imported = self.lists.rows, self.lists.imported
        return Imported(self._definition(), self._code(), self.counts, self._remarks())

    def _first_names(self) -> dict[str, Named]:
        """Return what is known of names before anything is imported: they come later, or are used twice."""
        named = [(row, line["name"]) for row, line in self.rows if row is not None and line["name"]]
        named = [(row, name) for row, name in named if row.kind in QUESTIONS or row.kind in _NAMED]
        often = Counter(name for _, name in named)
        return {
            name: Gone("NAME_TWICE" if often[name] > 1 else "NAME_LATER" if row.is_supported else "NAME_REFUSED")
            for row, name in named
        }

    def _step(self, place: int) -> int:
        """Read a row; return the place of the next."""
        row, line = self.rows[place]
        if row is None:
            # A row without type, name and label is a comment.
            if line["name"] or line.text("label"):
                self._refuse(line, "TYPE_MISSING")
            return place + 1
        if line["type"].lstrip().startswith("#"):
            return place + 1
        self.counts.rows += 1
        if line["disabled"].lower() in YES:
            self.counts.disabled += 1
            self._say("ROW_DISABLED", line)
            self._forget(line["name"])
            return place + 1
        refused = next((group.refused_at for group in self.groups if group.refused_at is not None), None)
        # A calculation is no question: neither among those that can be imported nor among those that were.
        self.counts.supported += row.is_supported and row.kind != "calculate"
        if row.kind in BEGINS:
            return self._begin(place, row, line, refused)
        if row.kind in _ENDS:
            self._end(row, line)
        elif refused is not None:
            self._refuse(line, "INSIDE_REFUSED", what=str(refused))
            self._forget(line["name"])
        else:
            self._question(row, line)
        return place + 1

    # Groups.

    def _begin(self, place: int, row: RowType, line: Line, refused: int | None) -> int:
        if refused is None:
            matrix = matrix_of(self.rows, place, self.lists, self.texts, self.sheet)
            if matrix is not None and self._ask_matrix(matrix, line):
                return matrix.end
        group = _Group(row, line)
        self.groups.append(group)
        if refused is not None:
            self._refuse(line, "INSIDE_REFUSED", what=str(refused))
        elif row.kind not in ("begin_group", "begin_repeat"):
            group.refused_at = line.number
            listed = line["score_choices"] or line["rank_items"] or line["type"]
            self._refuse(line, "CHOICES_MISSING", what=shortened(listed, 60))
        elif len(self.groups) > MOST_DEEP:
            group.refused_at = line.number
            self._refuse(line, "TOO_DEEP")
        else:
            group.title = self.texts.of(line, "label", self.sheet)
            group.shown_if = self._condition(line)
            self._remark_besides(line, _BESIDES_GROUP)
            if row.kind == "begin_repeat":
                self._say("REPEAT_ASKED_ONCE", line)
                self._remark_besides(line, _BESIDES_REPEAT)
            self._count_imported()
        return place + 1

    def _end(self, row: RowType, line: Line) -> None:
        kinds = [BEGINS[group.row.kind] for group in self.groups]
        if row.kind not in kinds:
            self._refuse(line, "END_WITHOUT_BEGIN")
            return
        # What was begun within and not ended ends here, too.
        last = len(kinds) - 1 - kinds[::-1].index(row.kind)
        for group in self.groups[last + 1 :]:
            self._say("GROUP_NOT_CLOSED", group.line)
        outer = next((group.refused_at for group in self.groups[:last] if group.refused_at is not None), None)
        group = self.groups[last]
        del self.groups[last:]
        if outer is not None:
            self._refuse(line, "INSIDE_REFUSED", what=str(outer))
        elif group.refused_at is not None:
            self._refuse(line, "INSIDE_REFUSED", what=str(group.refused_at))
        else:
            self._count_imported()
            if not group.asked:
                self._say("GROUP_EMPTY", group.line)

    def _section(self, line: Line) -> _Section:
        """Return the section that the next question goes into."""
        innermost = self.groups[-1] if self.groups else None
        last = self.sections[-1] if self.sections else None
        if last is not None and last.of is innermost and len(last.questions) < MOST_IN_SECTION:
            return last
        if last is not None and len(self.sections) == MOST_SECTIONS:
            if len(last.questions) >= MOST_IN_SECTION:
                raise RowRefused("TOO_MANY_QUESTIONS")
            return self._joined_to(last, line)
        number = len(self.sections) + 1
        code = self.section_codes.of(innermost.line["name"] if innermost and innermost.line["name"] else "part")
        title = (innermost.title if innermost else None) or {
            language: f"Part {number}" if language == "en" else f"Phần {number}" for language in self.texts.languages
        }
        document: Document = {"code": code, "title": title}
        shown_if = self._groups_condition()
        if shown_if is not True:
            document["shown_if"] = shown_if
        self.sections.append(_Section(document, innermost))
        return self.sections[-1]

    def _joined_to(self, last: _Section, line: Line) -> _Section:
        """Let the last section take what follows, too, without a condition of its own."""
        if last.of is not _JOINED:
            self._say("TOO_MANY_SECTIONS", line)
            shown_if = last.document.pop("shown_if", None)
            if shown_if is not None:
                for question in last.questions:
                    question["shown_if"] = both([shown_if, question.get("shown_if", True)])
            last.of = _JOINED
        return last

    def _groups_condition(self) -> Expression:
        return both([group.shown_if for group in self.groups if group.shown_if is not None])

    # Questions.

    def _question(self, row: RowType, line: Line) -> None:
        if row.kind == "calculate" or (row.kind == "refused" and folded(line["type"]) in _TODAY):
            self._calculation(row, line)
        elif not row.is_supported:
            self._refuse(line, row.reason, what=shortened(line["type"], 60))
        elif row.kind not in QUESTIONS:
            self._refuse(line, "TYPE_UNKNOWN", what=shortened(line["type"], 60))
        else:
            try:
                self._ask(row, line)
            except RowRefused as refusal:
                self._refuse(line, refusal.code, what=refusal.what)
                self._forget(line["name"])

    def _forget(self, name: str) -> None:
        known = self.names.get(name)
        if isinstance(known, Gone) and known.code == "NAME_LATER":
            self.names[name] = Gone("NAME_REFUSED")

    def _calculation(self, row: RowType, line: Line) -> None:
        """Keep a calculation for the conditions that use it; the row itself asks nothing."""
        reason, name = "CALCULATION", line["name"]
        try:
            node = xpath.parse(line["calculation"]) if row.kind == "calculate" else xpath.Call("today", ())
            known = self.names.get(name)
            if isinstance(known, Gone) and known.code != "NAME_TWICE":
                self.names[name] = Calculation(node)
        except xpath.Unsupported:
            reason = "CALCULATION_UNREADABLE"
            self._forget(name)
        if row.kind != "calculate":
            reason = row.reason
        self._refuse(line, reason, what=shortened(name or line["type"], 60))

    def _ask(self, row: RowType, line: Line) -> None:
        for column in ("label", "hint", "constraint_message"):
            if self.texts.is_too_long(line, column):
                raise RowRefused("TEXT_TOO_LONG", column)
        kind = kind_of(row, line)
        properties, found = own_properties(row, line, kind, self.lists, self.texts)
        section = self._section(line)
        name = line["name"] or folded(next(iter(line.text("label").values()), ""))[:40]
        code = self.codes.of(name)
        document: Document = {"code": code, **measured(line, kind, code), "kind": kind, **self._texts(line, name)}
        document |= properties
        self._once_only(document)
        self._required(line, document)
        own = Target(code, kind, None, found.codes)
        self._rules(line, document, own)
        self._shown_if(line, document, section)
        self._remark_question(row, line, kind, code)
        self._add(section, document)
        self._name(line["name"], own)

    def _add(self, section: _Section, document: Document) -> None:
        section.questions.append(document)
        self.earlier[document["code"]] = question_of(document)
        for group in self.groups:
            group.asked += 1
        self._count_imported()

    def _name(self, name: str, target: Target) -> None:
        if name and not (isinstance(known := self.names.get(name), Gone) and known.code == "NAME_TWICE"):
            self.names[name] = target

    def _texts(self, line: Line, name: str) -> dict[str, dict[str, str]]:
        """Return text and hint; a question that has a hint only is asked by it."""
        text, hint = self.texts.of(line, "label", self.sheet), self.texts.of(line, "hint", self.sheet)
        if text is None:
            if hint is not None:
                return {"text": hint}
            return {"text": self.texts.of(line, "label", self.sheet, stand_in=name or "?") or {}}
        return {"text": text} if hint is None else {"text": text, "hint": hint}

    def _once_only(self, document: Document) -> None:
        role = document.get("role")
        if role in self.roles:
            del document["role"]
        elif role is not None:
            self.roles.add(role)

    def _required(self, line: Line, document: Document) -> None:
        said = line["required"]
        if document["kind"] == "note" or said.lower() in NO:
            return
        if said.lower() in YES:
            document["required"] = True
        else:
            self._say("REQUIRED_DROPPED", line, "required", what=shortened(said))

    def _rules(self, line: Line, document: Document, own: Target) -> None:
        if own.kind == "note":
            return
        rules, dropped = self.logic.rules(line, document, own)
        document |= rules.properties
        for choice in document.get("choices", ()):
            if choice["code"] in rules.exclusive:
                choice["exclusive"] = True
        self._say_dropped("CONSTRAINT_DROPPED", line, "constraint", dropped)
        if rules.remainder is not None:
            message = self.texts.of(line, "constraint_message", self.sheet) or self._default_message()
            document["constraint"] = {"expression": rules.remainder, "message": message}
            self._say_age(line, "constraint")
        elif rules.properties or rules.exclusive:
            self._say_replaced(line, rules)

    def _say_replaced(self, line: Line, rules: Rules) -> None:
        said = next(iter(line.text("constraint_message").values()), "")
        if said and (rules.exclusive or "maximum_length" in rules.properties):
            self._say("MESSAGE_REPLACED", line, "constraint_message", what=shortened(said, 60))

    def _default_message(self) -> dict[str, str]:
        return {language: DEFAULT_MESSAGE.get(language, DEFAULT_MESSAGE["vi"]) for language in self.texts.languages}

    def _shown_if(self, line: Line, document: Document, section: _Section) -> None:
        condition = self._condition(line)
        if section.of is _JOINED:
            condition = both([self._groups_condition(), True if condition is None else condition])
            condition = None if condition is True else condition
        if condition is not None:
            document["shown_if"] = condition

    def _condition(self, line: Line) -> Expression | None:
        condition, dropped = self.logic.shown_if(line)
        self._say_dropped("CONDITION_DROPPED", line, "relevant", dropped)
        if condition is not None:
            self._say_age(line, "relevant")
        return None if condition is True else condition

    def _say_age(self, line: Line, column: str) -> None:
        if self.logic.tells_age(line, column):
            self._say("AGE_IN_YEARS", line, column)

    def _say_dropped(self, reason: str, line: Line, column: str, dropped: Sequence[Dropped]) -> None:
        for each in dropped:
            vi, en = WHY[each.why.code]
            what = shortened(each.why.what, 80)
            told = {"what": what, "what_vi": each.fault.vi if each.fault else what}
            details = {"why_vi": vi.format_map(told), "why_en": en.format_map(told), "what": shortened(each.text)}
            self._say(reason, line, column, **details)

    def _ask_matrix(self, matrix: Matrix, line: Line) -> bool:
        """Ask a group of questions with the same choices as one table; False when it can't be."""
        try:
            section = self._section(line)
        except RowRefused:
            return False
        code = self.codes.of(line["name"] or "table")
        document: Document = {"code": code, **measured(line, matrix.kind, code), "kind": matrix.kind}
        document |= {"text": matrix.text, **({} if matrix.hint is None else {"hint": matrix.hint})}
        document |= matrix.properties
        self._rules(line, document, Target(code, matrix.kind))
        self._shown_if(line, document, section)
        self._add(section, document)
        for name, row in matrix.names.items():
            self._name(name, Target(code, matrix.kind, row, matrix.codes))
        if line["name"] and matrix.kind == "ranking":
            self._name(line["name"], Target(code, matrix.kind, None, matrix.codes))
        # The group's row was counted; its other rows have not been.
        self.counts.rows += matrix.rows - 1
        self.counts.supported += matrix.rows - 1
        self._count_imported(matrix.rows - 1)
        return True

    # What is said.

    def _remark_question(self, row: RowType, line: Line, kind: str, code: str) -> None:
        name = line["name"]
        if isinstance(known := self.names.get(name), Gone) and known.code == "NAME_TWICE":
            if code != folded(name):
                self._say("NAME_TWICE", line, "name", what=shortened(name, 60), code=code)
        elif not name:
            self._say("NAME_MISSING", line, "name", code=code)
        elif name != code:
            self._say("CODE_CHANGED", line, "name", what=shortened(name, 60), code=code)
        if row.kind == "phone":
            self._say("ASKS_PERSONAL_DATA", line)
        if row.kind in ("text", "phone") and kind == "note":
            self._say("READ_ONLY", line)
        if row.kind == "decimal" and not line["loa_decimals"]:
            self._say("DECIMALS_LIMITED", line)
        step = parameters(line).get("step", "1")
        if row.kind == "range" and step != "1":
            self._say("STEP_DROPPED", line, "parameters", what=shortened(step, 30))
        self._remark_besides(line, _BESIDES)

    def _remark_besides(self, line: Line, columns: Mapping[str, str]) -> None:
        for column, reason in columns.items():
            if line[column] and not (column == "read_only" and line[column].lower() in (*NO, *YES)):
                self._say(reason, line, column, what=shortened(line[column]))

    def _count_imported(self, rows: int = 1) -> None:
        self.counts.imported += rows
        self.counts.supported_imported += rows

    def _refuse(self, line: Line, reason: str, **details: str) -> None:
        self.counts.refused += 1
        if reason == "TYPE_MISSING":
            self.counts.rows += 1
        self._say(reason, line, None, **details)

    def _say(self, reason: str, line: Line, column: str | None = None, **details: str) -> None:
        self.remarks.append(Remark(reason, self.sheet, line.number, column, details))

    def _remarks(self) -> list[Remark]:
        """Return the remarks in the order of the sheets' rows; the least important are left out when too many."""
        places = {name: index for index, name in enumerate(self.book.names.values())}
        kept = self.remarks
        if len(kept) > MOST_REMARKS:
            kept = sorted(kept, key=lambda each: _ORDER[each.level])[:MOST_REMARKS]
            kept.append(Remark("MORE_REMARKS", details={"what": str(len(self.remarks) - MOST_REMARKS)}))
        return sorted(kept, key=lambda each: (places.get(each.sheet or "", len(places)), each.row or 0))

    # The whole.

    def _definition(self) -> Document | None:
        sections = [
            {**section.document, "questions": section.questions} for section in self.sections if section.questions
        ]
        if not sections:
            self.remarks.append(Remark("NOTHING_IMPORTED", self.sheet))
            return None
        definition: Document = {
            "schema": "loa.questionnaire/1",
            "languages": list(self.book.languages),
            "title": self._title(),
            "sections": sections,
        }
        introduction = self.texts.of(self.book.settings, "loa_introduction", self._settings_sheet())
        if introduction is not None:
            definition["introduction"] = introduction
        further = self._further_languages()
        if further:
            definition["further_languages"] = further
        try:
            checked(definition)
        except InvalidInput as fault:
            if fault.details["field"] != "definition":
                raise
            self.remarks.append(Remark("QUESTIONNAIRE_TOO_LARGE", self.sheet))
            return None
        return definition

    def _settings_sheet(self) -> str:
        return self.book.names.get("settings", "settings")

    def _title(self) -> dict[str, str]:
        settings, sheet = self.book.settings, self._settings_sheet()
        title = self.texts.of(settings, "loa_title", sheet)
        if title is not None:
            return title
        words = settings["form_title"] or settings["form_id"] or settings["name"]
        line = Line(
            settings.number, {}, {("label", language): words for language in self.texts.languages} if words else {}
        )
        return self.texts.of(line, "label", sheet, stand_in="Phiếu hỏi") or {}

    def _code(self) -> str:
        written = self.book.settings["form_id"] or self.book.settings["name"]
        return Codes("form").of(written) if written else ""

    def _further_languages(self) -> dict[str, Any]:
        """Return the names of languages, and the page's own words in them, from the sheet `loa_words`."""
        found = dict[str, Any]()
        for line in self.book.words:
            language, vietnamese, text = line["language"], line["vietnamese"], line["text"]
            if (
                language not in self.book.languages
                or language in ("vi", "en")
                or not text
                or len(text) > 400
                or len(vietnamese) > 400
            ):
                continue
            entry = found.setdefault(language, {"name": language})
            if vietnamese:
                entry.setdefault("words", {})[vietnamese] = text
            else:
                entry["name"] = text
        return found


_ENDS = frozenset(BEGINS.values())
# Rows whose names conditions may use, though they ask nothing.
_NAMED = frozenset({"calculate", "refused", "score_row", "rank_level", "begin_rank"})
_TODAY = ("today", "get_today")
_BESIDES = {
    **dict.fromkeys(MEDIA, "MEDIA_DROPPED"),
    "choice_filter": "FILTER_DROPPED",
    "default": "DEFAULT_DROPPED",
    "calculation": "CALCULATION_DROPPED",
}
_BESIDES_GROUP = dict.fromkeys(MEDIA, "MEDIA_DROPPED")
_BESIDES_REPEAT = {"repeat_count": "REPEAT_COUNT_DROPPED"}
_JOINED = _Group(RowType("begin_group"), Line(0, {}))
