"""One row of the survey sheet as a question of ours: its kind, its own properties, and its logic."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from survey.questionnaires.checking import days_cross, is_expression
from survey.questionnaires.definition import Question, question_of
from survey.questionnaires.expression import Expression
from survey.questionnaires.expression_checking import Fault, check_condition
from survey.questionnaires.xlsform import conditions, xpath
from survey.questionnaires.xlsform.book import Line
from survey.questionnaires.xlsform.choices import MOST_CHOICES, ChoiceList, ChoiceLists
from survey.questionnaires.xlsform.conditions import Named, Target, number_of
from survey.questionnaires.xlsform.kinds import RowType
from survey.questionnaires.xlsform.rules import Rules, day_of, structure
from survey.questionnaires.xlsform.texts import Texts
from survey.questionnaires.xlsform.xpath import Unsupported

LARGEST = 1_000_000_000
LONGEST_ANSWER = 5_000
MOST_RANKED = 20
DEFAULT_DECIMALS = 4
YES = ("yes", "true", "true()", "1", "có", "required", "x")
NO = ("", "no", "false", "false()", "0", "không")
DEFAULT_MESSAGE: Mapping[str, str] = {
    "vi": "Câu trả lời này chưa hợp lệ, xin xem lại.",
    "en": "This answer is not valid, please look again.",
}
_ROLES = ("age_band", "gender", "region", "education", "field", "information_habits", "hours")
_KINDS: Mapping[str, str] = {
    "single": "single",
    "multiple": "multiple",
    "ranking": "ranking",
    "integer": "number",
    "decimal": "number",
    "date": "date",
    "note": "note",
    "acknowledge": "multiple",
}
Document = dict[str, Any]


class RowRefused(Exception):
    """The row can't be imported: the remark's code, and what it is about."""

    def __init__(self, code: str, what: str = "") -> None:
        super().__init__(code)
        self.code, self.what = code, what


@dataclass(frozen=True, slots=True)
class Dropped:
    """A condition, or a part of one, that could not be said: its text, and why in both languages."""

    text: str
    why: Unsupported
    fault: Fault | None = None


def kind_of(row: RowType, line: Line) -> str:
    """Return the kind of question that a row becomes."""
    if row.kind in ("text", "phone"):
        if line["read_only"].lower() in YES:
            return "note"
        is_long = "multiline" in line["appearance"].lower() or "rows=" in parameters(line)
        return "long_text" if is_long or "rows" in parameters(line) else "short_text"
    if row.kind == "range":
        return "scale" if _is_scale(line) else "number"
    return _KINDS[row.kind]


def parameters(line: Line) -> dict[str, str]:
    """Return what the column `parameters` says: `start=1 end=5 step=1`, with spaces, commas or semicolons between."""
    text = re.sub(r"\s*=\s*", "=", line["parameters"])
    pairs = (part.partition("=") for part in re.split(r"[\s,;]+", text) if "=" in part)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def own_properties(
    row: RowType, line: Line, kind: str, lists: ChoiceLists, texts: Texts
) -> tuple[Document, ChoiceList]:
    """Return what a question of its kind has besides texts and logic, and its choices; RowRefused for what can't be."""
    nothing = ChoiceList((), {})
    if row.kind == "acknowledge":
        return {"choices": [_seen(texts)]}, ChoiceList((), {"OK": "ok"})
    if kind in ("single", "multiple", "ranking"):
        found = _choices(row, kind, lists, texts)
        return {"choices": [dict(each) for each in found.documents], **_asked(line, kind)}, found
    if kind == "scale":
        return _scale(line, lists)
    if kind == "number":
        return _number(row, line), nothing
    if kind == "date":
        return _days(line), nothing
    if kind.endswith("_text") and (longest := _whole(line["loa_maximum_length"], 1, LONGEST_ANSWER)) is not None:
        return {"maximum_length": longest}, nothing
    return {}, nothing


def measured(line: Line, kind: str, code: str) -> Document:
    """Return what a question measures, and how its answers are kept; nothing for a note."""
    if kind == "note":
        return {}
    concept = line["loa_concept"]
    found: Document = {"concept": concept if _is_name(concept) else code, "privacy": "plain"}
    role = line["loa_role"]
    if role in _ROLES and (kind == "single" or role == "hours"):
        found |= {"role": role, "privacy": "segment"}
    if kind.endswith("_text"):
        found["privacy"] = "free_text"
    elif line["loa_privacy"] in ("plain", "segment", "sensitive") and (kind != "single" or "role" not in found):
        found["privacy"] = line["loa_privacy"]
    if kind == "single" and line["loa_weighting_margin"].lower() in YES:
        found["weighting_margin"] = True
    return found


