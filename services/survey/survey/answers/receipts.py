"""A receipt: what a worker notes down to see later, without signing in, that the form arrived. It says no more."""

from dataclasses import dataclass

from kit import db

# Crockford's: neither I, L, O nor U, so that what is copied by hand can be read again.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BYTES = 10
_CHARACTERS = 16
_LOOK_ALIKES = str.maketrans("ILO", "110")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The first ten bytes of the token that a form spent: of random hashes, so no two forms share them."""

    head: bytes

    @classmethod
    def of(cls, token: bytes) -> "Receipt":
        """Return the receipt of a spent token."""
        return cls(token[:_BYTES])

    @classmethod
    def read(cls, text: str) -> "Receipt | None":
        """Return the receipt that people write in capitals or not, with spaces or hyphens; None for anything else."""
        written = text.upper().replace("-", "").replace(" ", "").translate(_LOOK_ALIKES)
        if len(written) != _CHARACTERS or any(character not in ALPHABET for character in written):
            return None
        number = 0
        for character in written:
            number = number * 32 + ALPHABET.index(character)
        return cls(number.to_bytes(_BYTES, "big"))

    def __str__(self) -> str:
        """Sixteen characters in fours, such as `7ZZ0-4A2B-…`."""
        number = int.from_bytes(self.head, "big")
        written = "".join(ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))
        return "-".join(written[start : start + 4] for start in range(0, _CHARACTERS, 4))


async def is_received(text: str) -> bool:
    """Whether the form with this receipt, as people write it, is stored."""
    receipt = Receipt.read(text)
    if receipt is None:
        return False
    # As a range, so that the key's index answers.
    rest = 32 - _BYTES
    return await db.value(
        "SELECT EXISTS (SELECT FROM spent_key WHERE token BETWEEN $1 AND $2)",
        receipt.head + b"\x00" * rest,
        receipt.head + b"\xff" * rest,
    )
