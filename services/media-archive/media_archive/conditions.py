"""What a list is narrowed by, put together as the `WHERE` of one statement with its `$1` arguments."""

from collections.abc import Callable, Sequence

Predicate = Callable[[int], tuple[str, Sequence[object]]]
"""A condition that is told the number of its first argument, such as who may see a row."""


class Conditions:
    """Conditions that must all hold; `arguments` are the statement's first ones, which are there already."""

    def __init__(self, *arguments: object) -> None:
        self.arguments = list(arguments)
        self._said: list[str] = []

    def add(self, sql: str, *values: object) -> None:
        """Add a condition that says `{}`, or `{0}` more than once, where its values go."""
        first = len(self.arguments) + 1
        self.arguments.extend(values)
        self._said.append(sql.format(*(f"${first + place}" for place in range(len(values)))))

    def add_predicate(self, predicate: Predicate, around: str = "{}") -> None:
        """Add a predicate with its arguments; `around` says `{}` where it stands."""
        sql, values = predicate(len(self.arguments) + 1)
        self.arguments.extend(values)
        self._said.append(around.format(sql))

    @property
    def sql(self) -> str:
        """All conditions; true where there is none."""
        return " AND ".join(self._said) or "TRUE"
