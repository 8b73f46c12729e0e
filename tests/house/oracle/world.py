"""A made-up union in plain Python sets, and the documented rules of who may see what: no SQL, no code of the product.

`World.random(seed)` draws a tree, what happened to it, people with roles and things to see. `NaiveUnit.above` and
`Person.may` are the two sentences that everything follows from: a role holds on its unit and on all below it, and
what belonged to a unit that closed is below the unit that keeps its records (DOMAIN, ARCHITECTURE "Identity").
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from kit.calendar import today
from kit.identity import ANONYMOUS, Caller

FOUNDED = date(2025, 8, 1)
REORGANISED = date(2026, 4, 1)
# What may stand under what since July 2025.
BELOW = {
    "confederation": ["province_or_industry", "province_or_industry", "special", "grassroots"],
    "province_or_industry": ["special", "grassroots", "grassroots"],
    "special": ["grassroots"],
    "grassroots": ["section", "section", "team"],
    "section": ["team"],
    "team": [],
}
KIND = {"confederation": "confederation", "province_or_industry": "provincial_federation"}
WORDS = ("Sen", "Mai", "Lúa", "Biển")
RIGHTS = {
    "worker": {"worker"},
    "contributor": {"contributor", "worker"},
    "editor": {"editor", "contributor", "worker"},
    "analyst": {"analyst", "worker"},
    "admin": {"admin", "editor", "contributor", "analyst", "worker"},
}
Cells = dict[tuple[str, str], tuple[int, int]]
CELLS = [("under_25", "female"), ("under_25", "male"), ("25_34", "female"), ("45_plus", "male")]


@dataclass(eq=False)
class NaiveUnit:
    """A unit as the union remembers it. `begins` lies ahead for one that is only planned."""

    id: UUID
    code: str
    level: str
    name: str
    parent: "NaiveUnit | None"
    begins: date = FOUNDED
    closed: bool = False
    heir: "NaiveUnit | None" = None

    @property
    def is_open(self) -> bool:
        """Whether it exists today."""
        return not self.closed and self.begins <= today()

    def above(self) -> "Iterator[NaiveUnit]":
        """Yield itself and all units above it today; above a closed one stands whoever keeps its records."""
        unit: NaiveUnit | None = self
        while unit is not None:
            yield unit
            unit = (unit.heir or unit.parent) if unit.closed else unit.parent

    def is_under(self, other: "NaiveUnit") -> bool:
        """Whether it is the other one or below it."""
        return any(unit is other for unit in self.above())


@dataclass(eq=False)
class Person:
    """Somebody who asks, with the roles held now; `caller` is what the passport made of them."""

    subject: str | None
    roles: list[tuple[str, NaiveUnit]] = field(default_factory=list)
    caller: Caller = ANONYMOUS

    def may(self, role: str, unit: NaiveUnit) -> bool:
        """Whether a role held on the unit or above it has the rights of `role`."""
        return any(role in RIGHTS[held] and unit.is_under(place) for held, place in self.roles)

    def has_role_under(self, unit: NaiveUnit) -> bool:
        """Whether some role is held on the unit or below it."""
        return any(place.is_under(unit) for _, place in self.roles)

    def trains(self, unit: NaiveUnit) -> bool:
        """Whether an editor, analyst or admin of the unit."""
        return self.may("editor", unit) or self.may("analyst", unit)

    def __str__(self) -> str:
        held = ", ".join(f"{role}@{unit.code}" for role, unit in self.roles)
        return f"{self.subject or 'nobody'} ({held})"


@dataclass(eq=False)
class Grant:
    """A role of somebody on a unit: held now, or long over, or yet to begin."""

    id: UUID
    subject: str
    role: str
    unit: NaiveUnit
    is_held: bool = True
    ends_in: int | None = None


@dataclass(eq=False)
class Asset:
    """A material of a unit."""

    id: UUID
    unit: NaiveUnit
    title: str
    visibility: str
    kind: str
    topics: list[str]
    embargo_until: date | None = None
    lease_until: date | None = None
    hidden: str | None = None
    granted: dict[NaiveUnit, date | None] = field(default_factory=dict["NaiveUnit", "date | None"])
    readers: dict[str, date] = field(default_factory=dict[str, date])

    def is_granted_to(self, who: Person) -> bool:
        """Whether the person, or a unit of theirs, was given a key that still opens."""
        if who.subject in self.readers and today() < self.readers[who.subject]:
            return True
        return any(
            (until is None or today() < until) and (who.may("worker", unit) or who.has_role_under(unit))
            for unit, until in self.granted.items()
        )

    def is_shown(self, who: Person) -> bool:
        """Say it as a person would: the closed doors first, then who has a key."""
        if self.hidden:
            return who.may("editor", self.unit)
        if who.may("contributor", self.unit):
            return True
        if (self.embargo_until and today() < self.embargo_until) or (self.lease_until and today() >= self.lease_until):
            return False
        if self.is_granted_to(who):
            return True
        match self.visibility:
            case "public":
                return True
            case "union":
                return bool(who.roles)
            case "subtree":
                return who.may("worker", self.unit) or who.has_role_under(self.unit)
            case "unit":
                return who.may("worker", self.unit)
            case _:
                return False


@dataclass(eq=False)
class Version:
    """A version of a questionnaire."""

    id: UUID
    number: int
    is_published: bool
    is_asked: bool = False


@dataclass(eq=False)
class Questionnaire:
    """A questionnaire of a unit."""

    id: UUID
    code: str
    owner: NaiveUnit
    versions: list[Version]

    def shown(self, who: Person) -> set[UUID]:
        """Return the versions shown: all to editors and analysts of the owner, to others what was ever asked."""
        staff = who.may("editor", self.owner) or who.may("analyst", self.owner)
        return {version.id for version in self.versions if staff or version.is_asked}


@dataclass(eq=False)
class Release:
    """A release of a wave's results."""

    id: UUID
    number: int
    is_public: bool
    downloads: dict[UUID, str] = field(default_factory=dict)
    """Files that were made of it, with who asked for each."""