class Logic:
    """Reads conditions and constraints, in the knowledge of the questions that were imported so far."""

    def __init__(self, names: Mapping[str, Named], earlier: dict[str, Question]) -> None:
        self.names = names
        self.earlier = earlier

    def shown_if(self, line: Line) -> tuple[Expression | None, list[Dropped]]:
        """Return the condition of a row (None for none), and what of it was dropped."""
        text = line["relevant"]
        if not text:
            return None, []
        if (kept := _kept(line["loa_relevant"], text)) is not None and self._passes(kept, self.earlier):
            return kept, []
        try:
            node = xpath.parse(text)
        except Unsupported as why:
            return None, [Dropped(text, why)]
        return self._salvaged(node, text, lambda each: conditions.shown_if(each, self.names), self.earlier)

    def rules(self, line: Line, document: Document, own: Target) -> tuple[Rules, list[Dropped]]:
        """Return what a constraint comes to: properties of the question, and the rest as an expression."""
        text = line["constraint"]
        asked = {**self.earlier, own.code: question_of({**document, "text": {"vi": "-"}})}
        if (kept := _kept(line["loa_constraint"], text)) is not None and self._passes(kept, asked):
            return Rules(remainder=kept), []
        if not text:
            return Rules(), []
        try:
            node = xpath.parse(text)
        except Unsupported as why:
            return Rules(), [Dropped(text, why)]
        found = structure(node, own, document, has_message=bool(line.text("constraint_message")))
        if found.node is None:
            return found, []
        remainder, dropped = self._salvaged(
            found.node, text, lambda each: conditions.constraint(each, self.names, own), asked
        )
        return found.with_remainder(remainder), dropped

    def tells_age(self, line: Line, column: str) -> bool:
        """Whether a condition that was imported counts somebody's years."""
        try:
            return bool(line[column]) and conditions.tells_age(xpath.parse(line[column]), self.names)
        except Unsupported:
            return False

    def _salvaged(
        self, node: xpath.Node, text: str, translate: Callable[[xpath.Node], Expression], asked: Mapping[str, Question]
    ) -> tuple[Expression | None, list[Dropped]]:
        """Translate the whole, or else those parts of an `and` that can be."""
        why = self._fault(node, translate, asked)
        if why is None:
            return translate(node), []
        parts = xpath.conjuncts(node)
        if len(parts) == 1:
            return None, [Dropped(text, *why)]
        faults = [(part, self._fault(part, translate, asked)) for part in parts]
        dropped = [Dropped(xpath.unparsed(part), *fault) for part, fault in faults if fault is not None]
        kept = xpath.joined([part for part, fault in faults if fault is None])
        if kept is None or not dropped or self._fault(kept, translate, asked) is not None:
            return None, [Dropped(text, *why)]
        return translate(kept), dropped

    def _fault(
        self, node: xpath.Node, translate: Callable[[xpath.Node], Expression], asked: Mapping[str, Question]
    ) -> tuple[Unsupported, Fault | None] | None:
        try:
            check_condition(translate(node), asked, "")
        except Unsupported as why:
            return why, None
        except Fault as fault:
            return Unsupported("OUT_OF_BOUNDS", fault.en), fault
        return None

    def _passes(self, expression: Expression, asked: Mapping[str, Question]) -> bool:
        # A hand may have changed what only we write.
        if not is_expression(expression):
            return False
        try:
            check_condition(expression, asked, "")
        except Fault:
            return False
        return True


def _kept(cell: str, text: str) -> Expression | None:
    """Return the exact expression that was written beside a formula, if the formula is still the same."""
    if not cell:
        return None
    try:
        kept = orjson.loads(cell)
    except orjson.JSONDecodeError:
        return None
    return kept.get("is") if isinstance(kept, dict) and kept.get("of") == text else None


def _is_name(text: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9_]{0,62}", text) is not None


def _whole(text: str, least: int, most: int) -> int | None:
    number = number_of(text) if text else None
    return number if isinstance(number, int) and least <= number <= most else None


