"""What the graph takes when a material is described, one or many alike."""

from dataclasses import fields

import strawberry

from media_archive.assets.service import Changes
from media_archive.description.about import About


@strawberry.input(description="What to say anew.")
class SaidAnew:
    title: str | None = strawberry.field(default=None, description="What it is called, 1 to 300 characters.")
    description: str | None = strawberry.field(default=None, description="What it is about, at most 10,000 characters.")
    language: str | None = strawberry.field(default=None, description="ISO 639 code of its language.")
    kind: str | None = strawberry.field(default=None, description="Code of its kind, see `assetKinds`.")
    topics: list[str] | None = strawberry.field(
        default=None, description="Codes of org's topics, at most 10; replaces the list."
    )
    visibility: str | None = strawberry.field(
        default=None, description="`public` (takes an editor), `union`, `subtree`, `unit` or `private`."
    )
    creator: str | None = strawberry.field(
        default=None, description="Who made it: a person, a team or a unit; at most 300 characters."
    )
    people: list[str] | None = strawberry.field(
        default=None, description="Names of people who are shown or heard, at most 50; replaces the list."
    )
    places: list[str] | None = strawberry.field(
        default=None, description="Names of places that are shown or meant, at most 20; replaces the list."
    )
    place_codes: list[str] | None = strawberry.field(
        default=None, description="Codes of org's places, at most 20; replaces the list."
    )
    events: list[str] | None = strawberry.field(
        default=None, description="Codes of events of the union year, at most 20; replaces the list."
    )
    audiences: list[str] | None = strawberry.field(
        default=None, description="Codes of those it is made for, at most 20; replaces the list."
    )
    age_bands: list[str] | None = strawberry.field(
        default=None, description="Codes of org's age bands it is made for; replaces the list."
    )
    genders: list[str] | None = strawberry.field(
        default=None, description="Codes of org's genders it is made for; replaces the list."
    )
    regions: list[str] | None = strawberry.field(
        default=None, description="Codes of org's regions it is made for; replaces the list."
    )

    def changes(self) -> Changes:
        """Return the same for the service."""
        lists = {one.name: getattr(self, one.name) for one in fields(About) if one.name != "creator"}
        return Changes(
            title=self.title,
            description=self.description,
            language=self.language,
            kind=self.kind,
            topics=tuple(self.topics) if self.topics is not None else None,
            visibility=self.visibility,
            about=About(
                creator=self.creator,
                **{name: tuple(value) if value is not None else None for name, value in lists.items()},
            ),
        )
