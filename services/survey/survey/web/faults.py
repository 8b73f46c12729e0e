"""What a page says of a refusal, beside the field that it is about."""

from kit.errors import DomainError, InvalidInput, Language, UnknownCode


def said(error: DomainError, language: Language) -> str:
    """Return why something is refused, without the name that its field has in the graph.

    A place in a questionnaire stays: no field of the page says it.
    """
    is_of_field = isinstance(error, InvalidInput) and not isinstance(error, UnknownCode)
    if not is_of_field or str(error.details["field"]).startswith("definition"):
        return error.message(language)
    reason = str(error.details[f"reason_{language}"])
    return reason[:1].upper() + reason[1:]
