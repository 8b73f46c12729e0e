"""A scope path is fixed-width labels, so a prefix of the text is a prefix of the tree."""

import pytest

from kit import paths


def test_labels_sort_like_numbers() -> None:
    numbers = [0, 1, 35, 36, 1295, 1296, 999_999, paths.HIGHEST]
    labels = [paths.label(n) for n in numbers]
    assert labels == ["00000", "00001", "0000z", "00010", "000zz", "00100", "0lflr", "zzzzz"]
    assert labels == sorted(labels)


@pytest.mark.parametrize("number", [-1, paths.HIGHEST + 1])
def test_a_number_outside_has_no_label(number: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        paths.label(number)


def test_ancestors_are_prefixes() -> None:
    assert paths.parents("000010000200003") == ["00001", "0000100002"]
    assert paths.parents("00001") == []
    assert paths.depth("000010000200003") == 3
    assert paths.is_within("0000100002", "00001")
    assert not paths.is_within("00001", "0000100002")
