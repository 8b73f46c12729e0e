"""Names of made-up grassroots unions, put together from parts as real ones are, none twice."""

import random
from collections.abc import Callable

from org.demo.workplaces import FIRST, LEADING, PROVINCIAL, PUBLIC, SECOND, TRADES

KINDS = {field: trade.kind for field, trade in TRADES.items()}

_WORKS = ("Nhà máy", "Chi nhánh", "Xí nghiệp", "Phân xưởng")


class Names:
    """Draws names; one that was given before is never given again, so no two siblings ever share one."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._given: set[str] = set()

    def grassroots(self, field: str) -> str:
        """Return the name of a union in a workplace of a field of work."""
        return self._free(lambda: self._workplace(field))

    def upper(self, what: str) -> str:
        """Return the name of a union above grassroots unions, such as that of an industrial zone."""
        return self._free(lambda: f"{what} {self._own()}")

    def field(self) -> str:
        """Return a field of work that a province has."""
        return self._rng.choice(PROVINCIAL)

    def _free(self, draw: Callable[[], str]) -> str:
        name = draw()
        while name.lower() in self._given:
            # The place tells two firms of one name apart.
            name = f"{draw()} {self._own()}"
        self._given.add(name.lower())
        return name

    def _workplace(self, field: str) -> str:
        kind = self._rng.choice(TRADES[field].names)
        if field in PUBLIC:
            return f"Công đoàn {kind} {self._own()}"
        name = f"Công đoàn {self._rng.choice(LEADING)} {kind} {self._own()}"
        return f"{name} – {self._rng.choice(_WORKS)} {self._own()}" if self._rng.random() < 0.25 else name

    def _own(self) -> str:
        return f"{self._rng.choice(FIRST)} {self._rng.choice(SECOND)}"
