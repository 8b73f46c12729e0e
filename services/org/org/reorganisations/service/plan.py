"""What a reorganisation is to do to the tree, whether it was asked for one unit or for ten thousand."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from kit.errors import DomainError, InvalidInput
from org.reorganisations.service.allocate import UNITS, as_units, equal_shares, largest_remainder
from org.units.service import UnitFacts, UnitNames


class UnitHasChildren(DomainError):
    """Units stand under the one that is to close, and nothing says where they go; `count` of them."""

    code = "UNIT_HAS_CHILDREN"
    vi = "“{unit}” còn {count} đơn vị trực thuộc; cần cho biết chuyển về đâu."
    en = "“{unit}” still has {count} units directly below it; say where they go."
    extra = {"count": int}


@dataclass(frozen=True, slots=True)
class Beginning:
    """A unit that comes into being."""

    parent_id: UUID | None
    names: UnitNames
    code: str
    level: str
    kind: str
    region: str | None = None
    facts: UnitFacts = field(default_factory=UnitFacts)
    id: UUID = field(default_factory=uuid4)

    def columns(self) -> dict[str, object]:
        """Return the columns of its first version."""
        return {
            **self.names.columns(),
            **self.facts.columns(),
            "code": self.code,
            "level": self.level,
            "kind": self.kind,
            "region": self.region,
            "parent_id": self.parent_id,
        }


@dataclass(frozen=True, slots=True)
class Transfer:
    """How much of a unit goes to another, in hundred-millionths; whether that is known or assumed."""

    source_id: UUID
    successor_id: UUID
    units: int
    is_assumed: bool


@dataclass(slots=True)
class Plan:
    """Everything that one reorganisation does on one day.

    `changes` are columns of units that go on; `closes` are units that end, each with where those directly below it
    go (None: there must be none).
    """

    kind: str
    on: date
    begins: list[Beginning] = field(default_factory=list[Beginning])
    changes: dict[UUID, dict[str, object]] = field(default_factory=dict[UUID, dict[str, object]])
    closes: dict[UUID, UUID | None] = field(default_factory=dict[UUID, "UUID | None"])
    transfers: list[Transfer] = field(default_factory=list[Transfer])
    gives_grants: bool = False

    @property
    def begun(self) -> set[UUID]:
        """The units that begin."""
        return {beginning.id for beginning in self.begins}

    def heirs(self) -> dict[UUID, UUID]:
        """Return who keeps what a closed unit left: the successor with the largest share, of equals the first."""
        heirs = dict[UUID, Transfer]()
        for transfer in self.transfers:
            best = heirs.get(transfer.source_id)
            if transfer.source_id in self.closes and (best is None or transfer.units > best.units):
                heirs[transfer.source_id] = transfer
        return {source: transfer.successor_id for source, transfer in heirs.items()}


def shared_out(shares: Iterable[Decimal | None], *, keeps_rest: bool) -> list[tuple[int, bool]]:
    """Return the shares of a split in hundred-millionths, and whether each is an assumption.

    Parts without a share get equal parts of what the others leave. Where the source ends, all must sum to 1 to six
    decimals, and what is missing beyond them is shared out as well, so that the sum is exact; where it goes on
    (`keeps_rest`) they must sum to less than 1, and say how much. A share of 0 is one of land or tasks without people.
    InvalidInput otherwise.
    """
    asked = list(shares)
    known = [as_units(share) if share is not None else None for share in asked]
    if any(units is not None and not 0 <= units <= UNITS for units in known):
        raise InvalidInput("share", "phải từ 0 đến 1.", "must be between 0 and 1.")
    rest = UNITS - sum(units or 0 for units in known)
    unknown = known.count(None)
    if keeps_rest and (unknown or rest <= 0):
        raise InvalidInput(
            "share",
            "đơn vị cũ còn hoạt động: mỗi phần phải có tỷ lệ, tổng nhỏ hơn 1.",
            "the source goes on: each part needs a share, and they must sum to less than 1.",
        )
    if unknown:
        if rest < unknown:
            raise InvalidInput("share", "tổng vượt quá 1.", "the shares sum to more than 1.")
        parts = iter(equal_shares(unknown, rest))
        return [(next(parts), True) if units is None else (units, False) for units in known]
    if not keeps_rest and abs(rest) > UNITS // 1_000_000:
        raise InvalidInput("share", "tổng phải bằng 1.", "the shares must sum to 1.")
    whole = [units or 0 for units in known]
    return [(units, False) for units in (whole if keeps_rest else largest_remainder(UNITS, whole))]
