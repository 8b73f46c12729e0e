"""When waves come: an RFC 5545 recurrence rule read as days in Viet Nam."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise, takewhile

from dateutil.rrule import rrule, rrulestr

from kit.calendar import VIETNAM
from kit.errors import InvalidInput

_HORIZON = timedelta(days=50 * 366)

# The calendar repeats every 400 years, weekdays and all. dateutil looks for a rule's next day until the year 9999: that
# far in the future it soon gives up on a rule that never comes.
_AGES = 7600

_DAY = re.compile(r"([+-]?[1-9]\d?)?(?:MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"\d{8}(?:T\d{6}Z?)?")

# The largest number that a part takes, and whether it may be counted from the end.
_NUMBERS = {
    "BYMONTH": (12, False),
    "BYMONTHDAY": (31, True),
    "BYYEARDAY": (366, True),
    "BYWEEKNO": (53, True),
    "BYSETPOS": (366, True),
    "INTERVAL": (9999, False),
    "COUNT": (9999, False),
}
_TIMES = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_LISTS = frozenset({"BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "BYDAY"})

# RFC 5545, 3.3.10: parts that a frequency does not take.
_NOT_WITH = {
    "WEEKLY": ("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"),
    "MONTHLY": ("BYYEARDAY", "BYWEEKNO"),
    "YEARLY": (),
}


def checked_rule(recurrence: str, starts_on: date, wave_days: int) -> str:
    """Return the rule in its one spelling; InvalidInput unless waves of this length follow each other without overlap.

    Whatever RFC 5545 allows by week, month or year is taken. A last moment (UNTIL) becomes its day in Viet Nam.
    """
    parts = _parts(recurrence)
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    days = list(days_of(text, starts_on))
    if not days:
        raise _refused("không có ngày nào", "never comes")
    if any((later - earlier).days < wave_days for earlier, later in pairwise(days)):
        raise InvalidInput("waveDays", "dài hơn khoảng cách giữa hai đợt", "is longer than the time between two waves")
    return text


def days_of(recurrence: str, starts_on: date) -> Iterator[date]:
    """Return the first days of the waves, for at most fifty years."""
    parts = dict(part.split("=", 1) for part in recurrence.split(";"))
    # Days, not moments: no zone, as RFC 5545 has them. The end is ours to watch, see _AGES.
    count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    last = min(starts_on + _HORIZON, _day(until) if until else date.max)
    start = datetime.combine(starts_on.replace(year=starts_on.year + _AGES), time())
    rule = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=start)
    assert isinstance(rule, rrule)
    days = (moment.date().replace(year=moment.year - _AGES) for moment in rule)
    return islice(takewhile(lambda day: day <= last, days), int(count) if count else None)


def _parts(recurrence: str) -> dict[str, str]:
    """Return a rule's parts, the frequency first; InvalidInput for what is no rule of days by week, month or year."""
    text = recurrence.strip().upper().removeprefix("RRULE:")
    found = [part.partition("=") for part in text.split(";")]
    parts = {name: value for name, _, value in sorted(found, key=lambda part: part[0] != "FREQ")}
    if len(text) > 200 or len(parts) != len(found):
        raise _refused("không phải quy tắc RFC 5545", "is not an RFC 5545 rule")
    if parts.get("FREQ") not in _NOT_WITH:
        raise _refused(
            "phải là quy tắc RFC 5545 theo tuần, tháng hoặc năm", "must be an RFC 5545 rule by week, month or year"
        )
    for name, value in parts.items():
        _check_part(name, value)
    _check_together(parts)
    if "UNTIL" in parts:
        parts["UNTIL"] = f"{_day(parts['UNTIL']):%Y%m%d}"
    return parts


def _check_part(name: str, value: str) -> None:
    if name in _TIMES:
        raise _refused(f"{name}: chỉ tính theo ngày, không theo giờ", f"{name}: days are counted, not hours")
    values = value.split(",") if name in _LISTS else [value]
    if name in _NUMBERS:
        right = all(_is_number(each, *_NUMBERS[name]) for each in values)
    elif name == "BYDAY":
        right = all(_DAY.fullmatch(each) for each in values)
    elif name == "UNTIL":
        right = _is_until(value)
    else:
        right = name == "FREQ" or (name == "WKST" and _DAY.fullmatch(value) is not None and len(value) == 2)
    if not right:
        raise _refused(f"không hiểu {name[:20]}={value[:20]}", f"{name[:20]}={value[:20]} is not understood")


def _is_number(text: str, largest: int, from_end: bool) -> bool:
    form = r"[+-]?\d{1,4}" if from_end else r"\d{1,4}"
    return re.fullmatch(form, text, re.ASCII) is not None and 1 <= abs(int(text)) <= largest


def _is_until(text: str) -> bool:
    try:
        _day(text)
    except (ValueError, OverflowError):
        return False
    return _UNTIL.fullmatch(text) is not None


def _day(until: str) -> date:
    """Return the last day that a rule allows, in Viet Nam; ValueError or OverflowError for one that does not exist."""
    if "T" not in until:
        return date.fromisoformat(until)
    moment = datetime.fromisoformat(until)
    return (moment.astimezone(VIETNAM) if moment.tzinfo else moment).date()


def _check_together(parts: Mapping[str, str]) -> None:
    frequency, by_day = parts["FREQ"], parts.get("BYDAY", "")
    counted_days = any(character.isdigit() for character in by_day)
    wrong = [name for name in _NOT_WITH[frequency] if name in parts]
    if counted_days and (frequency == "WEEKLY" or "BYWEEKNO" in parts):
        wrong.append("BYDAY")
    if "BYSETPOS" in parts and not parts.keys() & (_LISTS - {"BYSETPOS"}):
        wrong.append("BYSETPOS")
    if "COUNT" in parts and "UNTIL" in parts:
        wrong.append("UNTIL")
    if wrong:
        raise _refused(
            f"{wrong[0]} không đi cùng các phần khác của quy tắc", f"{wrong[0]} does not go with the rest of the rule"
        )


def _refused(vi: str, en: str) -> InvalidInput:
    return InvalidInput("recurrence", vi, en)