def _seen(texts: Texts) -> Document:
    words = {"vi": "Tôi đã đọc", "en": "I have read this"}
    return {"code": "ok", "text": {language: words.get(language, words["vi"]) for language in texts.languages}}


def _choices(row: RowType, kind: str, lists: ChoiceLists, texts: Texts) -> ChoiceList:
    found = lists.find(row.list_name)
    if found is None:
        raise RowRefused("CHOICES_MISSING", row.list_name[:60])
    if row.or_other and kind != "ranking":
        found = found.with_other(texts)
    if len(found.documents) < (2 if kind == "ranking" else 1):
        raise RowRefused("TOO_FEW_CHOICES", row.list_name[:60])
    if len(found.documents) > (MOST_RANKED if kind == "ranking" else MOST_CHOICES):
        raise RowRefused("TOO_MANY_CHOICES", row.list_name[:60])
    if kind == "ranking" and any("other" in each for each in found.documents):
        return ChoiceList([{"code": each["code"], "text": each["text"]} for each in found.documents], found.codes)
    return found


def _asked(line: Line, kind: str) -> Document:
    """Return how choices are shown, and how many are to be ranked."""
    found: Document = {}
    if parameters(line).get("randomize", "").lower() in YES:
        found["order"] = "random"
    if kind == "ranking" and (places := _whole(line["loa_places"], 1, MOST_RANKED)) is not None:
        found["places"] = places
    if kind != "ranking" and (longest := _whole(line["loa_maximum_length"], 1, LONGEST_ANSWER)) is not None:
        found["maximum_length"] = longest
    return found


def _bounds(line: Line) -> tuple[float, float, float]:
    said = parameters(line)
    start, end, step = (number_of(said.get(name, default)) for name, default in _RANGE)
    if start is None or end is None or step is None or start >= end or step <= 0 or max(abs(start), abs(end)) > LARGEST:
        raise RowRefused("RANGE_UNREADABLE", line["parameters"][:60] or "-")
    return start, end, step


_RANGE = (("start", "1"), ("end", "10"), ("step", "1"))


def _is_scale(line: Line) -> bool:
    start, end, step = _bounds(line)
    return isinstance(start, int) and isinstance(end, int) and step == 1 and start >= 0 and end <= 10


def _scale(line: Line, lists: ChoiceLists) -> tuple[Document, ChoiceList]:
    start, end, _ = _bounds(line)
    found: Document = {"minimum": start, "maximum": end}
    labels = lists.find(parameters(line).get("tick_labelset", ""))
    if labels is not None:
        points = [each for each in labels.documents if each["code"].isdigit() and start <= int(each["code"]) <= end]
        if points:
            found["choices"] = [{"code": each["code"], "text": each["text"]} for each in points]
    return found, ChoiceList((), {})


def _number(row: RowType, line: Line) -> Document:
    found: Document = {"minimum": -LARGEST, "maximum": LARGEST}
    if row.kind == "range":
        start, end, step = _bounds(line)
        found = {"minimum": int(start // 1), "maximum": int(-(-end // 1))}
        if not all(isinstance(each, int) for each in (start, end, step)):
            found["decimals"] = min(4, max(len(f"{each}".partition(".")[2]) for each in (start, end, step)))
    for name, column in (("minimum", "loa_minimum"), ("maximum", "loa_maximum")):
        if (bound := _whole(line[column], -LARGEST, LARGEST)) is not None:
            found[name] = bound
    if row.kind == "decimal":
        decimals = _whole(line["loa_decimals"], 1, 4)
        found["decimals"] = DEFAULT_DECIMALS if decimals is None else decimals
    if found["minimum"] >= found["maximum"]:
        raise RowRefused("RANGE_UNREADABLE", f"{found['minimum']} – {found['maximum']}")
    return found


def _days(line: Line) -> Document:
    """Return the first and the last day that are taken, which a hand may have changed."""
    found: Document = {}
    for name in ("earliest", "latest"):
        try:
            day = day_of(xpath.parse(line[f"loa_{name}"]))
        except Unsupported:
            continue
        if day is not None:
            found[name] = day
    if days_cross(found):
        raise RowRefused("RANGE_UNREADABLE", f"{line['loa_earliest'][:30]} – {line['loa_latest'][:30]}")
    return found
