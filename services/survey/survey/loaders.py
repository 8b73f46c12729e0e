"""The batched reads of one request. Keys carry the caller, because what is read depends on who asks."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from kit import db
from kit.graphql import Window
from kit.identity import Caller
from survey.needs.service import Needs, Topic, all_needs, segments_of, topics_by_code
from survey.programmes.service import reading
from survey.programmes.service.participation import (
    GroupParticipation,
    Participation,
    participations_by_day,
    participations_by_group,
    visible_participations,
)
from survey.questionnaires.models import QuestionnaireVersion
from survey.questionnaires.service import asked_versions
from survey.results.reading import QuestionResult, Release, releases_by_wave

Found = TypeVar("Found")
CallerAndId = tuple[Caller, UUID]
CallerIdAndWindow = tuple[Caller, UUID, Window]


class Loaders:
    """One loader for each thing that nested fields or entities ask for; made anew for each request."""

    def __init__(self) -> None:
        self.programme: DataLoader[CallerAndId, db.Record | None] = DataLoader(
            load_fn=_by_caller(reading.programmes_by_id)
        )
        self.wave: DataLoader[CallerAndId, db.Record | None] = DataLoader(load_fn=_by_caller(reading.waves_by_id))
        self.asked_version: DataLoader[UUID, QuestionnaireVersion | None] = DataLoader(load_fn=asked_versions)
        self.waves_of_programme: DataLoader[CallerIdAndWindow, list[db.Record]] = DataLoader(
            load_fn=_by_caller_and_window(reading.waves_of_programmes)
        )
        self.waves_of_unit: DataLoader[CallerIdAndWindow, list[db.Record]] = DataLoader(
            load_fn=_by_caller_and_window(reading.waves_of_units)
        )
        self.participation: DataLoader[tuple[Caller, UUID, UUID | None], Participation | None] = DataLoader(
            load_fn=visible_participations
        )
        self.participation_by_day: DataLoader[tuple[Caller, UUID, UUID | None, Window], list[Participation] | None] = (
            DataLoader(load_fn=_by_day)
        )
        self.participation_by_group: DataLoader[CallerIdAndWindow, list[GroupParticipation] | None] = DataLoader(
            load_fn=_by_caller_and_window(participations_by_group)
        )
        self.topic: DataLoader[str, Topic | None] = DataLoader(load_fn=topics_by_code)
        self.needs: DataLoader[CallerAndId, Needs | None] = DataLoader(load_fn=all_needs)
        self.demand_by_segment: DataLoader[tuple[Needs, tuple[str, ...]], QuestionResult] = DataLoader(
            load_fn=segments_of, cache_key_fn=lambda key: (key[0].release.id, key[0].place, key[1])
        )
        self.releases_by_wave: DataLoader[CallerAndId, list[Release]] = DataLoader(load_fn=_by_caller(releases_by_wave))


def _by_caller(
    read: Callable[[Caller, Sequence[UUID]], Awaitable[list[Found]]],
) -> Callable[[list[CallerAndId]], Awaitable[list[Found]]]:
    async def load(keys: list[CallerAndId]) -> list[Found]:
        # One request has one caller.
        return await read(keys[0][0], [key for _, key in keys])

    return load


def _by_caller_and_window(
    read: Callable[[Caller, Sequence[UUID], Window], Awaitable[list[Found]]],
) -> Callable[[list[CallerIdAndWindow]], Awaitable[list[Found]]]:
    async def load(keys: list[CallerIdAndWindow]) -> list[Found]:
        found: dict[Hashable, Found] = {}
        for asked in {window for _, _, window in keys}:
            ids = [key for _, key, window in keys if window == asked]
            rows = await read(keys[0][0], ids, asked)
            found.update({(key, asked): row for key, row in zip(ids, rows, strict=True)})
        return [found[key, window] for _, key, window in keys]

    return load


async def _by_day(keys: list[tuple[Caller, UUID, UUID | None, Window]]) -> list[list[Participation] | None]:
    found: dict[Hashable, list[Participation] | None] = {}
    for asked in {key[3] for key in keys}:
        places = [key[:3] for key in keys if key[3] == asked]
        series = await participations_by_day(places, asked)
        found.update({(*place[1:], asked): days for place, days in zip(places, series, strict=True)})
    return [found[key[1:]] for key in keys]
