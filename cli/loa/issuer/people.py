"""The demo people, as org tells them: who may be signed in without a password."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

TIMEOUT = httpx.Timeout(5.0, connect=2.0)


class Person(BaseModel):
    """One of the demo people."""

    subject: str
    name: str
    role: str
    unit_name: str


class PeopleUnavailable(Exception):
    """org doesn't answer, or not with people."""


_PEOPLE = TypeAdapter(list[Person])


@dataclass(frozen=True, slots=True)
class OrgPeople:
    """Asks org: `GET /internal/people`."""

    org_url: str
    internal_key: str

    async def __call__(self) -> list[Person]:
        """Return the people in org's order. Raises PeopleUnavailable."""
        headers = {"Authorization": f"Bearer {self.internal_key}"}
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, headers=headers) as client:
                answer = await client.get(f"{self.org_url.rstrip('/')}/internal/people")
            answer.raise_for_status()
            return _PEOPLE.validate_json(answer.content)
        except (httpx.HTTPError, ValidationError) as error:
            raise PeopleUnavailable() from error
