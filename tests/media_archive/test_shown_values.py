"""Days, moments and sizes as the archive's pages say them."""

from datetime import UTC, date, datetime

import pytest
from archive_world import Union, add, worker

from kit.identity import ANONYMOUS
from kit.testing import Client
from media_archive.web.showing import day_told, moment_told, size_told


@pytest.mark.parametrize(
    ("size", "vi", "en"),
    [
        (0, "0 byte", "0 bytes"),
        (1, "1 byte", "1 byte"),
        (999, "999 byte", "999 bytes"),
        (1_000, "1,0 kB", "1.0 kB"),
        (9_949, "9,9 kB", "9.9 kB"),
        (9_950, "10 kB", "10 kB"),
        (999_499, "999 kB", "999 kB"),
        (999_500, "1,0 MB", "1.0 MB"),
        (5_000_000_000_000, "5,0 TB", "5.0 TB"),
        (5_000_000_000_000_000, "5000 TB", "5000 TB"),
    ],
)
def test_a_size_is_said_in_two_figures_or_three(size: int, vi: str, en: str):
    assert (size_told(size, "vi"), size_told(size, "en")) == (vi, en)


def test_days_and_moments_are_those_of_viet_nam():
    late = datetime(2026, 5, 1, 18, 30, tzinfo=UTC)
    assert (day_told(late, "vi"), day_told(late, "en")) == ("02/05/2026", "2026-05-02")
    assert (moment_told(late, "vi"), moment_told(late, "en")) == ("01:30 02/05/2026", "2026-05-02 01:30")
    assert (day_told(date(2026, 5, 1), "vi"), day_told(None, "vi")) == ("01/05/2026", "")


async def test_an_address_of_nothing_says_so_without_its_code(client: Client, union: Union):
    asset_id = await add(union.factory, "Ảnh kín", visibility="private")
    for caller in (ANONYMOUS, worker(union.south)):
        reply = await client.get(f"/archive/items/{asset_id}", caller=caller)
        assert (reply.status_code, "Không có gì ở đây mà anh/chị được xem." in reply.text) == (404, True)
        assert "Ảnh kín" not in reply.text
