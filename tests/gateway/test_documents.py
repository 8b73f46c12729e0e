"""Documents by hash: automatic persisted queries and trusted documents."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from gateway_servers import RunningGateway, StartGateway

from gateway.documents import Documents
from gateway.settings import Settings

QUERY = 'query ($id: ID! = "1") { unit(id: $id) { name } }'
DATA = {"unit": {"name": "Công đoàn số 1"}}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def persisted(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text)}}


async def post(gateway: RunningGateway, **body: Any) -> tuple[int, Any]:
    response = await gateway.http.post("/graphql", json=body)
    return response.status_code, response.json()


async def test_a_document_is_registered_once_and_then_asked_for_by_its_hash(start_gateway: StartGateway) -> None:
    async with start_gateway() as gateway:
        status, unknown = await post(gateway, extensions=persisted(QUERY))
        assert status == 200
        assert unknown["errors"][0]["message"] == "PersistedQueryNotFound"
        assert unknown["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
        assert await post(gateway, query=QUERY, extensions=persisted(QUERY)) == (200, {"data": DATA})
        assert await post(gateway, extensions=persisted(QUERY)) == (200, {"data": DATA})
        assert await post(gateway, documentId=f"sha256:{sha256(QUERY)}") == (200, {"data": DATA})
        address = f"/graphql?extensions={quote(orjson.dumps(persisted(QUERY)).decode())}"
        assert (await gateway.http.get(address)).json() == {"data": DATA}


async def test_a_hash_of_another_document_registers_nothing(gateway: RunningGateway) -> None:
    other = "{ units { id name } }"
    _, answer = await post(gateway, query=QUERY, extensions=persisted(other))
    assert answer["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_HASH_MISMATCH"
    _, answer = await post(gateway, extensions=persisted(other))
    assert answer["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_bad_document_is_not_kept(gateway: RunningGateway) -> None:
    bad = "{ nothingOfTheKind }"
    await post(gateway, query=bad, extensions=persisted(bad))
    _, answer = await post(gateway, extensions=persisted(bad))
    assert answer["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_the_oldest_persisted_document_goes_first(start_gateway: StartGateway) -> None:
    async with start_gateway(persisted_query_cache_size=2) as gateway:
        documents = [f"{{ a{number}: __typename }}" for number in range(3)]
        for document in documents:
            await post(gateway, query=document, extensions=persisted(document))
        assert "errors" in (await post(gateway, extensions=persisted(documents[0])))[1]
        assert "data" in (await post(gateway, extensions=persisted(documents[1])))[1]


@pytest.mark.parametrize(
    "extensions",
    [
        {"persistedQuery": {"version": 2, "sha256Hash": sha256(QUERY)}},
        {"persistedQuery": {"version": 1, "sha256Hash": "short"}},
        {"persistedQuery": {"version": 1, "sha256Hash": 5}},
        {"persistedQuery": {"version": 1}},
        {"persistedQuery": "x"},
    ],
)
async def test_other_protocols_are_refused(gateway: RunningGateway, extensions: dict[str, Any]) -> None:
    status, answer = await post(gateway, query=QUERY, extensions=extensions)
    assert (status, answer["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


async def test_a_gateway_may_serve_trusted_documents_only(start_gateway: StartGateway, tmp_path: Path) -> None:
    trusted = tmp_path / "trusted.json"
    trusted.write_bytes(orjson.dumps({sha256(QUERY): QUERY}))
    async with start_gateway(trusted_documents=trusted, trusted_only=True) as gateway:
        assert await post(gateway, documentId=f"sha256:{sha256(QUERY)}") == (200, {"data": DATA})
        assert await post(gateway, extensions=persisted(QUERY), variables={"id": "1"}) == (200, {"data": DATA})
        assert await post(gateway, query=QUERY) == (200, {"data": DATA})
        for body in ({"query": "{ __typename }"}, {"documentId": "sha256:" + "0" * 64}):
            status, answer = await post(gateway, **body)
            assert (status, answer["errors"][0]["extensions"]["code"]) == (200, "DOCUMENT_NOT_TRUSTED")
        other = "{ __typename }"
        _, answer = await post(gateway, query=other, extensions=persisted(other))
        assert answer["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


def test_a_trusted_hash_that_is_wrong_stops_the_start(tmp_path: Path) -> None:
    trusted = tmp_path / "trusted.json"
    trusted.write_bytes(orjson.dumps({"0" * 64: QUERY}))
    with pytest.raises(ValueError, match="not the SHA-256"):
        Documents(Settings(trusted_documents=trusted))
