"""How the graph says a wish for a release, and what has become of it."""

import strawberry

from survey.results import service


@strawberry.input(description="Which wave's results to publish, and for whom.")
class PublishSurveyReleaseInput:
    wave_id: strawberry.ID = strawberry.field(description="The wave.")
    is_public: bool = strawberry.field(
        default=False, description="Whether everyone may read it; otherwise the owner unit's analysts."
    )


@strawberry.type(description="A wish for a release and what has become of it.")
class SurveyReleaseRequest:
    id: strawberry.ID = strawberry.field(description="Its id.")
    state: str = strawberry.field(description="`waiting`, `running`, `done` or `refused`.")
    problem: str | None = strawberry.field(
        description="Code of what stood in the way, such as `NOTHING_NEW`, when refused."
    )
    release_id: strawberry.ID | None = strawberry.field(description="The release, when done.")

    @classmethod
    def of(cls, request: service.ReleaseRequest) -> "SurveyReleaseRequest":
        """Return a request as the graph shows it."""
        return cls(
            id=strawberry.ID(str(request.id)),
            state=request.state,
            problem=request.problem,
            release_id=strawberry.ID(str(request.release_id)) if request.release_id else None,
        )


@strawberry.type(description="The release is being made; ask for the request until it is done.")
class PublishSurveyReleaseSuccess:
    request: SurveyReleaseRequest = strawberry.field(description="The request just made.")
