"""Blind signatures by RFC 9474: what was signed is not seen, and can't be recognised when it comes back.

The default variant is RSABSSA-SHA384-PSS-Randomized. The secret half of the work is Python's `pow`, whose time depends
on its operands: so the base is blinded with a random factor and the exponents with random multiples of the order, and
what leaves is checked with the public key, because one faulty half of a CRT signature tells the factors.
"""

import secrets
from dataclasses import dataclass
from math import gcd
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

# Forging within the year that a wave may last takes about 2^112 steps; at 3072 bits a phone and we would work three
# times as long and the credential would no longer fit 400 characters.
KEY_BITS = 2048
PUBLIC_EXPONENT = 65_537
SALT_LENGTH = 48
PREFIX_LENGTH = 32
"""How many random bytes the randomized variants put before a message."""

_BLINDING_BITS = 64


class SigningFailed(Exception):
    """The machine miscalculated a signature, by a fault or an attack: nothing is released."""


class NotBlinded(ValueError):
    """These bytes are no blinded message for the key: not as long as its modulus, or not below it."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An RSA key as `cryptography` gives its numbers."""

    numbers: rsa.RSAPrivateNumbers

    @classmethod
    def new(cls) -> Self:
        """Make a key; takes a tenth of a second, and much longer with bad luck."""
        return cls(rsa.generate_private_key(PUBLIC_EXPONENT, KEY_BITS).private_numbers())

    @property
    def public_key(self) -> rsa.RSAPublicKey:
        """The half with which anybody can verify."""
        return self.numbers.public_numbers.public_key()

    def sign(self, blinded: bytes) -> bytes:
        """Return the blind signature (BlindSign of RFC 9474, section 4.3) of as many bytes as the modulus has.

        Raises NotBlinded, and SigningFailed when the result does not verify.
        """
        n, e = self.numbers.public_numbers.n, self.numbers.public_numbers.e
        length = (n.bit_length() + 7) // 8
        message = int.from_bytes(blinded)
        if len(blinded) != length or message >= n:
            raise NotBlinded()
        factor = _unit(n)
        signed = self._power(message * pow(factor, e, n) % n) * pow(factor, -1, n) % n
        if pow(signed, e, n) != message:
            raise SigningFailed()
        return signed.to_bytes(length)

    def _power(self, base: int) -> int:
        """Raise to the private exponent by the Chinese remainder theorem, the exponents blinded."""
        key = self.numbers
        of_p = pow(base, key.dmp1 + secrets.randbits(_BLINDING_BITS) * (key.p - 1), key.p)
        of_q = pow(base, key.dmq1 + secrets.randbits(_BLINDING_BITS) * (key.q - 1), key.q)
        return of_q + (of_p - of_q) * key.iqmp % key.p * key.q


def is_signed(key: rsa.RSAPublicKey, message: bytes, signature: bytes, salt_length: int = SALT_LENGTH) -> bool:
    """Whether an unblinded signature is one of a prepared message; `salt_length` is 0 in the PSSZERO variants."""
    try:
        key.verify(signature, message, padding.PSS(padding.MGF1(hashes.SHA384()), salt_length), hashes.SHA384())
    except InvalidSignature:
        return False
    return True


def encoded(key: rsa.RSAPublicKey) -> bytes:
    """Return a public key in DER (SubjectPublicKeyInfo)."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def decoded(der: bytes) -> rsa.RSAPublicKey:
    """Return the public key of its DER form."""
    key = load_der_public_key(der)
    assert isinstance(key, rsa.RSAPublicKey)
    return key


def _unit(n: int) -> int:
    while True:
        factor = secrets.randbelow(n)
        if gcd(factor, n) == 1:
            return factor