@dataclass(eq=False)
class Group:
    """People of a unit who answered together, and the units that stood above it when the wave opened."""

    id: UUID
    unit: NaiveUnit
    people: int
    frame: list[NaiveUnit]
    code: str


@dataclass(eq=False)
class Wave:
    """A round of a programme."""

    id: UUID
    programme: "Programme"
    number: int
    state: str
    code: str
    version: Version | None
    groups: list[Group] = field(default_factory=list)
    frame: list[NaiveUnit] = field(default_factory=list)
    # The units of the frame whose people are asked: the target and those below it.
    asked_units: list[NaiveUnit] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    requests: list[UUID] = field(default_factory=list)
    # Sheets of slips by their ids, and the address at which members' credentials are spent, while the wave is open.
    slips: dict[UUID, NaiveUnit] = field(default_factory=dict)
    credential_code: str | None = None

    @property
    def whole_codes(self) -> list[str]:
        """The addresses that belong to no group."""
        return [self.code, *([self.credential_code] if self.credential_code else [])]

    def is_shown(self, who: Person) -> bool:
        """What was ever open is public; what is planned is for the owner's staff."""
        return self.state != "planned" or self.programme.is_staff(who)

    def shown_releases(self, who: Person) -> list[Release]:
        """Public ones to all, others to analysts of the owner; the newest first."""
        mine = who.may("analyst", self.programme.owner)
        return [release for release in reversed(self.releases) if release.is_public or mine]

    def base_of(self, unit: NaiveUnit, who: Person) -> int | None:
        """What the newest release tells of a unit: of the target to whoever sees it, below it to its analysts as well."""
        if not self.shown_releases(who) or unit not in self.asked_units:
            return None
        mine = unit is self.programme.target or who.may("analyst", unit) or who.may("analyst", self.programme.owner)
        return 10 + self.asked_units.index(unit) if mine else None

    def expected_in(self, unit: NaiveUnit, who: Person) -> int | None:
        """How many people took part where the unit stood in the frame: for its contributors, editors and analysts."""
        if not (who.may("contributor", unit) or who.may("analyst", unit)):
            return None
        return sum(group.people for group in self.groups if unit in group.frame) or None


