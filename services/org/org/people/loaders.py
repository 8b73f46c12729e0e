"""People, posts and training of many units or people at once, as far as the caller may see them."""

from datetime import date
from uuid import UUID

from strawberry.dataloader import DataLoader

from kit import db
from kit.graphql import Window, foreign_cursor
from kit.identity import Caller
from org.pages import PageKey, page_loader
from org.people import service

Rows = list[db.Record]
Seen = tuple[Caller, date]
Filtered = tuple[Caller, date, str | None]
Asked = tuple[Caller, date, tuple[str, ...], tuple[str, ...], str | None]


def departments_by_unit() -> DataLoader[PageKey[UUID, Seen], Rows]:
    """Return a loader of departments by (unit, window, (caller, day))."""

    async def read(units: list[UUID], window: Window, seen: Seen) -> Rows:
        caller, day = seen
        return await service.departments_of(caller, units, window.limit, window.after, day)

    return page_loader("unit_id", read)


def officers_by_unit() -> DataLoader[PageKey[UUID, Filtered], Rows]:
    """Return a loader of officers by (unit, window, (caller, day, post or None))."""

    async def read(units: list[UUID], window: Window, asked: Filtered) -> Rows:
        caller, day, post = asked
        return await service.officers_of(caller, units, window.limit, window.after, day, post)

    return page_loader("unit_id", read)


def posts_by_unit() -> DataLoader[PageKey[UUID, Seen], Rows]:
    """Return a loader of posts with seats by (unit, window, (caller, day))."""

    async def read(units: list[UUID], window: Window, seen: Seen) -> Rows:
        caller, day = seen
        return await service.posts_of(caller, units, window.limit, window.after, day)

    return page_loader("unit_id", read)


def vacancies_by_path() -> DataLoader[PageKey[str, Filtered], Rows]:
    """Return a loader of vacancies by (path of the subtree, window, (caller, day, post or None))."""

    async def read(paths: list[str], window: Window, asked: Filtered) -> Rows:
        caller, day, post = asked
        return await service.vacancies_below(caller, paths, window.limit, window.after, day, post)

    return page_loader("root", read)


def expiring_by_path() -> DataLoader[PageKey[str, tuple[Caller, date, int]], Rows]:
    """Return a loader of terms about to end by (path of the subtree, window, (caller, day, days ahead))."""

    async def read(paths: list[str], window: Window, asked: tuple[Caller, date, int]) -> Rows:
        caller, day, days = asked
        return await service.expiring_below(caller, paths, window.limit, _dated(window), day, days)

    return page_loader("root", read)


def collaborators_by_path() -> DataLoader[PageKey[str, Filtered], Rows]:
    """Return a loader of collaborators by (path of the subtree, window, (caller, day, kind or None))."""

    async def read(paths: list[str], window: Window, asked: Filtered) -> Rows:
        caller, day, kind = asked
        return await service.collaborators_below(caller, paths, window.limit, window.after, day, kind)

    return page_loader("root", read)


def classes_by_path() -> DataLoader[PageKey[str, Seen], Rows]:
    """Return a loader of training classes by (path of the subtree, window, (caller, day))."""

    async def read(paths: list[str], window: Window, seen: Seen) -> Rows:
        caller, day = seen
        return await service.classes_below(caller, paths, window.limit, _dated(window), day)

    return page_loader("root", read)


def attendees_by_class() -> DataLoader[PageKey[UUID, Caller], Rows]:
    """Return a loader of attendees by (class, window, caller)."""

    async def read(classes: list[UUID], window: Window, caller: Caller) -> Rows:
        return await service.attendees_of(caller, classes, window.limit, window.after)

    return page_loader("class_id", read)


def terms_by_person() -> DataLoader[PageKey[UUID, Caller], Rows]:
    """Return a loader of terms by (person, window, caller)."""

    async def read(people: list[UUID], window: Window, caller: Caller) -> Rows:
        return await service.terms_of(caller, people, window.limit, _dated(window))

    return page_loader("person_id", read)


