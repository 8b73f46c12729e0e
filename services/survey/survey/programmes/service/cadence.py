"""How often a programme asks: rules with a name, the days that a rule gives, and what it means in plain words."""

from calendar import month_name, monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby, islice, pairwise
from typing import NamedTuple

from kit.errors import InvalidInput
from survey.programmes.service.recurrence import checked_rule, days_of


@dataclass(frozen=True, slots=True)
class Preset:
    """A rule that has a name: every so many months from its first day."""

    code: str
    name_vi: str
    name_en: str
    months: int

    def rule(self, starts_on: date) -> str:
        """Return the rule from a first day on. Where a month lacks that day, its last one is taken."""
        days = ",".join(str(day) for day in range(28, starts_on.day + 1))
        if self.months >= 12:
            years = "" if self.months == 12 else f";INTERVAL={self.months // 12}"
            leap = (starts_on.month, starts_on.day) == (2, 29)
            return f"FREQ=YEARLY{years}" + (f";BYMONTH=2;BYMONTHDAY={days};BYSETPOS=-1" if leap else "")
        rule = f"FREQ=MONTHLY;INTERVAL={self.months}"
        return rule + (f";BYMONTHDAY={days};BYSETPOS=-1" if starts_on.day > 28 else "")


TWICE_A_YEAR = Preset("twice_a_year", "Hai lần một năm", "Twice a year", 6)
PRESETS = (
    TWICE_A_YEAR,
    Preset("yearly", "Mỗi năm một lần", "Once a year", 12),
    Preset("every_two_years", "Hai năm một lần", "Every two years", 24),
    Preset("quarterly", "Mỗi quý một lần", "Every quarter", 3),
)


def chosen_rule(recurrence: str | None, preset: str | None, starts_on: date, wave_days: int) -> str:
    """Return the checked rule that a caller chose by hand or by its name; twice a year when neither is given."""
    if recurrence is not None and preset is not None:
        raise InvalidInput("recurrence", "chỉ chọn một: tên nhịp hoặc quy tắc", "takes a name or a rule, not both")
    if recurrence is None:
        recurrence = preset_of(preset or TWICE_A_YEAR.code).rule(starts_on)
    return checked_rule(recurrence, starts_on, wave_days)


def preset_of(code: str) -> Preset:
    """Return the rule with this name; InvalidInput when there is none."""
    for preset in PRESETS:
        if preset.code == code:
            return preset
    known = ", ".join(preset.code for preset in PRESETS)
    raise InvalidInput("cadence", f"phải là một trong: {known}", f"must be one of: {known}")


def preset_named(recurrence: str, starts_on: date) -> Preset | None:
    """Return the preset that gives this rule from this day; None for a rule made by hand."""
    return next((preset for preset in PRESETS if preset.rule(starts_on) == recurrence), None)


def next_days(recurrence: str, starts_on: date, count: int, since: date) -> list[date]:
    """Return the next days of a rule, from a day on."""
    return list(islice((day for day in days_of(recurrence, starts_on) if day >= since), count))


class Words(NamedTuple):
    """A text in both languages."""

    vi: str
    en: str


_VI = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười một", "mười hai")
_EN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WEEKDAYS = (
    Words("thứ Hai", "Monday"),
    Words("thứ Ba", "Tuesday"),
    Words("thứ Tư", "Wednesday"),
    Words("thứ Năm", "Thursday"),
    Words("thứ Sáu", "Friday"),
    Words("thứ Bảy", "Saturday"),
    Words("Chủ nhật", "Sunday"),
)
_ORDINALS = (
    Words("đầu tiên", "first"),
    Words("thứ hai", "second"),
    Words("thứ ba", "third"),
    Words("thứ tư", "fourth"),
)
_LAST = Words("ngày cuối", "the last day")
_SHOWN_OF_ODD_RULE = 4

# Days that show what a rule by week does.
_ENOUGH = 120


@lru_cache(maxsize=1024)
def in_words(recurrence: str, starts_on: date) -> Words:
    """Return what a rule means, as people would say it: “hai lần một năm, vào 1/3 và 1/9”.

    Told by the days that it gives, so that what is said is what happens. A rule whose days have no pattern that people
    have words for is told by its next days.
    """
    days = list(days_of(recurrence, starts_on))
    endless = ";".join(part for part in recurrence.split(";") if not part.startswith(("COUNT=", "UNTIL=")))
    every_day = days if endless == recurrence else list(days_of(endless, starts_on))
    if len(days) == 1:
        return Words(f"một lần, vào {_date(days[0]).vi}", f"once, on {_date(days[0]).en}")
    said = _by_week(every_day[:_ENOUGH]) or _by_year(every_day) or _by_months(every_day) or _by_example(days)
    if len(days) == len(every_day):
        return said
    last, count = _date(days[-1]), _number(len(days))
    return Words(
        f"{said.vi}; tất cả {count.vi} đợt, đợt cuối vào {last.vi}",
        f"{said.en}; {count.en} in all, the last on {last.en}",
    )


