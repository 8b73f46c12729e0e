"""media-archive: what the union has to say it with."""

from starlette.routing import Route

from kit.app import Service
from kit.jobs import every
from media_archive.assets.loaders import Loaders
from media_archive.collections.jobs import tell_of_new_materials
from media_archive.collections.standing import forget_standing
from media_archive.coverage.counting import count_coverage
from media_archive.files.routes import send_by_pass, send_file
from media_archive.interop import feeds
from media_archive.interop.following import follow_for_harvesters
from media_archive.interop.oai import routes as oai
from media_archive.keeping import routes as keeping_routes
from media_archive.keeping.jobs import check_fixity, purge_deleted, purge_quarantine
from media_archive.needs.jobs import fold_topic_cells
from media_archive.renditions.film_jobs import make_film, make_sound
from media_archive.renditions.jobs import make_renditions, resume_unfinished, sweep_abandoned_files
from media_archive.renditions.page_jobs import make_pages
from media_archive.renditions.public_jobs import make_public
from media_archive.renditions.text_jobs import read_text
from media_archive.rights.expiry import tell_of_expiry
from media_archive.rights.forgetting import apply_forgotten
from media_archive.rights.hiding import hide_expired
from media_archive.schema import schema
from media_archive.search.follow import follow_index
from media_archive.search.jobs import tend_search
from media_archive.sharing import routes as sharing_files
from media_archive.sharing.links import forget_visits
from media_archive.sharing.requests import forget_requests
from media_archive.similarity.jobs import find_near_duplicates, resume_near_duplicates
from media_archive.speech.jobs import transcribe
from media_archive.units.service import ORG_EVENTS
from media_archive.uploads.routes import upload, upload_version
from media_archive.uploads.tus import routes as tus
from media_archive.uploads.tus.jobs import resume_uploads, sweep_uploads, take_upload
from media_archive.web import (
    access_page,
    alike_page,
    collection_pages,
    consents_page,
    coverage_page,
    embed_pages,
    expiring_page,
    guard_page,
    limits_page,
    many_page,
    mine_pages,
    pages,
    rate_card_pages,
    reuse_pages,
    royalty_pages,
    share_pages,
    share_panel,
    work_page,
)

service = Service(
    name="media_archive",
    models=[
        "media_archive.units.models",
        "media_archive.assets.models",
        "media_archive.uploads.models",
        "media_archive.audit.models",
        "media_archive.search.models",
        "media_archive.rights.models",
        "media_archive.sharing.models",
        "media_archive.collections.models",
        "media_archive.reuse.models",
        "media_archive.keeping.models",
        "media_archive.interop.models",
        "media_archive.royalties.models",
        "media_archive.coverage.models",
    ],
    migrations="media_archive.migrations",
    publishes=True,
    schema=schema,
    routes=[
        Route("/files/p/{pass}/{asset}/{variant}/{expires}/{signature}/{name}", send_by_pass, methods=["GET", "HEAD"]),
        Route("/files/{asset}/{variant}/{expires}/{signature}/{name}", send_file, methods=["GET", "HEAD"]),
        *sharing_files.routes,
        Route("/archive/api/uploads", upload, methods=["POST"]),
        Route("/archive/api/assets/{id}/versions", upload_version, methods=["POST"]),
        *tus.routes,
        *collection_pages.routes,
        *mine_pages.routes,
        *consents_page.routes,
        *many_page.routes,
        *alike_page.routes,
        *work_page.routes,
        *guard_page.routes,
        *limits_page.routes,
        *keeping_routes.routes,
        *share_pages.routes,
        *share_panel.routes,
        *access_page.routes,
        *expiring_page.routes,
        *embed_pages.routes,
        *pages.routes,
        *feeds.routes,
        *reuse_pages.routes,
        *royalty_pages.routes,
        *rate_card_pages.routes,
        *coverage_page.routes,
        *oai.routes,
    ],
    jobs=[
        follow_for_harvesters,
        count_coverage,
        make_renditions,
        find_near_duplicates,
        resume_near_duplicates,
        make_public,
        make_film,
        make_sound,
        make_pages,
        transcribe,
        read_text,
        resume_unfinished,
        sweep_abandoned_files,
        take_upload,
        resume_uploads,
        check_fixity,
        purge_deleted,
        purge_quarantine,
        sweep_uploads,
        tend_search,
        hide_expired,
        tell_of_expiry,
        tell_of_new_materials,
        fold_topic_cells,
        forget_visits,
        forget_requests,
    ],
    crons=[
        every(follow_for_harvesters, minutes=5),
        every(count_coverage, minutes=30),
        every(resume_unfinished, minutes=1),
        every(resume_near_duplicates, minutes=1),
        every(sweep_abandoned_files, minutes=30),
        every(resume_uploads, minutes=1),
        every(sweep_uploads, minutes=30),
        every(check_fixity, minutes=60),
        every(purge_deleted, minutes=60),
        every(purge_quarantine, minutes=60),
        every(tend_search, minutes=60),
        every(hide_expired, seconds=5),
        every(tell_of_expiry, minutes=15),
        every(tell_of_new_materials, minutes=1),
        every(fold_topic_cells, minutes=1),
        every(forget_visits, minutes=30),
        every(forget_requests, minutes=30),
    ],
    consumes={"org": {**ORG_EVENTS, "account.forgotten": apply_forgotten, "grant.changed": forget_standing}},
    loaders=Loaders,
    background=[follow_index],
)
app = service.asgi()
