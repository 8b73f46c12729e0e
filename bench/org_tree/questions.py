"""What is asked of the tree: operations as union apps send them, with the right answer to each."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from bench.org_tree.cells import Publication
from bench.org_tree.tree import PlannedUnit, Tree
from bench.org_tree.truth import Day, sums
from kit import db
from kit.calendar import today
from kit.graphql.paging import encode_cursor
from kit.paths import label

THEN = date(2024, 5, 1)
"""A day on which there were 63 provinces and districts."""
PAGE, LONG_PAGE = 20, 100

Answer = list[Any]
Results = list[list[db.Record]]


@dataclass(frozen=True)
class Asked:
    """A question once put, and whether an answer to it is right."""

    variables: dict[str, Any]
    is_right: Callable[[Answer], bool]


@dataclass(frozen=True)
class Question:
    """An operation; how its answer is read from the graph's data, and from the rows of each of its statements.

    `limit`: most milliseconds that the bare SQL may take in 95 of 100 cases.
    """

    name: str
    document: str
    asked: Sequence[Asked]
    of_data: Callable[[Any], Answer]
    of_rows: Callable[[Results], Answer]
    limit: float | None = None


@dataclass(frozen=True)
class Statement:
    """A question that the graph answers only in pages: one statement, its parameters, and the right first columns."""

    name: str
    sql: str
    parameters: Sequence[Any]
    right: Answer
    limit: float


@dataclass
class Knowledge:
    """What there is to ask about."""

    tree: Tree
    published: Sequence[Publication]
    seed: int
    now: Day = field(init=False)
    then: Day = field(init=False)

    def __post_init__(self) -> None:
        self.now, self.then = Day(self.tree, today()), Day(self.tree, THEN)

    def some(self, units: Sequence[PlannedUnit], count: int) -> list[PlannedUnit]:
        """A few of many units, the same ones each time."""
        rng = random.Random(self.seed)  # noqa: S311  # nothing secret depends on it
        return rng.sample(list(units), min(count, len(units)))

    @property
    def provinces(self) -> list[PlannedUnit]:
        """All provinces of today."""
        return [self.tree.units[number] for number in self.tree.provinces.values()]

    @property
    def middling(self) -> PlannedUnit:
        """A province of middling size."""
        return self.tree.units[self.tree.middling]

    @cached_property
    def middling_then(self) -> PlannedUnit:
        """The province that had most nearly so many units when others had not been merged into it."""
        wanted = len(self.now.subtree(self.tree.middling))
        return min(self.provinces, key=lambda unit: abs(len(self.then.subtree(unit.number)) - wanted))


def questions(known: Knowledge) -> list[Question]:
    """Return everything that is asked."""
    return [
        _children(known, "children, first page", deep=False),
        _children(known, "children, deep page", deep=True),
        _breadcrumb(known),
        _subtree_sum(known),
        *(_search(known, *typed) for typed in _TYPED),
        _descendants(known, "as-of subtree, first page", deep=False),
        _descendants(known, "as-of subtree, deep page", deep=True),
        _subtree_count(known),
    ]


def _exactly(right: Answer) -> Callable[[Answer], bool]:
    return lambda answer: answer == right


def _ids(units: Sequence[PlannedUnit]) -> Answer:
    return [str(unit.id) for unit in units]


def _node_ids(field_name: str) -> Callable[[Any], Answer]:
    return lambda data: [node["id"] for node in data["unit"][field_name]["nodes"]]


def _row_ids(shown: int) -> Callable[[Results], Answer]:
    return lambda results: [str(row["id"]) for row in results[-1][:shown]]


def _ranked_ids(shown: int) -> Callable[[Results], Answer]:
    """A search goes through tiers until its page is full: the answer is what they gave, one after the other."""

    def ids(results: Results) -> Answer:
        found = [row["id"] for rows in results for row in rows if "rank" in row.keys()]  # noqa: SIM118  # a record
        return [str(unit_id) for unit_id in found[:shown]]

    return ids


def _children(known: Knowledge, name: str, *, deep: bool) -> Question:
    asked: list[Asked] = []
    for province in known.provinces:
        children = known.now.children(province.number)
        begin = len(children) * 4 // 5 if deep else 0
        before = children[begin - 1] if begin else None
        after = encode_cursor((known.now.sort_key(before.number), before.number)) if before else None
        right = _ids(children[begin : begin + PAGE])
        asked.append(Asked({"id": str(province.id), "first": PAGE, "after": after}, _exactly(right)))
    return Question(
        name,
        "query($id: ID!, $first: Int!, $after: String) { unit(id: $id) { children(first: $first, after: $after) {"
        " nodes { id nameVi code level } pageInfo { hasNextPage endCursor } } } }",
        asked,
        _node_ids("children"),
        _row_ids(PAGE),
    )


def _breadcrumb(known: Knowledge) -> Question:
    alive = [unit for unit in known.tree.units.values() if unit.closed_on is None and unit.level == "grassroots"]
    return Question(
        "breadcrumb",
        "query($id: ID!) { unit(id: $id) { ancestors { id nameVi } } }",
        [
            Asked({"id": str(unit.id)}, _exactly(_ids(known.now.ancestors(unit.number))))
            for unit in known.some(alive, 100)
        ],
        lambda data: [unit["id"] for unit in data["unit"]["ancestors"]],
        lambda results: [str(row["id"]) for row in sorted(results[-1], key=lambda row: len(row["path"]))],
    )


def _subtree_sum(known: Knowledge) -> Question:
    counted = sums(known.published, known.now.subtree(known.middling.number))
    right = sorted([*cell, *people] for cell, people in counted.items())
    return Question(
        "subtree sum by age × gender",
        "query($id: ID!) { unit(id: $id) { headcount { cells { ageBand gender members workers } } } }",
        [Asked({"id": str(known.middling.id)}, _exactly(right))],
        lambda data: sorted(
            [cell["ageBand"], cell["gender"], cell["members"], cell["workers"]]
            for cell in data["unit"]["headcount"]["cells"]
        ),
        _sums_of_rows,
        limit=10,
    )


def _sums_of_rows(results: Results) -> Answer:
    """Read the sums of all slots, fourteen digits each, and what the slots stand for, out of the statements' rows."""
    (packed,) = next(rows for rows in results if rows and "known" in rows[0].keys())  # noqa: SIM118  # no dict
    slots = {
        row["number"]: (row["code"], row["gender"])
        for rows in results
        for row in rows
        if "gender" in row.keys() and row["gender"]  # noqa: SIM118  # a record iterates over its values
    }
    known, members, workers = (int(packed[name]) for name in ("known", "members", "workers"))

    def of_slot(slot: int, number: int) -> int:
        return number // 10 ** (14 * (slot - 1)) % 10**14

    return sorted(
        [*cell, of_slot(slot, members), of_slot(slot, workers)] for slot, cell in slots.items() if of_slot(slot, known)
    )


