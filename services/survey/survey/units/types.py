"""How the graph shows the survey side of a unit; org tells everything else about it."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from kit.graphql import After, Connection, First, Info, parse_id

if TYPE_CHECKING:
    from survey.programmes.types import SurveyWave


@strawberry.federation.type(keys=["id"], description="A unit of the union, with the surveys that ask its people.")
class Unit:
    id: strawberry.ID = strawberry.field(description="The unit's id.")

    @strawberry.field(
        description="Waves that ask people of this unit, the latest first: its own, those above it and those below "
        "it. Quick polls are not among them: `quickPolls` lists them."
    )
    async def survey_waves(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
    ) -> Connection[Annotated["SurveyWave", strawberry.lazy("survey.programmes.types")]] | None:
        from survey.programmes.types import wave_page, wave_window

        asked = wave_window(first, after)
        unit_id = parse_id(self.id, "unit")
        rows = await info.context.loaders.waves_of_unit.load((info.context.caller, unit_id, asked))
        return wave_page(asked, rows, unit_id)

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "Unit":
        """Stand in for a unit that org vouches for."""
        return cls(id=id)
