"""The graph's way to a form by its code, and to what lets answers in."""

import strawberry

from survey.collection.credentials.fields import CredentialMutations, CredentialQueries
from survey.collection.service import find_collection
from survey.collection.slips.fields import SlipMutations, SlipQueries
from survey.collection.types import Code, SurveyForm


@strawberry.type
class CollectionQueries(SlipQueries, CredentialQueries):
    @strawberry.field(description="The form behind a collector's code; public, as the form itself is.")
    async def survey_form(self, code: Code) -> SurveyForm | None:
        collection = await find_collection(code)
        return SurveyForm.of(collection) if collection else None


@strawberry.type
class CollectionMutations(SlipMutations, CredentialMutations):
    pass
