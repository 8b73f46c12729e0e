"""The graph's way to a form by its code."""

import strawberry

from survey.collection.service import find_collection
from survey.collection.types import Code, SurveyForm


@strawberry.type
class CollectionQueries:
    @strawberry.field(description="The form behind a collector's code; public, as the form itself is.")
    async def survey_form(self, code: Code) -> SurveyForm | None:
        collection = await find_collection(code)
        return SurveyForm.of(collection) if collection else None