_TYPED = (
    ("name search, 2 letters", ("ma", "gi", "th", "hò", "đi")),
    ("name search, one word", ("giày", "giay", "thủy", "dien", "Điện")),
    ("name search, some words", ("may hồng", "may hong ch", "điện tử an", "cong ty co phan thep", "cảng đại l")),
    ("name search, whole name or code", ("Bắc Ninh", "bac ninh", "HCM-K001", "PT", "liên đoàn lao động tỉnh phú thọ")),
)


def _search(known: Knowledge, name: str, typed: Sequence[str]) -> Question:
    def among(right: set[str], former: set[str]) -> Callable[[Answer], bool]:
        if not right | former:
            # Where no unit has every word, what looks similar is shown, and that is a matter of taste.
            return lambda answer: len(answer) == len(set(answer)) <= PAGE
        first, wanted = min(PAGE, len(right)), min(PAGE, len(right | former))

        def is_right(answer: Answer) -> bool:
            # Who is called so comes before who was.
            is_full = len(answer) == len(set(answer)) and first <= len(answer) <= wanted
            return is_full and right.issuperset(answer[:first]) and (right | former).issuperset(answer)

        return is_right

    return Question(
        name,
        "query($q: String!, $first: Int!) { units(query: $q, first: $first) { nodes { id nameVi code level } } }",
        [
            Asked({"q": text, "first": PAGE}, among(known.now.having(text), known.now.having_had(text)))
            for text in typed
        ],
        lambda data: [node["id"] for node in data["units"]["nodes"]],
        _ranked_ids(PAGE),
    )


def _descendants(known: Knowledge, name: str, *, deep: bool) -> Question:
    asked: list[Asked] = []
    for province in known.provinces:
        below = known.then.subtree(province.number)[1:]
        begin = len(below) * 4 // 5 if deep else 0
        after = encode_cursor((_path(known.then, below[begin - 1]),)) if begin else None
        variables = {"id": str(province.id), "day": THEN.isoformat(), "first": LONG_PAGE, "after": after}
        asked.append(Asked(variables, _exactly(_ids(below[begin : begin + LONG_PAGE]))))
    return Question(
        name,
        "query($id: ID!, $day: Date!, $first: Int!, $after: String) { unit(id: $id, asOf: $day) {"
        " descendants(first: $first, after: $after) { nodes { id nameVi code level }"
        " pageInfo { hasNextPage endCursor } } } }",
        asked,
        _node_ids("descendants"),
        _row_ids(LONG_PAGE),
        limit=10,
    )


def _path(day: Day, unit: PlannedUnit) -> str:
    return "".join(label(one.number) for one in (*day.ancestors(unit.number), unit))


def _subtree_count(known: Knowledge) -> Question:
    unit = known.middling_then
    right = [len(known.then.subtree(unit.number)) - 1]
    return Question(
        "as-of subtree, how many",
        "query($id: ID!, $day: Date!) { unit(id: $id, asOf: $day) { subtreeCount } }",
        [Asked({"id": str(unit.id), "day": THEN.isoformat()}, _exactly(right))],
        lambda data: [data["unit"]["subtreeCount"]],
        lambda results: [results[-1][0]["units"]],
        limit=10,
    )


def whole_subtree(known: Knowledge) -> Statement:
    """The ids of a whole subtree on a day, as a wave's frame or a file needs them."""
    unit = known.middling_then
    return Statement(
        "as-of subtree, all ids",
        """SELECT unit_id FROM unit_path WHERE path >= $1 AND path < $1 || '~' AND since <= $2 AND until > $2 AND open
           ORDER BY path""",
        (_path(known.then, unit), THEN),
        _ids(known.then.subtree(unit.number)),
        limit=10,
    )
