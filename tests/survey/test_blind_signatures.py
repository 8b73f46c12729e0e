"""Blind signatures are those of RFC 9474: its four vectors in Python and on the member's page, and no faulty one leaves."""

import dataclasses
import secrets
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from blind_client import PAGE_SCRIPT, blind, encoded, finish, on_the_page
from cryptography.hazmat.primitives.asymmetric import rsa

from survey.collection.credentials.signing import NotBlinded, SigningFailed, SigningKey, is_signed

RFC = orjson.loads((Path(__file__).parent / "rfc9474_vectors.json").read_bytes())


@dataclass(frozen=True)
class Vector:
    """One of the RFC's, read."""

    name: str
    key: SigningKey
    message: bytes
    salt: bytes
    inverse: int
    blinded: bytes
    answer: bytes
    signature: bytes
    e: int
    n: int

    @classmethod
    def of(cls, told: dict[str, str]) -> "Vector":
        def number(name: str) -> int:
            return int(told[name].removeprefix("0x"), 16)

        def data(name: str) -> bytes:
            return bytes.fromhex(told[name].removeprefix("0x"))

        p, q, d, e = number("p"), number("q"), number("d"), number("e")
        public = rsa.RSAPublicNumbers(e, p * q)
        numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
        return cls(
            told["name"],
            SigningKey(numbers),
            data("input_msg"),
            data("salt"),
            number("inv"),
            data("blinded_msg"),
            data("blind_sig"),
            data("sig"),
            e,
            p * q,
        )


VECTORS = [Vector.of(told) for told in RFC]
each = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return SigningKey.new()


def test_all_four_variants_are_there():
    assert {vector.name.removeprefix("RSABSSA-SHA384-") for vector in VECTORS} == {
        "PSS-Randomized",
        "PSSZERO-Randomized",
        "PSS-Deterministic",
        "PSSZERO-Deterministic",
    }
    assert {len(vector.salt) for vector in VECTORS} == {0, 48}


@each
def test_python_comes_to_the_vector(vector):
    made = blind(vector.message, vector.n, vector.e, vector.salt, vector.inverse)
    assert made.blinded == vector.blinded
    assert vector.key.sign(vector.blinded) == vector.answer
    assert finish(vector.answer, made, vector.n) == vector.signature
    assert is_signed(vector.key.public_key, vector.message, vector.signature, len(vector.salt))
    assert not is_signed(vector.key.public_key, vector.message + b"\0", vector.signature, len(vector.salt))
    assert not is_signed(vector.key.public_key, vector.message, vector.answer, len(vector.salt))


@each
def test_the_page_comes_to_the_vector(vector):
    factor = pow(vector.inverse, -1, vector.n)
    numbers = {"n": str(vector.n), "e": str(vector.e)}
    [made] = on_the_page(
        {"name": "blind", "message": vector.message.hex(), "salt": vector.salt.hex(), "factor": str(factor), **numbers}
    )
    assert made["blinded"] == vector.blinded.hex()
    assert made["plain"] == encoded(vector.message, vector.n.bit_length() - 1, vector.salt).hex()
    assert int(made["undo"], 16) == vector.inverse
    good, bad = on_the_page(
        {"name": "finish", "answer": vector.answer.hex(), **made, **numbers},
        {"name": "finish", "answer": vector.signature.hex(), **made, **numbers},
    )
    assert good == vector.signature.hex()
    # What is not a signature of this message is not taken for one.
    assert bad is None


def test_the_page_and_the_service_work_together_at_random(key):
    public = key.numbers.public_numbers
    numbers = {"n": str(public.n), "e": str(public.e)}
    messages = [secrets.token_bytes(32) + b"loa survey" for _ in range(20)]
    made = on_the_page(*[{"name": "blind", "message": message.hex(), **numbers} for message in messages])
    answers = [key.sign(bytes.fromhex(one["blinded"])).hex() for one in made]
    signatures = on_the_page(
        *[{"name": "finish", "answer": answer, **one, **numbers} for answer, one in zip(answers, made, strict=True)]
    )
    for message, signature in zip(messages, signatures, strict=True):
        assert is_signed(key.public_key, message, bytes.fromhex(signature))
        assert not is_signed(key.public_key, message[::-1], bytes.fromhex(signature))
    assert len({one["blinded"] for one in made}) == 20


def test_one_message_is_blinded_differently_each_time_and_signed_alike(key):
    public = key.numbers.public_numbers
    one, other = (blind(b"the same", public.n, public.e) for _ in range(2))
    assert one.blinded != other.blinded
    # For a lost reply: the same question has the same answer, whatever factor the signer blinded it with.
    assert key.sign(one.blinded) == key.sign(one.blinded)


@pytest.mark.parametrize("half", ["dmp1", "dmq1", "iqmp"])
def test_a_fault_in_one_half_releases_nothing(key, half):
    numbers = key.numbers
    parts = {name: getattr(numbers, name) for name in ("p", "q", "d", "dmp1", "dmq1", "iqmp", "public_numbers")}
    faulty = dataclasses.replace(key, numbers=rsa.RSAPrivateNumbers(**{**parts, half: parts[half] ^ 4}))
    blinded = blind(b"a message", numbers.public_numbers.n, numbers.public_numbers.e).blinded
    with pytest.raises(SigningFailed):
        faulty.sign(blinded)


def test_what_is_not_below_the_modulus_or_not_as_long_is_not_signed(key):
    n = key.numbers.public_numbers.n
    for wrong in (b"", b"\1", n.to_bytes(256), b"\xff" * 256, bytes(257)):
        with pytest.raises(NotBlinded):
            key.sign(wrong)


def test_the_pages_script_is_small():
    import gzip

    assert len(gzip.compress(PAGE_SCRIPT.read_bytes(), 9)) < 1_500
