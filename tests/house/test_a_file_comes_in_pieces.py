"""A file on its way through the whole house: in pieces through the front door, taken in by the worker, found, fetched."""

import base64
import time
from typing import Any

import httpx
from house_world import House

UNIT = '{ unitByCode(code: "EVN") { id } }'
ASSET = "query ($id: ID!) { asset(id: $id) { title mediaType sha256 fileSize downloadUrl unit { code } } }"
FIND = "query ($q: String!) { searchAssets(query: $q, first: 5) { nodes { asset { id } } } }"
TEXT = ("Thợ đường dây Phú Thọ thay sứ lúc nửa đêm.\n" * 60_000).encode()


def encoded(**told: str) -> str:
    return ",".join(f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in told.items())


def until(ask: Any, holds: Any, seconds: float = 30) -> Any:
    ends = time.monotonic() + seconds
    while not holds(answer := ask()):
        assert time.monotonic() < ends, answer
        time.sleep(0.3)
    return answer


def test_a_file_sent_in_pieces_is_taken_in_found_and_fetched(house: House):
    token = house.token("contributor@EVN")
    unit = house.data_of(UNIT)["unitByCode"]["id"]
    said = {"authorization": f"Bearer {token}", "tus-resumable": "1.0.0"}
    with httpx.Client(base_url=house.url, headers=said, timeout=30) as http:
        told = encoded(unit=unit, filename="phú thọ.txt", title="Thay sứ lúc nửa đêm", visibility="union")
        begun = http.post("/archive/api/tus", headers={"upload-length": str(len(TEXT)), "upload-metadata": told})
        assert begun.status_code == 201, begun.text
        url = begun.headers["location"]
        content_type = {"content-type": "application/offset+octet-stream"}
        half = len(TEXT) // 2
        first = http.patch(url, content=TEXT[:half], headers=content_type | {"upload-offset": "0"})
        assert (first.status_code, first.headers["upload-offset"]) == (204, str(half))
        wrong = http.patch(url, content=TEXT[half:], headers=content_type | {"upload-offset": "0"})
        assert (wrong.status_code, wrong.json()["code"]) == (409, "UPLOAD_POSITION_WRONG")
        assert http.head(url).headers["upload-offset"] == str(half)
        http.patch(url, content=TEXT[half:], headers=content_type | {"upload-offset": str(half)})
        outcome = until(lambda: http.get(url).json(), lambda told: told["state"] in ("taken", "refused"))
        assert outcome["state"] == "taken", outcome
        asset = house.data_of(ASSET, token, id=outcome["asset"])["asset"]
        assert (asset["title"], asset["mediaType"], asset["fileSize"]) == (
            "Thay sứ lúc nửa đêm",
            "text/plain",
            len(TEXT),
        )
        assert asset["unit"] == {"code": "EVN"}
        assert http.get(asset["downloadUrl"]).content == TEXT
    until(
        lambda: house.data_of(FIND, token, q="thay su nua dem")["searchAssets"]["nodes"],
        lambda found: {"asset": {"id": outcome["asset"]}} in found,
    )
    assert {"asset": {"id": outcome["asset"]}} not in house.data_of(FIND, q="thay su nua dem")["searchAssets"]["nodes"]


def test_whoever_is_not_signed_in_can_not_begin(house: House):
    unit = house.data_of(UNIT)["unitByCode"]["id"]
    headers = {"tus-resumable": "1.0.0", "upload-length": "5", "upload-metadata": encoded(unit=unit)}
    reply = httpx.post(f"{house.url}/archive/api/tus", headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (401, "SIGN_IN_REQUIRED")
