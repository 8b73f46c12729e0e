"""org: who the union is. `uvicorn org.app:app` serves it, `python -m kit.worker org.app` works for it."""

from kit.app import Service
from org.graph import schema
from org.loaders import Loaders
from org.web import internal, pages

service = Service(
    name="org",
    models=[
        "org.vocabularies.models",
        "org.units.models",
        "org.headcounts.models",
        "org.people.models",
        "org.access.models",
    ],
    migrations="org.migrations",
    schema=schema,
    routes=[*pages.routes, *internal.routes],
    loaders=Loaders,
    publishes=True,
)
app = service.asgi()
