"""What a channel's address must look like."""

import pytest

from kit.errors import InvalidInput
from org.channels.addresses import checked_address

KEPT = [
    ("website", "https://congdoan.vn/tin-tuc?id=1#a", "https://congdoan.vn/tin-tuc?id=1#a"),
    ("website", "congdoan.vn", "https://congdoan.vn"),
    ("website", "http://CongDoan.VN:8080/Tin", "http://congdoan.vn:8080/Tin"),
    ("website", "https://côngđoàn.vn/", "https://xn--cngon-uqa0lsj.vn/"),
    ("website", "https://congdoan.vn/bài viết".replace(" ", "-"), "https://congdoan.vn/b%C3%A0i-vi%E1%BA%BFt"),
    ("facebook_page", "http://www.facebook.com/abc", "https://www.facebook.com/abc"),
    ("youtube", "youtu.be/xyz", "https://youtu.be/xyz"),
    ("tiktok", "https://www.tiktok.com/@congdoan", "https://www.tiktok.com/@congdoan"),
    ("zalo", "zalo.me/123", "https://zalo.me/123"),
    ("email", "Congdoan@HaNoi.vn", "Congdoan@hanoi.vn"),
    ("notice_board", "  Cổng   số 2 ", "Cổng số 2"),
    ("loudspeaker", "", None),
    ("bulletin", None, None),
    ("radio", "102.7 MHz", "102.7 MHz"),
]


@pytest.mark.parametrize(("kind", "given", "kept"), KEPT)
def test_keeps_addresses_in_one_form(kind, given, kept):
    assert checked_address(kind, given) == kept


REFUSED = [
    ("website", None),
    ("website", ""),
    ("website", "javascript:alert(1)"),
    ("website", "ftp://congdoan.vn"),
    ("website", "https://localhost/"),
    ("website", "https://127.0.0.1/"),
    ("website", "https://user:secret@congdoan.vn/"),
    ("website", "https://congdoan.vn:99999/"),
    ("website", "https://cong doan.vn/"),
    ("website", "https://[::1/"),
    ("website", "https://-a.vn"),
    ("website", "https://" + "a" * 64 + ".vn"),
    ("website", "https://congdoan.vn/" + "ộ" * 200),
    ("website", "x" * 501),
    ("facebook_page", "https://facebook.com.evil.vn/abc"),
    ("facebook_page", "https://notfacebook.com/abc"),
    ("youtube", "https://facebook.com/abc"),
    ("email", None),
    ("email", "congdoan"),
    ("email", "a b@hanoi.vn"),
    ("email", "@hanoi.vn"),
    ("email", "a@localhost"),
    ("email", "a@" + "x" * 64 + ".vn"),
    ("notice_board", "x" * 501),
]


@pytest.mark.parametrize(("kind", "given"), REFUSED)
def test_refuses_what_is_no_address(kind, given):
    with pytest.raises(InvalidInput) as refused:
        checked_address(kind, given)
    assert refused.value.details["field"] == "address"


@pytest.mark.parametrize(("kind", "kept"), [(kind, kept) for kind, _, kept in KEPT])
def test_an_address_that_was_kept_stays_as_it_is(kind, kept):
    assert checked_address(kind, kept) == kept
