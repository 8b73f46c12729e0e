"""Pages over the whole graph: each is a stored query and a template, so that what several services know is one page."""

from starlette.routing import BaseRoute

from gateway.pages import needs
from gateway.pages.stored import Ask, static_files


def routes(ask: Ask) -> list[BaseRoute]:
    """Return the pages' routes; `ask` runs a query as whoever makes a request."""
    return [*needs.routes(ask), static_files("/needs")]
