"""What a check finds, and how much of it is looked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kit.errors import DomainError

MOST = 1000
"""How many violations of one rule are looked for: more rows than anybody corrects before trying again."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a unit would break."""

    unit_id: UUID
    error: DomainError
    column: str | None = None

    @property
    def is_of_a_cell(self) -> bool:
        """Whether it is one value that is wrong: the plan can be written all the same, to see what else is."""
        return self.column in ("level", "kind", "region", "province", "commune")


def together(first: Sequence[Violation], then: Sequence[Violation]) -> list[Violation]:
    """Return all violations; what is wrong with a cell is not told again as what follows from it."""
    told = {(violation.unit_id, violation.column) for violation in first}
    return [*first, *(violation for violation in then if (violation.unit_id, violation.column) not in told)]
