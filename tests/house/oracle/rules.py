"""Which fields each rule compares, and which say nothing more than that their object may be seen."""

from collections.abc import Awaitable, Callable

from oracle.sight import Sight

Rule = Callable[[Sight], Awaitable[None]]
RULES: dict[str, dict[str, Rule]] = {"org": {}, "survey": {}, "media_archive": {}}
# Rules that hide something: over all worlds each must have hidden and shown some.
SCOPED: set[str] = set()


def rule(package: str, *names: str, hides: bool = True) -> Callable[[Rule], Rule]:
    """Let a function compare these fields: `name` of the root, `Type.name` of an entity, `_entities(Type)`."""

    def noted(check: Rule) -> Rule:
        for name in names:
            RULES[package][name] = check
        if hides:
            SCOPED.add(check.__name__)
        return check

    return noted


OPEN_TO_ALL = {
    ("org", "Unit"): """id code nameVi nameEn shortName name level kind region province commune address phone email
        website createdOn closedOn place""",
    ("org", "Place"): "code day kind nameVi nameEn name region validFrom validUntil",
    ("survey", "Unit"): "id",
    ("survey", "SurveyWave"): "id number state opensAt closesAt frozenAt treeVersion openingProblem programme "
    "questionnaireVersion ways extension kitUrl",
    ("survey", "QuestionnaireVersion"): "id number sha256 publishedAt definition",
    ("survey", "TopicInUnit"): "topic unit name",
    ("media_archive", "Unit"): "id",
    ("media_archive", "TopicInUnit"): "topic unit",
    ("media_archive", "Place"): "code day",
    ("media_archive", "Asset"): """id title description kind language topics visibility mediaType fileName fileSize
        sha256 source isMadeUp createdOn addedAt downloadUrl unit renditions texts captions pages
        embargoUntil leaseUntil hidden about licence rightsHolder rightsUntil version isHeld isDamaged""",
}
"""Fields that say nothing more than that their object may be seen, which is compared where the object comes from."""
