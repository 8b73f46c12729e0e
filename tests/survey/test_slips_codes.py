"""A slip's code survives how people write it, and a slip of the pen is told from a slip that nobody made."""

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.collection.refusals import SlipMistyped
from survey.collection.slips.codes import (
    ALPHABET,
    LENGTH,
    RANDOM_CHARACTERS,
    check_character,
    new_code,
    printed,
    read_code,
    slip_hash,
)

codes = st.text(ALPHABET, min_size=16, max_size=16).map(lambda text: text + check_character(text))
places = st.integers(0, LENGTH - 1)


def is_mistyped(text: str) -> bool:
    try:
        read_code(text)
    except SlipMistyped:
        return True
    return False


def test_a_code_has_at_least_eighty_random_bits():
    assert len(ALPHABET) ** RANDOM_CHARACTERS >= 2**80
    made = [new_code() for _ in range(2_000)]
    assert len(set(made)) == 2_000
    assert all(read_code(code) == code for code in made)
    # Every character is used at every random place.
    assert all(len({code[place] for code in made}) == 32 for place in range(RANDOM_CHARACTERS))


def test_a_code_is_printed_in_groups():
    assert printed("0123456789ABCDEFG") == "0123-4567-89AB-CDEFG"


@given(codes, st.randoms(use_true_random=False))
def test_capitals_look_alikes_spaces_and_hyphens_do_not_matter(code, chance: random.Random):
    looks = {"0": "0oO", "1": "1iIlL", "V": "vVuU"}
    written = "".join(chance.choice(looks.get(each, each.lower() + each)) for each in code)
    filled = "".join(each + chance.choice(["", "", " ", "-", " – ", ".", "\u00a0"]) for each in written)
    assert read_code(f"  {filled}\n") == code


@given(codes, places, st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(code, place, other):
    wrong = code[:place] + other + code[place + 1 :]
    assert is_mistyped(wrong) is (wrong != code)


@given(codes, places, places)
def test_two_exchanged_characters_are_noticed(code, one, other):
    letters = list(code)
    letters[one], letters[other] = letters[other], letters[one]
    assert is_mistyped("".join(letters)) is (letters != list(code))


@given(codes, places)
def test_a_character_too_few_or_too_many_is_noticed(code, place):
    assert is_mistyped(code[:place] + code[place + 1 :])
    assert is_mistyped(code[:place] + "7" + code[place:])


@given(st.text(max_size=200))
def test_nothing_that_people_type_breaks_it(text):
    assert is_mistyped(text) or read_code(text) == read_code(read_code(text))


def test_anything_else_passes_one_time_in_thirty_two():
    chance = random.Random(7)
    passed = sum(not is_mistyped("".join(chance.choices(ALPHABET, k=LENGTH))) for _ in range(20_000))
    assert 20_000 / 40 < passed < 20_000 / 26


# What the usual input methods make of keys typed one after the other.
TELEX = {"AS": "Á", "AF": "À", "AR": "Ả", "AX": "Ã", "AJ": "Ạ", "AA": "Â", "AW": "Ă", "EE": "Ê", "ES": "É", "DD": "Đ"}
VNI = {"A1": "Á", "A2": "À", "A3": "Ả", "A4": "Ã", "A5": "Ạ", "A6": "Â", "A8": "Ă", "E6": "Ê", "D9": "Đ"}


@pytest.mark.parametrize("method", [TELEX, VNI], ids=["telex", "vni"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_what_a_vietnamese_keyboard_made_of_a_code_is_undone(method, form):
    for keys, letter in method.items():
        for place in range(15):
            text = ("0123456789KMNPQRT"[:place] + keys + "0123456789KMNPQRT"[place:])[:16]
            code = text + check_character(text)
            written = unicodedata.normalize(form, code.replace(keys, letter))
            assert read_code(written) == code
            assert read_code(written.lower()) == code


def test_a_lone_w_that_became_a_vowel_is_undone():
    text = "0123W567W9AAEEDD"
    code = text + check_character(text)
    assert read_code(code.replace("W", "Ư").replace("AA", "Â").replace("EE", "Ê").replace("DD", "Đ")) == code
    assert read_code(code.replace("W", "ư").lower()) == code


def test_what_is_kept_of_a_code_tells_nothing_of_it_and_is_its_own():
    code = new_code()
    assert len(slip_hash(code)) == 32
    assert slip_hash(code) == slip_hash(code)
    assert code.encode() not in slip_hash(code)
    assert slip_hash(code) != slip_hash(new_code())
