"""Scope paths: a unit's ancestors and itself as fixed-width labels, so that a subtree is one range of text.

Measured against ltree, closure tables and nested sets at 125,000 units, a range on a `COLLATE "C"` column was the
fastest to read and the cheapest to move; a fixed width makes a prefix of the text always a prefix of the tree.
"""

WIDTH = 5
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
HIGHEST = len(_ALPHABET) ** WIDTH - 1


def label(number: int) -> str:
    """Return the five-character label of a unit's number (0 … 60,466,175); ValueError outside."""
    if not 0 <= number <= HIGHEST:
        raise ValueError(f"unit number {number} does not fit a label")
    digits: list[str] = []
    for _ in range(WIDTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def parents(path: str) -> list[str]:
    """Return the paths of all ancestors, the root's first, without the path itself."""
    return [path[:end] for end in range(WIDTH, len(path), WIDTH)]


def depth(path: str) -> int:
    """Return how many units stand on the path, the unit itself included."""
    return len(path) // WIDTH


def is_within(path: str, scope: str) -> bool:
    """Whether the unit at `path` is the unit at `scope` or below it."""
    return path.startswith(scope)


def without_redundant(scopes: list[str]) -> tuple[str, ...]:
    """Return the scopes that are not inside another one, sorted."""
    kept: list[str] = []
    for scope in sorted(set(scopes)):
        if not (kept and is_within(scope, kept[-1])):
            kept.append(scope)
    return tuple(kept)