def _by_week(days: Sequence[date]) -> Words | None:
    """Say a rule whose days lie a fixed number of weeks apart, or on the same weekdays of such weeks."""
    weeks = [
        (week, frozenset(day.weekday() for day in of_week))
        for week, of_week in groupby(days, key=lambda day: (day.toordinal() - 1) // 7)
    ][1:-1]
    gaps = {later - earlier for (earlier, _), (later, _) in pairwise(weeks)}
    weekdays = {each for _, each in weeks}
    if len(weekdays) != 1 or len(gaps) != 1:
        return None
    gap, on = gaps.pop(), _all(_WEEKDAYS[day] for day in sorted(weekdays.pop()))
    if gap == 1:
        return Words(f"hằng tuần, vào {on.vi}", f"every week, on {on.en}")
    return Words(f"{_number(gap).vi} tuần một lần, vào {on.vi}", f"every {_number(gap).en} weeks, on {on.en}")


def _by_year(days: Sequence[date]) -> Words | None:
    """Say a rule that has the same days in each year that has any, at most twelve."""
    # The first and the last year may be cut short.
    years = [list(of_year) for _, of_year in groupby(days, key=lambda day: day.year)][1:-1]
    gaps = {later[0].year - earlier[0].year for earlier, later in pairwise(years)}
    counts = {len(year) for year in years}
    if len(gaps) != 1 or len(counts) != 1 or counts == {0} or max(counts) > 12:
        return None
    slots = [_slot(of_slot) for of_slot in zip(*years, strict=True)]
    if any(slot is None for slot in slots):
        return None
    gap, on = gaps.pop(), [slot for slot in slots if slot is not None]
    often, told = _how_often(len(on), gap), _all(slot.told for slot in on)
    if len(on) == 12 and gap == 1:
        every = _last_day([day for year in years for day in year]) or on[0].day
        if every == _LAST or {slot.day for slot in on} == {every}:
            return Words(f"hằng tháng, vào {every.vi}", f"every month, on {every.en}")
    return Words(f"{often.vi}, vào {told.vi}", f"{often.en}, on {told.en}")


class _Slot(NamedTuple):
    """What the days that fill one place in the years have in common: the day of the month, and that with the month."""

    day: Words
    told: Words


def _slot(days: Sequence[date]) -> _Slot | None:
    month = days[0].month
    if any(day.month != month for day in days):
        return None
    name = month_name[month]
    if len({day.day for day in days}) == 1:
        day = days[0].day
        return _Slot(Words(f"ngày {day}", f"the {_nth(day)}"), Words(f"{day}/{month}", f"{day} {name}"))
    if last := _last_day(days):
        return _Slot(last, Words(f"{last.vi} tháng {month}", f"{last.en} of {name}"))
    if weekday := _nth_weekday(days):
        return _Slot(weekday, Words(f"{weekday.vi} của tháng {month}", f"{weekday.en} of {name}"))
    return None


def _last_day(days: Sequence[date]) -> Words | None:
    return _LAST if all(day.day == monthrange(day.year, day.month)[1] for day in days) else None


def _nth_weekday(days: Sequence[date]) -> Words | None:
    weekdays, places = {day.weekday() for day in days}, {(day.day - 1) // 7 for day in days}
    if len(weekdays) != 1:
        return None
    weekday = _WEEKDAYS[weekdays.pop()]
    if len(places) == 1 and max(places) < len(_ORDINALS):
        nth = _ORDINALS[places.pop()]
        return Words(f"{weekday.vi} {nth.vi}", f"the {nth.en} {weekday.en}")
    if all(day.day + 7 > monthrange(day.year, day.month)[1] for day in days):
        return Words(f"{weekday.vi} cuối cùng", f"the last {weekday.en}")
    return None


def _by_months(days: Sequence[date]) -> Words | None:
    """Say a rule that goes on by a number of months which is no part of a year."""
    gaps = {(later.year - earlier.year) * 12 + later.month - earlier.month for earlier, later in pairwise(days)}
    if len(gaps) != 1 or len({day.day for day in days}) != 1:
        return None
    gap, day = _number(gaps.pop()), days[0].day
    return Words(f"{gap.vi} tháng một lần, vào ngày {day}", f"every {gap.en} months, on the {_nth(day)}")


def _by_example(days: Sequence[date]) -> Words:
    shown = _all(_date(day) for day in days[:_SHOWN_OF_ODD_RULE])
    more = len(days) > _SHOWN_OF_ODD_RULE
    return Words(
        f"theo quy tắc riêng, bắt đầu vào {shown.vi}" + (", …" if more else ""),
        f"by a rule of its own, beginning on {shown.en}" + (", …" if more else ""),
    )


def _how_often(times: int, years: int) -> Words:
    if years == 1 and times == 1:
        return Words("mỗi năm một lần", "once a year")
    if years == 1:
        en = "twice" if times == 2 else f"{_number(times).en} times"
        return Words(f"{_number(times).vi} lần một năm", f"{en} a year")
    if times == 1:
        return Words(f"{_number(years).vi} năm một lần", f"every {_number(years).en} years")
    return Words(
        f"cứ {_number(years).vi} năm {_number(times).vi} lần",
        f"{_number(times).en} times every {_number(years).en} years",
    )


def _number(number: int) -> Words:
    return Words(_VI[number], _EN[number]) if number <= 12 else Words(str(number), str(number))


def _nth(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number not in (11, 12, 13) else "th"
    return f"{number}{ending}"


def _date(day: date) -> Words:
    return Words(f"{day.day}/{day.month}/{day.year}", f"{day.day} {month_name[day.month]} {day.year}")


def _all(each: Iterable[Words]) -> Words:
    words = list(each)
    return Words(_listed([word.vi for word in words], "và"), _listed([word.en for word in words], "and"))


def _listed(texts: Sequence[str], conjunction: str) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {conjunction} {texts[-1]}"
