"""org: who the union is. `uvicorn org.app:app` serves it, `python -m kit.worker org.app` works for it."""

from kit.app import Service
from org.exchange import jobs as exchange_jobs
from org.graph import schema
from org.headcounts import jobs as headcount_jobs
from org.loaders import Loaders
from org.people import jobs as people_jobs
from org.reorganisations import jobs as reorganisation_jobs
from org.web import counting, exchange, internal, officers, pages, reorganisations, reorganise

service = Service(
    name="org",
    models=[
        "org.vocabularies.models",
        "org.units.models",
        "org.headcounts.models",
        "org.people.models",
        "org.access.models",
        "org.audit.models",
        "org.reorganisations.models",
    ],
    migrations="org.migrations",
    schema=schema,
    routes=[
        *exchange.routes,
        *pages.routes,
        *reorganise.routes,
        *reorganisations.routes,
        *counting.routes,
        *officers.routes,
        *internal.routes,
    ],
    jobs=[*reorganisation_jobs.jobs, *exchange_jobs.jobs, *headcount_jobs.jobs, people_jobs.contacts_forgotten],
    crons=[*reorganisation_jobs.crons, *exchange_jobs.crons, *headcount_jobs.crons, *people_jobs.crons],
    loaders=Loaders,
    publishes=True,
)
app = service.asgi()
