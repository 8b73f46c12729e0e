"""Numbers and days as people of a language write them."""

from datetime import datetime

from kit.calendar import VIETNAM
from kit.errors import Language
from survey.results.rounding import is_whole_percent


class Formats:
    """Numbers and days as people of a language write them."""

    def __init__(self, shown_in: Language) -> None:
        self._vietnamese = shown_in == "vi"

    def number(self, value: float) -> str:
        """Return 1234 as 1.234 or 1,234."""
        text = f"{value:,.0f}"
        return text.replace(",", ".") if self._vietnamese else text

    def percent(self, share: float) -> str:
        """Return 0.3152 as 31,5% or 31.5%."""
        return self._decimal(f"{share * 100:.1f}%")

    def share(self, share: float, base: int) -> str:
        """Return a share of so many answers, without digits that its rounding has made meaningless."""
        return f"{share * 100:.0f}%" if is_whole_percent(base) else self.percent(share)

    def short_percent(self, share: float) -> str:
        """Return 0.25 as 25%, and 0.125 as 12,5% or 12.5%."""
        return self._decimal(f"{share * 100:g}%")

    def points(self, difference: float) -> str:
        """Return a difference of shares in percentage points: −0.031 as −3,1, 0.02 as +2,0."""
        text = f"{difference * 100:+.1f}".replace("-", "−")
        return self._decimal("0.0" if text in ("+0.0", "−0.0") else text)

    def shift(self, difference: float) -> str:
        """Return a difference of means: −0.031 as −0,03, 0.2 as +0,20."""
        text = f"{difference:+.2f}".replace("-", "−")
        return self._decimal("0.00" if text in ("+0.00", "−0.00") else text)

    def mean(self, value: float) -> str:
        """Return 3.6178 as 3,62 or 3.62."""
        return self._decimal(f"{value:.2f}")

    def probability(self, value: float) -> str:
        """Return a p-value with its sign: = 0,03 or = 0.03, and the smallest ones < 0,001."""
        return self._decimal("< 0.001" if value < 0.001 else f"= {value:.3f}" if value < 0.1 else f"= {value:.2f}")

    def size(self, size: int) -> str:
        """Return the size of a file: 3456789 bytes as 3,5 MB or 3.5 MB."""
        return self._decimal(f"{size / 1_000_000:.1f} MB") if size >= 1_000_000 else f"{max(1, size // 1000)} kB"

    def day(self, moment: datetime) -> str:
        """Return the day in Viet Nam as 5/7/2026, or 5 July 2026."""
        there = moment.astimezone(VIETNAM)
        return f"{there.day}/{there.month}/{there.year}" if self._vietnamese else f"{there:%-d %B %Y}"

    def month(self, moment: datetime) -> str:
        """Return the month in Viet Nam as 7/2026, for a chart's axis."""
        there = moment.astimezone(VIETNAM)
        return f"{there.month}/{there.year}"

    def _decimal(self, text: str) -> str:
        return text.replace(".", ",") if self._vietnamese else text
