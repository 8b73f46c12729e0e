"""Reads of what is held on topics, in batches."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from strawberry.dataloader import DataLoader

from kit.db import Record
from kit.identity import Caller
from media_archive.needs.service import Holding, Made, holdings, made_for, newest_on_topics

CallerTopicAndUnit = tuple[Caller, str, UUID]
CallerTopicAndFirst = tuple[Caller, str, int]
CallerTopicAndSegments = tuple[Caller, str, tuple[str, ...]]


class NeedsLoaders:
    """Those of one request."""

    def __init__(self) -> None:
        self.holdings: DataLoader[CallerTopicAndUnit, Holding | None] = DataLoader(_holdings)
        self.newest_on_topic: DataLoader[CallerTopicAndFirst, list[Record]] = DataLoader(_newest)
        self.made_for: DataLoader[CallerTopicAndSegments, list[Made]] = DataLoader(_made_for)


async def _holdings(keys: Sequence[CallerTopicAndUnit]) -> list[Holding | None]:
    # All keys of a request have its one caller.
    return await holdings(keys[0][0], [key[1:] for key in keys])


async def _newest(keys: Sequence[CallerTopicAndFirst]) -> list[list[Record]]:
    wanted: dict[int, set[str]] = defaultdict(set)
    for _, topic, first in keys:
        wanted[first].add(topic)
    found = {first: await newest_on_topics(keys[0][0], sorted(topics), first) for first, topics in wanted.items()}
    return [found[first][topic] for _, topic, first in keys]


async def _made_for(keys: Sequence[CallerTopicAndSegments]) -> list[list[Made]]:
    wanted: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for _, topic, by in keys:
        wanted[by].add(topic)
    found = {by: await made_for(keys[0][0], sorted(topics), by) for by, topics in wanted.items()}
    return [found[by][topic] for _, topic, by in keys]
