"""The errors of the protocol; their codes are its own."""


class OaiError(Exception):
    """A request that can't be answered: one of the protocol's codes, and a sentence for whoever runs the harvester."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def bad_verb() -> OaiError:
    """Return the refusal of a verb that is missing, repeated or none of the six."""
    return OaiError("badVerb", "The verb must be given once, and be one of the six of OAI-PMH 2.0.")


def bad_argument(text: str) -> OaiError:
    """Return the refusal of an argument that is missing, unknown, repeated or malformed."""
    return OaiError("badArgument", text)


def bad_token() -> OaiError:
    """Return the refusal of a token that this repository did not give for this verb."""
    return OaiError("badResumptionToken", "This token was not given by this repository for this verb.")


def wrong_format(prefix: str) -> OaiError:
    """Return the refusal of a metadata format that is not kept."""
    return OaiError("cannotDisseminateFormat", f"The format {prefix[:40]} is not kept; oai_dc is.")


def unknown_id() -> OaiError:
    """Return the refusal of an identifier that names no item."""
    return OaiError("idDoesNotExist", "No item has this identifier.")


def no_records() -> OaiError:
    """Return the answer when nothing fits."""
    return OaiError("noRecordsMatch", "No record fits from, until, set and metadataPrefix.")


def no_sets() -> OaiError:
    """Return the answer of a repository in which nothing is or was public yet."""
    return OaiError("noSetHierarchy", "There are no sets yet.")
