"""schemathesis asks every operation of every subgraph and of the gateway things that nobody would: no server error, no leak."""

import re
import time

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes

# The run is the same every time: a failure can be looked at.
EXAMPLES = 8
LEAKS = re.compile(r"Traceback|asyncpg|tortoise|site-packages|/services/|127\.0\.0\.1|SELECT |password", re.IGNORECASE)

schemathesis.graphql.scalar("Date", st.dates().map(lambda day: nodes.String(day.isoformat())))
schemathesis.graphql.scalar("DateTime", st.datetimes().map(lambda at: nodes.String(at.isoformat() + "Z")))
schemathesis.graphql.scalar("JSON", st.text().map(nodes.String))


@pytest.fixture(params=["nobody", "admin"])
def headers(request, house):
    """Nobody reaches the reads; an administrator's wishes reach the code behind the mutations."""
    return {} if request.param == "nobody" else {"authorization": f"Bearer {house.token('admin@TLD')}"}


def test_the_gateway_survives(house, headers):
    asked = fuzz(f"{house.url}/graphql", headers)
    assert asked > 100


@pytest.mark.parametrize("service", ["org", "survey", "media_archive"])
@pytest.mark.parametrize("who", ["nobody", "admin"])
def test_a_subgraph_survives(house, service, who):
    """Asked past the gateway, with its limits not in the way."""
    asked = fuzz(f"{house.address(service)}/graphql", house.passport("admin@TLD") if who == "admin" else {})
    assert asked > 30


def fuzz(url: str, headers: dict[str, str]) -> int:
    """Ask every operation; return how many answers were looked at."""
    schema = schemathesis.graphql.from_url(url, headers=headers)
    return sum(_fuzz_operation(found.ok(), headers) for found in schema.get_all_operations())


def _fuzz_operation(operation, headers) -> int:
    looked_at = 0

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    def ask(case):
        nonlocal looked_at
        began = time.monotonic()
        answer = case.call(headers=headers, timeout=20)
        assert answer.status_code < 500, (case.body, answer.text[:500])
        assert time.monotonic() - began < 10, case.body
        body = answer.json()
        assert isinstance(body, dict)
        codes = [error.get("extensions", {}).get("code") for error in body.get("errors", [])]
        assert "INTERNAL" not in codes, (case.body, answer.text[:500])
        # What we echo of the caller's own words is no leak.
        told = "".join(error["message"] for error in body.get("errors", []) if error["message"] not in str(case.body))
        assert not LEAKS.search(told) or LEAKS.search(str(case.body)), told[:500]
        looked_at += 1

    ask()
    return looked_at