def trainings_by_person() -> DataLoader[PageKey[UUID, Caller], Rows]:
    """Return a loader of attended classes by (person, window, caller)."""

    async def read(people: list[UUID], window: Window, caller: Caller) -> Rows:
        return await service.trainings_of(caller, people, window.limit, _dated(window))

    return page_loader("person_id", read)


def certificates_by_person() -> DataLoader[PageKey[UUID, Caller], Rows]:
    """Return a loader of certificates by (person, window, caller)."""

    async def read(people: list[UUID], window: Window, caller: Caller) -> Rows:
        return await service.certificates_of(caller, people, window.limit, _dated(window))

    return page_loader("person_id", read)


def _dated(window: Window) -> tuple[date, str] | None:
    """Return where a list in the order of days goes on; cursors carry a day as its number."""
    if window.after is None:
        return None
    day, row_id = window.after
    if not 1 <= day <= date.max.toordinal():
        raise foreign_cursor()
    return date.fromordinal(day), row_id


def department_by_id() -> DataLoader[tuple[Seen, UUID], db.Record | None]:
    """Return a loader of one department by ((caller, day), id)."""

    async def load(keys: list[tuple[Seen, UUID]]) -> list[db.Record | None]:
        found: dict[tuple[Seen, UUID], db.Record] = {}
        for seen in dict.fromkeys(seen for seen, _ in keys):
            ids = [department_id for other, department_id in keys if other == seen]
            found |= {(seen, row["id"]): row for row in await service.departments_by_id(seen[0], ids, seen[1])}
        return [found.get(key) for key in keys]

    return DataLoader(load)


def contact_by_person() -> DataLoader[tuple[Caller, UUID], db.Record | None]:
    """Return a loader of one person's contact by (caller, id); all keys of a request have the same caller."""

    async def load(keys: list[tuple[Caller, UUID]]) -> list[db.Record | None]:
        rows = await service.contacts_of(keys[0][0], [person_id for _, person_id in keys])
        found = {row["id"]: row for row in rows}
        return [found.get(person_id) for _, person_id in keys]

    return DataLoader(load)


def collaborator_counts_by_path() -> DataLoader[tuple[Seen, str], Rows]:
    """Return a loader of the numbers of collaborators by ((caller, day), path of the subtree)."""

    async def load(keys: list[tuple[Seen, str]]) -> list[Rows]:
        found: dict[tuple[Seen, str], Rows] = {key: [] for key in keys}
        for seen in dict.fromkeys(seen for seen, _ in keys):
            paths = [path for other, path in keys if other == seen]
            for row in await service.collaborator_counts(seen[0], paths, seen[1]):
                found[seen, row["path"]].append(row)
        return [found[key] for key in keys]

    return DataLoader(load)


def training_by_path() -> DataLoader[tuple[Asked, str], db.Record]:
    """Return a loader of how far subtrees have come by ((caller, day, posts, certificates, level or None), path)."""

    async def load(keys: list[tuple[Asked, str]]) -> list[db.Record]:
        found: dict[tuple[Asked, str], db.Record] = {}
        for asked in dict.fromkeys(asked for asked, _ in keys):
            caller, day, posts, certificates, level = asked
            paths = [path for other, path in keys if other == asked]
            rows = await service.communications_training(caller, paths, day, posts, certificates, level)
            found |= {(asked, row["path"]): row for row in rows}
        return [found[key] for key in keys]

    return DataLoader(load)


class PeopleLoaders:
    """The loaders of people, for one request."""

    def __init__(self) -> None:
        self.attendees_by_class = attendees_by_class()
        self.certificates_by_person = certificates_by_person()
        self.classes_by_path = classes_by_path()
        self.collaborator_counts_by_path = collaborator_counts_by_path()
        self.collaborators_by_path = collaborators_by_path()
        self.contact_by_person = contact_by_person()
        self.department_by_id = department_by_id()
        self.departments_by_unit = departments_by_unit()
        self.expiring_by_path = expiring_by_path()
        self.officers_by_unit = officers_by_unit()
        self.posts_by_unit = posts_by_unit()
        self.terms_by_person = terms_by_person()
        self.training_by_path = training_by_path()
        self.trainings_by_person = trainings_by_person()
        self.vacancies_by_path = vacancies_by_path()
