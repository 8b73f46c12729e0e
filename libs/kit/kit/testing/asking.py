"""How a test asks a service: operations in process, and pages over its ASGI application, as somebody."""

from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from kit import app
from kit.identity import ANONYMOUS, PASSPORT_HEADER, Caller, sign_passport
from kit.testing.callers import passport_keys


@dataclass(frozen=True)
class Reply:
    """What an operation answered."""

    data: Any
    errors: list[dict[str, Any]]

    @property
    def field(self) -> Any:
        """The value of the only root field."""
        assert self.data is not None, self.errors
        (only,) = self.data.values()
        return only

    @property
    def code(self) -> str | None:
        """The code of the only root field's problem, or of the first error; None when all went well."""
        if self.errors:
            return self.errors[0]["extensions"]["code"]
        only = self.field
        return only.get("code") if isinstance(only, dict) else None


@dataclass
class Ask:
    """Runs operations on a service's schema, in process, as somebody."""

    service: app.Service
    endpoint: Any

    async def __call__(
        self, document: str, caller: Caller = ANONYMOUS, language: str = "vi", **variables: Any
    ) -> Reply:
        # Through JSON and back, as a client sees it.
        answer = orjson.loads(
            orjson.dumps(await self.endpoint.run(document, variables, None, self.service.context_for(caller, language)))
        )
        return Reply(answer.get("data"), answer.get("errors", []))


@dataclass
class Client:
    """Pages and files of a service over its ASGI application, as somebody."""

    http: httpx.AsyncClient

    async def request(self, method: str, url: str, *, caller: Caller = ANONYMOUS, **options: Any) -> httpx.Response:
        """Send a request with the caller's passport."""
        headers = dict(options.pop("headers", None) or {})
        if caller.subject is not None:
            headers[PASSPORT_HEADER] = sign_passport(passport_keys()[0], caller)[0]
        return await self.http.request(method, url, headers=headers, **options)

    async def get(self, url: str, **options: Any) -> httpx.Response:
        """Send a GET."""
        return await self.request("GET", url, **options)

    async def post(self, url: str, **options: Any) -> httpx.Response:
        """Send a POST."""
        return await self.request("POST", url, **options)
