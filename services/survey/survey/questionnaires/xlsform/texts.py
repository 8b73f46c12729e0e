"""A row's texts in all languages of the questionnaire, completed where the workbook has them in some only."""

from collections.abc import Sequence

from survey.questionnaires.xlsform.book import Line
from survey.questionnaires.xlsform.report import Remark, shortened
from survey.questionnaires.xlsform.wording import LONGEST_TEXT, cleaned, is_marked, references


class Texts:
    """Reads texts, and says what it had to change."""

    def __init__(self, languages: Sequence[str], filled: bool, remarks: list[Remark]) -> None:
        self.languages = languages
        self.filled = filled
        self.remarks = remarks

    def of(self, line: Line, column: str, sheet: str, stand_in: str | None = None) -> dict[str, str] | None:
        """Return a column's text in every language, or None when there is none, or one is too long.

        What lacks a language has the text of the first that is there. `stand_in` is used when there is none at all.
        """
        written = line.text(column)
        texts = {language: text for language, raw in written.items() if (text := cleaned(raw))}
        if any(len(text) > LONGEST_TEXT for text in texts.values()):
            return None
        if not texts:
            if stand_in is None:
                return None
            name = cleaned(stand_in) or "…"
            self._say("TEXT_MISSING", line, sheet, what=column, code=shortened(name, 60))
            return dict.fromkeys(self.languages, name[:LONGEST_TEXT])
        self._remark(line, column, sheet, list(written.values()))
        return self._completed(texts, line, column, sheet)

    def is_too_long(self, line: Line, column: str) -> bool:
        """Whether some text of a column is longer than ours may be."""
        return any(len(cleaned(raw)) > LONGEST_TEXT for raw in line.text(column).values())

    def _completed(self, texts: dict[str, str], line: Line, column: str, sheet: str) -> dict[str, str]:
        first = next(texts[language] for language in self.languages if language in texts)
        lacking = [language for language in self.languages if language not in texts]
        # That Vietnamese is nowhere in the workbook has been said once.
        told = [language for language in lacking if not (self.filled and language == "vi")]
        if told:
            self._say("TEXT_MISSING", line, sheet, what=f"{column}: {', '.join(told)}", code=shortened(first, 60))
        return {language: texts.get(language, first) for language in self.languages}

    def _remark(self, line: Line, column: str, sheet: str, raw: list[str]) -> None:
        if places := references(raw):
            self._say("REFERENCE_IN_TEXT", line, sheet, column, what=shortened(places, 80))
        if any(is_marked(text) for text in raw):
            self._say("MARKUP_REMOVED", line, sheet, column)

    def _say(self, reason: str, line: Line, sheet: str, column: str | None = None, **details: str) -> None:
        self.remarks.append(Remark(reason, sheet, line.number, column, details))
