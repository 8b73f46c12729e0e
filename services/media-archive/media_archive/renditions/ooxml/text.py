"""A text that is put together piece by piece and never grows beyond its bound."""

_STRENGTH = {"": 0, " ": 1, "\t": 2, "\n": 3, "\n\n": 4}


class EnoughText(Exception):
    """The bound is reached: what has been read so far is the text."""


class Text:
    """Collects pieces. Of several separators between two pieces the strongest stands there, once."""

    def __init__(self, most_characters: int) -> None:
        self._pieces: list[str] = []
        self._left = most_characters
        self._separator = ""
        self.is_cut = False

    def separate(self, separator: str) -> None:
        """Have the next piece begin after a space, a tab, on a new line, or after an empty one."""
        if _STRENGTH[separator] > _STRENGTH[self._separator]:
            self._separator = separator

    def add(self, piece: str) -> None:
        """Add a piece; EnoughText once there are as many characters as may be."""
        if not piece:
            return
        added = self._separator + piece if self._pieces else piece
        self._separator = ""
        self._pieces.append(added[: self._left])
        self._left -= len(added)
        if self._left < 0:
            self.is_cut = True
            raise EnoughText()

    def __str__(self) -> str:
        return "".join(self._pieces)
