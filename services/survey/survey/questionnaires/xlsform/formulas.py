"""Our expressions as XPath, so that ODK and KoboToolbox judge as ours do, and `conditions` reads the same again."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from survey.questionnaires.expression import CALCULATIONS, COMPARISONS, Expression
from survey.questionnaires.xlsform.conditions import number_of

# The name in the workbook of a question (and, of a matrix, its row).
NameOf = Callable[[str, str | None], str]
Kinds = Mapping[str, str]


def shown_if_text(expression: Expression, name_of: NameOf, kinds: Kinds) -> str:
    """Return the `relevant` that is true exactly when a condition holds."""
    return _Writer(name_of, kinds, None).holds(expression)


def constraint_text(expression: Expression, name_of: NameOf, kinds: Kinds, own: str) -> str:
    """Return the `constraint` of a question; its own answer is `.`."""
    return _Writer(name_of, kinds, own).plain(expression)


def day_text(day: Expression) -> str:
    """Return a day, fixed or moving with today."""
    return _Writer(lambda code, _row: code, {}, None).plain(day)


class _Writer:
    def __init__(self, name_of: NameOf, kinds: Kinds, own: str | None) -> None:
        self.name_of = name_of
        self.kinds = kinds
        self.own = own

    def holds(self, expression: Expression) -> str:
        """Return XPath that is true exactly when an expression is true, neither false nor unknown."""
        if not isinstance(expression, dict):
            return self.plain(expression)
        if "and" in expression:
            return self._joined("and", [self.holds(each) for each in expression["and"]])
        if "or" in expression:
            return self._unless_answered(expression) or self._joined(
                "or", [self.holds(each) for each in expression["or"]]
            )
        if "not" in expression:
            return self.fails(expression["not"])
        return self._guarded(expression, self.plain(expression), is_true_when_blank=self._when_blank(expression))

    def fails(self, expression: Expression) -> str:
        """Return XPath that is true exactly when an expression is false."""
        if isinstance(expression, bool):
            return self.plain(not expression)
        for operator, other in (("and", "or"), ("or", "and")):
            if operator in expression:
                return self._joined(other, [self.fails(each) for each in expression[operator]])
        if "not" in expression:
            return self.holds(expression["not"])
        blank = not self._when_blank(expression)
        return self._guarded(expression, self._denied(expression), is_true_when_blank=blank)

    def plain(self, expression: Expression) -> str:
        """Return the XPath that looks the same; of the unanswered it may judge otherwise."""
        if isinstance(expression, bool):
            return "true()" if expression else "false()"
        if isinstance(expression, str):
            return _quoted(expression)
        if not isinstance(expression, dict):
            return format(Decimal(str(expression)), "f")
        for operator in ("and", "or"):
            if operator in expression:
                return self._joined(operator, [self.plain(each) for each in expression[operator]])
        if "not" in expression:
            return self._denied(expression["not"])
        for operator in (*COMPARISONS, *CALCULATIONS):
            if operator in expression:
                parts = [self._operand(each) for each in expression[operator]]
                return f" {'div' if operator == '/' else operator} ".join(parts)
        return self._simple(expression)

    def _simple(self, expression: Mapping[str, Any]) -> str:
        if "in" in expression:
            one, several = expression["in"]
            return self._joined("or", [f"{self._operand(one)} = {self.plain(each)}" for each in several])
        if "date" in expression:
            return f"date('{expression['date']}')"
        if "today" in expression:
            return _day(int(expression["today"]), int(expression.get("years", 0)))
        if "question" in expression:
            return self._chosen(expression)
        if "count" in expression:
            return f"count-selected({self._name(expression['count'], None)})"
        if "answered" in expression:
            return f"{self._name(expression['answered'], expression.get('row'))} != ''"
        return self._name(expression["answer"], expression.get("row"))

    def _chosen(self, expression: Mapping[str, Any]) -> str:
        code, codes = expression["question"], expression["is"]
        name = self._name(code, expression.get("row"))
        if self.kinds[code] in ("multiple", "ranking"):
            return self._joined("or", [f"selected({name}, {_quoted(each)})" for each in codes])
        if len(codes) == 1:
            return f"{name} = {_quoted(codes[0])}"
        return f"selected({_quoted(' '.join(codes))}, {name})"

    def _denied(self, expression: Expression) -> str:
        if isinstance(expression, dict):
            if "answered" in expression:
                return f"{self._name(expression['answered'], expression.get('row'))} = ''"
            text = self.plain(expression)
            if "question" in expression and text.count(" = ") == 1 and not text.startswith("selected("):
                return text.replace(" = ", " != ")
            return f"not({text})"
        return f"not({self.plain(expression)})"

    def _name(self, code: str, row: str | None) -> str:
        return "." if code == self.own and row is None else f"${{{self.name_of(code, row)}}}"

    def _operand(self, expression: Expression) -> str:
        text = self.plain(expression)
        is_compound = isinstance(expression, dict) and any(
            operator in expression for operator in ("and", "or", *COMPARISONS, *CALCULATIONS, "in")
        )
        return f"({text})" if is_compound else text

    def _joined(self, operator: str, parts: list[str]) -> str:
        if len(parts) == 1:
            return parts[0]
        return f" {operator} ".join(f"({part})" if _is_joined(part) else part for part in parts)

    def _unless_answered(self, expression: Mapping[str, Any]) -> str | None:
        """Return “not answered, or not x” as the `${a} != 'x'` that says both; None for any other `or`."""
        *blanks, core = expression["or"]
        needs = self._needs(core)
        if not blanks or blanks != [{"not": each} for each in needs]:
            return None
        if isinstance(core, dict) and "not" in core:
            inner = core["not"]
            is_atom = not (isinstance(inner, dict) and ("and" in inner or "or" in inner or "not" in inner))
            return self._denied(inner) if is_atom and not self._when_blank(inner) else None
        is_atom = isinstance(core, dict) and "and" not in core and "or" not in core
        return self.plain(core) if is_atom and self._when_blank(core) else None

    def _guarded(self, expression: Mapping[str, Any], text: str, *, is_true_when_blank: bool) -> str:
        needs = self._needs(expression) if is_true_when_blank else []
        return " and ".join([*(self.plain(each) for each in needs), text])

    def _needs(self, expression: Expression) -> list[Expression]:
        """Return what has to be answered for an expression to be known."""
        found, waiting = list[Expression](), [expression]
        while waiting:
            each = waiting.pop(0)
            if not isinstance(each, dict):
                continue
            for operator in ("question", "answer", "count"):
                if operator in each:
                    place = {"row": each["row"]} if "row" in each else {}
                    found.append({"answered": each[operator], **place})
            for operands in (each.get(operator) for operator in ("and", "or", *COMPARISONS, *CALCULATIONS)):
                waiting += operands or []
            waiting += [each["not"]] if "not" in each else each["in"][:1] if "in" in each else []
        return [each for index, each in enumerate(found) if each not in found[:index]]

    def _when_blank(self, expression: Expression) -> bool:
        """Whether the plain XPath of a comparison is true of unanswered questions."""
        if not isinstance(expression, dict) or not self._needs(expression):
            return False
        operator = next((each for each in COMPARISONS if each in expression), None)
        if operator is None:
            return False
        one, other = expression[operator]
        if isinstance(one, dict) and "count" in one and number_of(str(other)) is not None:
            return _of_zero(operator, other)
        return operator == "!="


def _of_zero(operator: str, other: float) -> bool:
    judged = {"=": other == 0, "!=": other != 0, "<": other > 0, "<=": other >= 0, ">": other < 0, ">=": other <= 0}
    return judged[operator]


def _is_joined(text: str) -> bool:
    """Whether a text has an `and` or `or` outside its brackets and quotes."""
    depth, quote = 0, ""
    for index, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif depth == 0 and letter == " " and text.startswith((" and ", " or "), index):
            return True
    return False


def _quoted(text: str) -> str:
    return f'"{text}"' if "'" in text else f"'{text}'"


def _day(days: int, years: int) -> str:
    text = "today()"
    if years:
        year = f"format-date(today(), '%Y') {'+' if years > 0 else '-'} {abs(years)}"
        text = f"date(concat({year}, format-date(today(), '-%m-%d')))"
    return f"{text} {'+' if days > 0 else '-'} {abs(days)}" if days else text
