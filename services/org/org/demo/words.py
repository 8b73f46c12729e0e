"""Lists of names, written as a line of words: a column of fifty names hides the rest of a module."""


def each(words: str) -> list[str]:
    """Return the words of a text."""
    return words.split()
