"""The right answers, worked out naively from what was grown: a wrong answer must not count as a fast one."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cached_property

from bench.org_tree.cells import Publication
from bench.org_tree.tree import PlannedUnit, Tree, Version
from org.vietnamese import sort_key

Sums = dict[tuple[str, str], tuple[int, int]]
_SIGNS = re.compile(r"[\W_]+")


class Day:
    """The tree of one day."""

    def __init__(self, tree: Tree, day: date) -> None:
        self.units = tree.units
        self._versions: dict[int, Version] = {}
        self._below: dict[int, list[int]] = defaultdict(list)
        for number, unit in tree.units.items():
            if version := unit.on(day):
                self._versions[number] = version
                if version.parent:
                    self._below[version.parent].append(number)

    def ancestors(self, number: int) -> list[PlannedUnit]:
        """All units above, the top first."""
        above: list[PlannedUnit] = []
        parent = self._versions[number].parent
        while parent:
            above.append(self.units[parent])
            parent = self._versions[parent].parent
        return above[::-1]

    def children(self, number: int) -> list[PlannedUnit]:
        """The units directly below, by their names."""
        keyed = sorted((self.sort_key(child), child) for child in self._below[number])
        return [self.units[child] for _, child in keyed]

    def sort_key(self, number: int) -> str:
        """Where the name of a unit stands among names."""
        return sort_key(self._versions[number].name)

    def subtree(self, number: int) -> list[PlannedUnit]:
        """A unit and all below it, each before those below it, in the order of paths."""
        found: list[PlannedUnit] = []
        waiting = [number]
        while waiting:
            here = waiting.pop()
            found.append(self.units[here])
            waiting += sorted(self._below[here], reverse=True)
        return found

    @cached_property
    def _words(self) -> dict[int, str]:
        return {
            number: f" {folded(version.name)} {folded(self.units[number].code)}"
            for number, version in self._versions.items()
        }

    def having(self, typed: str) -> set[str]:
        """The ids of all units whose name or code has, for each word typed, a word that begins with it."""
        return {str(self.units[n].id) for n, text in self._words.items() if has_words(text, typed)}

    def having_had(self, typed: str) -> set[str]:
        """The ids of all units that have, or had under a former name, such words."""
        return {
            str(unit.id)
            for unit in self.units.values()
            if any(has_words(f" {folded(version.name)} {folded(unit.code)}", typed) for version in unit.versions)
        }


def has_words(text: str, typed: str) -> bool:
    """Whether a folded text has, for each word typed, a word that begins with it."""
    return all(f" {word}" in text for word in folded(typed).split())


def folded(text: str) -> str:
    """A text in lower case, without accents and signs."""
    marks = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return _SIGNS.sub(" ", "".join(mark for mark in marks if not unicodedata.combining(mark))).strip()


def sums(published: Iterable[Publication], units: Iterable[PlannedUnit]) -> Sums:
    """Members and workers by age band and gender, from the newest publication of each unit."""
    wanted = {unit.number for unit in units}
    newest: dict[int, Publication] = {}
    for one in published:
        if one.unit in wanted and (one.unit not in newest or newest[one.unit].day < one.day):
            newest[one.unit] = one
    total: Sums = {}
    for one in newest.values():
        for group, members, workers in zip(one.groups, one.members, one.workers, strict=True):
            before = total.get((group.age_band, group.gender), (0, 0))
            total[group.age_band, group.gender] = (before[0] + members, before[1] + workers)
    return total
