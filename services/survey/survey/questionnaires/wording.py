"""Conditions in words, for those whose browser cannot hide the questions that do not concern them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kit.errors import Language
from survey.questionnaires.definition import FurtherLanguage, Question, Text
from survey.questionnaires.expression import CALCULATIONS, COMPARISONS, Expression

# The Vietnamese ones are also the names under which a further language has its own.
_WORDS: Mapping[str, tuple[str, str]] = {
    "only_if": ("Chỉ trả lời nếu {0}.", "Only if {0}."),
    "and": ("{0} và {1}", "{0} and {1}"),
    "or": ("{0} hoặc {1}", "{0} or {1}"),
    "not": ("không phải là {0}", "it is not so that {0}"),
    "chosen": ("ở câu {0} anh/chị chọn {1}", "you answered {1} to question {0}"),
    "chosen_in_row": ("ở câu {0}, dòng “{2}”, anh/chị chọn {1}", "you answered {1} to question {0}, line “{2}”"),
    "answered": ("anh/chị đã trả lời câu {0}", "you answered question {0}"),
    "answer": ("câu trả lời ở câu {0}", "your answer to question {0}"),
    "count": ("số lựa chọn ở câu {0}", "the number of choices in question {0}"),
    "=": ("{0} là {1}", "{0} is {1}"),
    "!=": ("{0} khác {1}", "{0} is not {1}"),
    "<": ("{0} nhỏ hơn {1}", "{0} is less than {1}"),
    "<=": ("{0} không quá {1}", "{0} is at most {1}"),
    ">": ("{0} lớn hơn {1}", "{0} is more than {1}"),
    ">=": ("{0} ít nhất là {1}", "{0} is at least {1}"),
    "today": ("hôm nay", "today"),
    "years": ("{0} {1:+d} năm", "{0} {1:+d} years"),
    "days": ("{0} {1:+d} ngày", "{0} {1:+d} days"),
    "true": ("đúng", "true"),
    "false": ("sai", "false"),
}
_SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷"}


@dataclass(frozen=True, slots=True)
class Wording:
    """How a form names its questions: by their numbers, in one language; `further`: a third one, by its code."""

    questions: Mapping[str, Question]
    numbers: Mapping[str, int]
    language: Language
    further: tuple[str, FurtherLanguage] | None = None

    def condition(self, expression: Expression) -> str:
        """Return the sentence that says when a question is to be answered."""
        words = self._told(expression)
        return self._say("only_if", words)

    def _say(self, word: str, *parts: object) -> str:
        vi, en = _WORDS[word]
        if self.further:
            return self.further[1].say(vi, *parts)
        return (vi if self.language == "vi" else en).format(*parts)

    def _told(self, expression: Expression) -> str:
        if isinstance(expression, bool):
            return self._say("true" if expression else "false")
        if not isinstance(expression, dict):
            return f"“{expression}”" if isinstance(expression, str) else self._number(expression)
        for operator in ("and", "or"):
            if operator in expression:
                return self._joined(operator, [self._bracketed(each) for each in expression[operator]])
        if "not" in expression:
            return self._say("not", self._bracketed(expression["not"]))
        if "in" in expression:
            one, several = expression["in"]
            return self._say("=", self._told(one), self._joined("or", [self._against(each, one) for each in several]))
        return self._compared(expression)

    def _number(self, number: float) -> str:
        return str(number).replace(".", ",") if self.language == "vi" else str(number)

    def _compared(self, expression: Mapping[str, Any]) -> str:
        for operator in COMPARISONS:
            if operator in expression:
                one, other = expression[operator]
                return self._say(operator, self._against(one, other), self._against(other, one))
        for operator in CALCULATIONS:
            if operator in expression:
                return "(" + f" {_SIGNS[operator]} ".join(self._told(each) for each in expression[operator]) + ")"
        return self._day(expression) if "today" in expression or "date" in expression else self._reference(expression)

    def _reference(self, expression: Mapping[str, Any]) -> str:
        operator = next(each for each in ("question", "answer", "answered", "count") if each in expression)
        question = self.questions[expression[operator]]
        number = self.numbers[question.code]
        if operator != "question":
            return self._say(operator, number)
        chosen = [f"“{self._in(choice.text)}”" for choice in question.choices if choice.code in expression["is"]]
        if "row" not in expression:
            return self._say("chosen", number, self._joined("or", chosen))
        row = next(row for row in question.rows if row.code == expression["row"])
        return self._say("chosen_in_row", number, self._joined("or", chosen), self._in(row.text))

    def _day(self, expression: Mapping[str, Any]) -> str:
        if "date" in expression:
            day = date.fromisoformat(expression["date"])
            return f"{day:%d/%m/%Y}"
        words = self._say("today")
        for unit, number in (("years", expression.get("years", 0)), ("days", expression["today"])):
            if number:
                words = self._say(unit, words, int(number))
        return words

    def _against(self, expression: Expression, other: Expression) -> str:
        """Return an operand, a choice's code as the text that the choice of the other operand's question has."""
        if isinstance(expression, str) and isinstance(other, dict) and "answer" in other:
            choices = self.questions[other["answer"]].choices
            text = next((self._in(choice.text) for choice in choices if choice.code == expression), expression)
            return f"“{text}”"
        return self._told(expression)

    def _bracketed(self, expression: Expression) -> str:
        words = self._told(expression)
        return f"({words})" if isinstance(expression, dict) and ("and" in expression or "or" in expression) else words

    def _joined(self, operator: str, parts: list[str]) -> str:
        words = parts[0]
        for part in parts[1:]:
            words = self._say(operator, words, part)
        return words

    def _in(self, text: Text) -> str:
        return text.in_(self.further[0] if self.further else self.language)
