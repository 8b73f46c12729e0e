"""A small file comes within an operation in base64, whole and of its bytes, or is refused."""

import base64

import pytest

from gateway.settings import Settings
from kit.errors import InvalidInput
from kit.graphql import MOST_FILE_BYTES, small_file

LARGEST = bytes(range(250)) * (MOST_FILE_BYTES // 250)


@pytest.mark.parametrize("content", [b"", b"\x00", b"M\xe1\xba\xabu phi\xe1\xba\xbfu", LARGEST], ids=len)
def test_comes_as_it_is(content: bytes) -> None:
    assert small_file(base64.b64encode(content).decode()) == content


def test_the_largest_fits_into_a_request_of_the_gateway() -> None:
    assert len(LARGEST) == MOST_FILE_BYTES == 150_000
    assert len(base64.b64encode(LARGEST)) == 200_000
    assert Settings.model_fields["body_limit"].default - 200_000 > 50_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (base64.b64encode(LARGEST + b"x").decode(), "is larger than 150 KB; upload the file on the page."),
        ("é", "is not base64."),
        ("YQ", "is not base64."),
        ("YQ==\n", "is not base64."),
        ("data:text/csv;base64,YQ==", "is not base64."),
    ],
    ids=["larger", "another script", "no padding", "a line", "an address"],
)
def test_refuses_anything_else_and_names_the_field(text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        small_file(text, "table")
    assert (refused.value.details["field"], refused.value.details["reason_en"]) == ("table", said)