@dataclass(eq=False)
class Programme:
    """A survey programme."""

    id: UUID
    code: str
    owner: NaiveUnit
    target: NaiveUnit
    questionnaire: Questionnaire
    waves: list[Wave] = field(default_factory=list)

    def is_staff(self, who: Person) -> bool:
        """Editors and analysts of the owner."""
        return who.may("editor", self.owner) or who.may("analyst", self.owner)

    def is_shown(self, who: Person) -> bool:
        """Those that ever asked to all, for their staff all."""
        return self.is_staff(who) or any(wave.state != "planned" for wave in self.waves)


@dataclass(eq=False)
class Poll:
    """A quick poll of a unit, to its people and those below it."""

    id: UUID
    unit: NaiveUnit
    state: str

    def is_shown(self, who: Person) -> bool:
        """What was ever open is public; what is planned is for contributors and analysts of the unit."""
        return self.state != "planned" or who.may("contributor", self.unit) or who.may("analyst", self.unit)


@dataclass(eq=False)
class Post:
    """A post that somebody holds or held in a unit; `ends_in` counts days from today, negative for a former holder."""

    name: str
    unit: NaiveUnit
    ends_in: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether it is held today; what closes has no posts."""
        return not self.unit.closed and (self.ends_in is None or self.ends_in > 0)


@dataclass(eq=False)
class Colleague:
    """A person on record: kept by a unit, with posts and collaborations, and perhaps an account."""

    id: UUID
    name: str
    keeper: NaiveUnit
    subject: str | None
    posts: list[Post]
    collaborates: list[NaiveUnit]
    attended: "list[Training]"

    def answering(self) -> list[NaiveUnit]:
        """The units that answer for somebody: those served today; for who serves nowhere, the one that keeps the record."""
        served = [post.unit for post in self.posts if post.is_held] + [one for one in self.collaborates if one.is_open]
        return served or [self.keeper]

    def is_known_to(self, who: Person) -> bool:
        """To themself, to workers of a unit in which they hold or held a post, to trainers of a unit that answers."""
        if self.subject is not None and self.subject == who.subject:
            return True
        return any(who.may("worker", post.unit) for post in self.posts) or any(map(who.trains, self.answering()))


@dataclass(eq=False)
class Training:
    """A class in communications that a unit held."""

    id: UUID
    unit: NaiveUnit
    name: str


@dataclass(eq=False)
class Channel:
    """A channel of a unit, for everybody or for those with a role there."""

    unit: NaiveUnit
    name: str
    is_public: bool
    id: UUID | None = None

    def is_shown(self, who: Person) -> bool:
        """Public ones to all, others to workers of the unit."""
        return self.is_public or who.may("worker", self.unit)


@dataclass(frozen=True)
class Step:
    """Something that happened to the tree when it was full of things: a unit moved below, or merged into, another."""

    kind: str
    unit: NaiveUnit
    other: NaiveUnit
    is_ahead: bool = False


class World:
    """All there is, drawn from one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.units: list[NaiveUnit] = []
        self.steps: list[Step] = []
        self.founded_under: dict[NaiveUnit, NaiveUnit | None] = {}
        self.people: list[Person] = []
        self.grants: list[Grant] = []
        self.published: dict[NaiveUnit, Cells] = {}
        self.headcounts: dict[NaiveUnit, list[Cells]] = {}
        self.departments: dict[UUID, NaiveUnit] = {}
        self.colleagues: list[Colleague] = []
        self.trainings: list[Training] = []
        self.seats: dict[NaiveUnit, int] = {}
        self.channels: list[Channel] = []
        self.grouped: list[NaiveUnit] = []
        self.batches: dict[UUID, str] = {}
        self.questionnaires: list[Questionnaire] = []
        self.programmes: list[Programme] = []
        self.assets: list[Asset] = []
        self.polls: list[Poll] = []

    @classmethod
    def random(cls, seed: int) -> "World":
        """Draw a world. Things are drawn for the tree as it was founded; then some units move and some close."""
        world = cls(seed)
        world._draw_tree()
        world._draw_things_of_org()
        world._draw_surveys()
        world._draw_assets()
        world._draw_steps()
        world._draw_people()
        world._draw_polls()
        world._draw_readers()
        return world

    def new_id(self) -> UUID:
        """Return an id that the seed decides."""
        return UUID(int=self.chance.getrandbits(128), version=4)

    @property
    def open_units(self) -> list[NaiveUnit]:
        """The units that exist today."""
        return [unit for unit in self.units if unit.is_open]

    @property
    def waves(self) -> list[Wave]:
        """All waves."""
        return [wave for programme in self.programmes for wave in programme.waves]

    def under(self, unit: NaiveUnit) -> list[NaiveUnit]:
        """Return the unit and all that is below it today, also what closed units left there."""
        return [other for other in self.units if other.begins <= today() and other.is_under(unit)]

    def stood_under(self, unit: NaiveUnit, other: NaiveUnit) -> bool:
        """Whether a unit was the other one or below it when the union was founded."""
        place: NaiveUnit | None = unit
        while place is not None and place is not other:
            place = self.founded_under[place]
        return place is other

    def some_unit(self) -> NaiveUnit:
        """Return any unit that has begun."""
        return self.chance.choice([unit for unit in self.units if unit.begins <= today()])

    def _draw_tree(self) -> None:
        chance = self.chance
        top = NaiveUnit(self.new_id(), "TLD", "confederation", "Tổng Liên đoàn", None)
        self.units.append(top)
        size = chance.randint(30, 55)
        while len(self.units) < size:
            parent = chance.choice(self.units[-12:] if chance.random() < 0.6 else self.units)
            if BELOW[parent.level]:
                self._add_unit(parent, chance.choice(BELOW[parent.level]), FOUNDED)
        self._add_unit(top, "grassroots", today() + timedelta(days=20))

    def _add_unit(self, parent: NaiveUnit, level: str, begins: date) -> None:
        number = len(self.units)
        name = f"Công đoàn {self.chance.choice(WORDS)} {number}"
        self.units.append(NaiveUnit(self.new_id(), f"U-{number}", level, name, parent, begins))

    def _draw_things_of_org(self) -> None:
        chance = self.chance
        for unit in self.open_units:
            if chance.random() < 0.6:
                cells = chance.sample(CELLS, chance.randint(1, len(CELLS)))
                self.published[unit] = {cell: (chance.randint(0, 90), chance.randint(0, 90)) for cell in cells}
                self.headcounts[unit] = [self.published[unit]]
            if chance.random() < 0.4:
                self.departments[self.new_id()] = unit
            if chance.random() < 0.2:
                self.trainings.append(Training(self.new_id(), unit, f"Lớp {unit.code}"))
            for number in range(chance.randint(0, 2)):
                self.channels.append(Channel(unit, f"Kênh {unit.code} {number}", chance.random() < 0.5))
        self.grouped = chance.sample(self.open_units, 8)
        for number in range(25):
            self._draw_colleague(number)
        for unit in chance.sample(self.open_units, 15):
            ever = [post for one in self.colleagues for post in one.posts if post.unit is unit and post.name == "chair"]
            self.seats[unit] = len(ever) + chance.randint(0, 1) or 1

    def holders(self, unit: NaiveUnit, name: str) -> list[Colleague]:
        """Return who holds a post of a unit today."""
        return [
            one for one in self.colleagues if any(p.unit is unit and p.name == name and p.is_held for p in one.posts)
        ]

    def _draw_colleague(self, number: int) -> None:
        chance = self.chance
        units = chance.sample(self.open_units, chance.randint(0, 3))
        names = ("chair", "chair", "communications_officer")
        posts = [Post(chance.choice(names), unit, chance.choice([None, None, 20, 900, -30])) for unit in units]
        self.colleagues.append(
            Colleague(
                self.new_id(),
                f"Người {number}",
                self.some_unit(),
                f"person-{number}" if number < 4 else None,
                posts,
                chance.sample(self.open_units, chance.choice([0, 0, 1, 2])),
                chance.sample(self.trainings, chance.randint(0, min(2, len(self.trainings)))),
            )
        )

    def _draw_surveys(self) -> None:
        for number in range(5):
            self._draw_programme(number)

    def _draw_programme(self, number: int) -> None:
        chance = self.chance
        # The first asks the whole union and is open, as the great periodic survey is.
        owner = self.units[0] if number == 0 else self.some_unit()
        target = owner if number == 0 else chance.choice(self.under(owner))
        versions = [Version(self.new_id(), n, is_published=True) for n in range(1, chance.randint(2, 4))]
        versions.append(Version(self.new_id(), len(versions) + 1, is_published=False))
        questionnaire = Questionnaire(self.new_id(), f"q{number}", owner, versions)
        programme = Programme(self.new_id(), f"p{number}", owner, target, questionnaire)
        self.questionnaires.append(questionnaire)
        self.programmes.append(programme)
        lives = [["closed", "open", "planned"], ["planned"], ["closed"], ["closed", "planned"], ["open"]]
        states = lives[0] if number == 0 else chance.choice(lives)
        for place, state in enumerate(states, start=1):
            self._draw_wave(programme, place, state)

    def _draw_wave(self, programme: Programme, number: int, state: str) -> None:
        chance = self.chance
        version = None
        if state != "planned":
            version = chance.choice([one for one in programme.questionnaire.versions if one.is_published])
            version.is_asked = True
        wave = Wave(self.new_id(), programme, number, state, self._code(), version)
        programme.waves.append(wave)
        if state == "planned":
            return
        target = programme.target
        wave.frame = [unit for unit in self.open_units if unit.is_under(target) or target.is_under(unit)]
        wave.asked_units = [unit for unit in wave.frame if unit.is_under(target)]
        for unit in chance.sample(pool := self.under(programme.target), min(3, len(pool))):
            wave.groups.append(Group(self.new_id(), unit, chance.randint(50, 400), list(unit.above()), self._code()))
            wave.slips[self.new_id()] = unit
        if state == "open":
            wave.credential_code = self._code()
        if state == "closed":
            for place in range(1, chance.randint(1, 3) + 1):
                downloads = {self.new_id(): f"person-{chance.randrange(8)}" for _ in range(2)}
                wave.releases.append(Release(self.new_id(), place, chance.random() < 0.4, downloads))
            wave.requests.append(self.new_id())

    def _code(self) -> str:
        return "".join(self.chance.choices("23456789abcdefghjkmnpqrstuvwxyz", k=10))

    def _draw_polls(self) -> None:
        for unit in [self.units[0], *self.chance.sample(self.open_units, 8)]:
            self.polls.append(Poll(self.new_id(), unit, self.chance.choice(["planned", "open", "closed"])))

    def _draw_assets(self) -> None:
        chance = self.chance
        day, days = today(), (-1, 0, 1)
        for number in range(80):
            asset = Asset(
                self.new_id(),
                self.some_unit(),
                f"Tài liệu {chance.choice(WORDS)} {number}",
                chance.choice(["public", "union", "subtree", "subtree", "unit", "unit", "private"]),
                chance.choice(["news", "photo", "leaflet"]),
                chance.sample(["labour_law", "benefits"], chance.randint(0, 2)),
            )
            match chance.randrange(8):
                case 0:
                    asset.hidden = chance.choice(["consent_withdrawn", "rights_expired"])
                case 1:
                    asset.embargo_until = day + timedelta(chance.choice(days))
                case 2:
                    asset.lease_until = day + timedelta(chance.choice(days))
                case 3 | 4:
                    asset.granted = {self.some_unit(): chance.choice([None, *(day + timedelta(n) for n in days)])}
                case _:
                    pass
            self.assets.append(asset)

    def _draw_steps(self) -> None:
        """Move some subtrees and close some units that nothing stands below; one move lies ahead and changes nothing."""
        self.founded_under = {unit: unit.parent for unit in self.units}
        for number in range(6):
            is_ahead = number == 5
            move = self._possible_move()
            if move:
                self.steps.append(Step("move", *move, is_ahead=is_ahead))
                if not is_ahead:
                    move[0].parent = move[1]
        moving = {step.unit for step in self.steps if step.is_ahead} | {
            step.other for step in self.steps if step.is_ahead
        }
        for _ in range(6):
            leaves = [
                unit for unit in self.open_units[1:] if unit not in moving and len(self._standing_below(unit)) == 1
            ]
            unit = self.chance.choice(leaves)
            heirs = [other for other in self.open_units if other is not unit and other.level == unit.level]
            heir = self.chance.choice(heirs) if heirs and self.chance.random() < 0.7 else unit.parent
            assert heir is not None
            self.steps.append(Step("dissolve" if heir is unit.parent else "merge", unit, heir))
            if heir is not unit.parent:
                self._carry_people_over(unit, heir)
            unit.closed, unit.heir = True, heir

    def _carry_people_over(self, unit: NaiveUnit, heir: NaiveUnit) -> None:
        """Whom a unit counted is counted by the one it merged into, with its own people, in a publication of its own."""
        if unit in self.headcounts:
            merged = dict(self.headcounts.get(heir, [{}])[-1])
            for cell, (members, workers) in self.headcounts[unit][-1].items():
                own = merged.get(cell, (0, 0))
                merged[cell] = (own[0] + members, own[1] + workers)
            self.headcounts.setdefault(heir, []).append(merged)

    def _standing_below(self, unit: NaiveUnit) -> list[NaiveUnit]:
        return [other for other in self.units if not other.closed and other.is_under(unit)]

    def _possible_move(self) -> tuple[NaiveUnit, NaiveUnit] | None:
        for _ in range(30):
            unit, parent = self.chance.choice(self.open_units), self.chance.choice(self.open_units)
            if unit.parent not in (None, parent) and unit.level in BELOW[parent.level] and not parent.is_under(unit):
                return unit, parent
        return None

    def _draw_people(self) -> None:
        chance = self.chance
        self.people.append(Person(None))
        for number in range(8):
            person = Person(f"person-{number}")
            self.people.append(person)
            drawn = [(chance.choice(list(RIGHTS)), self.some_unit()) for _ in range(chance.randint(0, 4))]
            for role, unit in dict.fromkeys(drawn):
                kind = chance.choice(["held", "held", "held", "ending", "over", "ahead"])
                grant = Grant(
                    self.new_id(),
                    f"person-{number}",
                    role,
                    unit,
                    is_held=kind in ("held", "ending"),
                    ends_in=chance.choice([5, 90]) if kind == "ending" else None,
                )
                self.grants.append(grant)
                if grant.is_held:
                    person.roles.append((role, unit))
            self.batches[self.new_id()] = f"person-{number}"
        self._draw_the_chief()

    def _draw_readers(self) -> None:
        """Every fourth material is granted to a person: once, until today, or until tomorrow."""
        people = [person.subject for person in self.people if person.subject is not None]
        for place, asset in enumerate(self.assets[::4]):
            asset.readers = {people[place % len(people)]: today() + timedelta(place % 3 - 1)}

    def _draw_the_chief(self) -> None:
        """Somebody is an admin of everything."""
        self.people.append(Person("chief", [("admin", self.units[0])]))
        self.grants.append(Grant(self.new_id(), "chief", "admin", self.units[0]))
