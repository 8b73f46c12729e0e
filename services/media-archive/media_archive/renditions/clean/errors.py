"""What can't be cleaned has no public copy: better none than one that tells too much."""


class CannotBeCleaned(Exception):
    """The file is not built as its type says, or holds what we can't look into."""
