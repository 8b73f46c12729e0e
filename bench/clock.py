"""Times of one thing done again and again, and what is said about them."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Times:
    """Milliseconds, one for each time."""

    each: list[float] = field(default_factory=list[float])

    @contextmanager
    def once(self) -> Iterator[None]:
        """Time a block; one that fails does not count."""
        began = time.perf_counter()
        yield
        self.each.append((time.perf_counter() - began) * 1000)

    def percentile(self, share: float) -> float:
        """The milliseconds that this share of the times stayed within; 0 when there are none."""
        if len(self.each) < 2:
            return self.each[0] if self.each else 0.0
        return statistics.quantiles(self.each, n=100, method="inclusive")[round(share * 100) - 1]

    @property
    def longest(self) -> float:
        """The longest of all."""
        return max(self.each, default=0.0)

    def as_json(self) -> dict[str, float]:
        """What is kept of them."""
        shares = {f"p{round(share * 100)}_ms": round(self.percentile(share), 3) for share in (0.5, 0.95, 0.99)}
        return {**shares, "longest_ms": round(self.longest, 3), "times": len(self.each)}
