"""One person before one service that is full of one world, and what of its answers was found wrong."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from kit.identity import ANONYMOUS
from kit.testing import Ask
from oracle.world import NaiveUnit, Person, World

# What a refusal may be; anything else is a fault of the test or of the product.
REFUSALS = {"NOT_FOUND", "FORBIDDEN", "SIGN_IN_REQUIRED", "SURVEY_NOT_YOURS"}


@dataclass
class Findings:
    """What was found wrong, and how much was compared, so that a test of nothing is seen to be one."""

    leaks: list[str] = field(default_factory=list[str])
    refusals: list[str] = field(default_factory=list[str])
    shown: Counter[str] = field(default_factory=Counter[str])
    hidden: Counter[str] = field(default_factory=Counter[str])


@dataclass
class Sight:
    """One person before one service that is full of one world."""

    world: World
    who: Person
    ask: Ask
    findings: Findings
    rule: str = ""

    async def answer(self, document: str, **variables: Any) -> dict[str, Any]:
        """Return what the person is answered; refused fields are null."""
        reply = await self.ask(document, self.who.caller, **variables)
        codes = {error["extensions"]["code"] for error in reply.errors}
        assert codes <= REFUSALS, (self.rule, str(self.who), variables, reply.errors)
        return reply.data or {}

    async def all_of(self, name: str, arguments: str, node: str) -> list[Any] | None:
        """Return all nodes of a root list, read page by page; None when it is refused."""
        nodes: list[Any] = []
        first, after = self.world.chance.choice((2, 5, 100)), "null"
        while True:
            given = ", ".join(filter(None, [arguments, f"first: {first}", f"after: {after}"]))
            page = await self.answer(
                f"{{ {name}({given}) {{ nodes {{ {node} }} pageInfo {{ hasNextPage endCursor }} }} }}"
            )
            found = page.get(name)
            if found is None:
                assert not nodes, (name, "a list was refused half way")
                return None
            nodes += found["nodes"]
            if not found["pageInfo"]["hasNextPage"]:
                return nodes
            after = f'"{found["pageInfo"]["endCursor"]}"'

    async def entities(self, kind: str, ids: Iterable[object], selection: str) -> list[Any]:
        """Return what the gateway would be given of entities, in order."""
        return await self.named(kind, [{"id": str(one)} for one in ids], selection)

    async def named(self, kind: str, keys: Iterable[dict[str, str]], selection: str) -> list[Any]:
        """Return the same of entities that have other keys than an id."""
        answer = await self.answer(
            f"query ($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on {kind} {{ {selection} }} }} }}",
            r=[{"__typename": kind, **key} for key in keys],
        )
        return answer["_entities"]

    def shows(self, what: str, shown: Iterable[object], expected: Iterable[object], of: Iterable[object] = ()) -> None:
        """Compare a set that is shown with the one that should be, out of all there is."""
        seen, right = [str(one) for one in shown], {str(one) for one in expected}
        self.findings.shown[self.rule] += len(right)
        self.findings.hidden[self.rule] += len({str(one) for one in of} - right)
        if leaked := set(seen) - right:
            self.findings.leaks.append(f"{self.rule}: {what}: {self.who} sees {sorted(leaked)}")
        if missing := right - set(seen):
            self.findings.refusals.append(f"{self.rule}: {what}: {self.who} misses {sorted(missing)}")
        if len(seen) != len(set(seen)):
            self.findings.leaks.append(f"{self.rule}: {what}: {self.who} sees some twice: {sorted(seen)}")

    def tells(self, what: str, told: object, expected: object) -> None:
        """Compare one value; None is a refusal."""
        self.findings.shown[self.rule] += expected is not None
        self.findings.hidden[self.rule] += expected is None
        if told != expected:
            wrong = self.findings.leaks if told is not None else self.findings.refusals
            wrong.append(f"{self.rule}: {what}: {self.who} is told {told!r} instead of {expected!r}")

    async def same_for_all(self, document: str, **variables: Any) -> None:
        """Compare with what nobody in particular is told."""
        theirs = await self.ask(document, ANONYMOUS, **variables)
        assert not theirs.errors, theirs.errors
        self.tells("as for everybody", await self.answer(document, **variables), theirs.data)

    def some_units(self, count: int) -> list[NaiveUnit]:
        """Return some units that have begun: where the person has a role, and any others."""
        chance = self.world.chance
        theirs = [unit for _, unit in self.who.roles]
        return [
            chance.choice(theirs) if theirs and chance.random() < 0.5 else self.world.some_unit() for _ in range(count)
        ]


def codes(things: Iterable[Any]) -> list[str]:
    """Return the codes of things."""
    return [one.code for one in things]


def names(things: Iterable[Any]) -> list[str]:
    """Return the names of things."""
    return [one.name for one in things]


def of_each(page: dict[str, Any], name: str) -> list[Any]:
    """Return one field of all nodes of a page."""
    return [node[name] for node in page["nodes"]]
