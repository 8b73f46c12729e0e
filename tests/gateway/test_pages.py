"""What the gateway serves besides GraphQL: probes, and in development the explorer."""

from __future__ import annotations

import re

import pytest
from gateway_servers import RunningGateway, StartGateway

from gateway.planner.node import ensure_explorer

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_probes(gateway: RunningGateway) -> None:
    assert (await gateway.http.get("/healthz")).json() == {"status": "alive"}
    assert (await gateway.http.get("/readyz")).json() == {"status": "ready"}


async def test_browsers_get_the_explorer_in_development(start_gateway: StartGateway) -> None:
    ensure_explorer()
    async with start_gateway(environment="development") as gateway:
        page = await gateway.http.get("/graphql", headers=HTML)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert len(addresses) == 7
        for address in addresses:
            if address == "data:,":
                continue
            assert address.startswith("/graphql/static/")
            assert (await gateway.http.get(address)).status_code == 200
        query = await gateway.http.get("/graphql?query={__typename}", headers=HTML)
        assert query.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("name", ["other.js", "..%2f..%2fpackage.json", "graphiql.js.map"])
async def test_only_the_explorers_own_files_are_served(start_gateway: StartGateway, name: str) -> None:
    async with start_gateway(environment="development") as gateway:
        assert (await gateway.http.get(f"/graphql/static/{name}")).status_code == 404


async def test_there_is_no_explorer_in_production(gateway: RunningGateway) -> None:
    page = await gateway.http.get("/graphql", headers=HTML)
    assert (page.status_code, page.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
    assert (await gateway.http.get("/graphql/static/graphiql.js")).status_code == 404


async def test_styles_of_pages_are_served_as_what_they_are(gateway: RunningGateway) -> None:
    for style in ("needs.css", "kit/base.css"):
        served = await gateway.http.get(f"/needs/static/{style}")
        assert (served.status_code, served.headers["x-content-type-options"]) == (200, "nosniff")
