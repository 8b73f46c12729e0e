"""The survey service, declared once: what it stores, shows, does later and hears from org."""

import strawberry

from kit.app import Service
from kit.events import RESET
from kit.graphql import build_schema
from kit.jobs import every
from survey.answers.fields import AnswerMutations, AnswerQueries
from survey.answers.jobs import mix_answers, mix_waiting, provide_sealing_keys, retire_sealing_keys
from survey.audit import service as audit
from survey.audit.fields import AuditQueries
from survey.collection.fields import CollectionMutations, CollectionQueries
from survey.collection.jobs import forget_ways, make_credential_keys
from survey.downloads import jobs as downloading
from survey.downloads.fields import DownloadMutations, DownloadQueries
from survey.loaders import Loaders
from survey.needs.fields import NeedsQueries
from survey.needs.types import TopicInUnit
from survey.polls.fields import PollMutations, PollQueries
from survey.polls.jobs import ask_for_poll_results
from survey.programmes.fields import ProgrammeMutations, ProgrammeQueries
from survey.programmes.jobs import plan_waves, snapshot_participation, turn_waves
from survey.questionnaires.fields import QuestionnaireMutations, QuestionnaireQueries
from survey.results.fields import ResultsMutation, ResultsQuery
from survey.results.jobs import release_requested, release_requests_swept
from survey.units import service as units
from survey.units.types import Unit
from survey.web import authoring, credential, downloads, form, poll_embed, polls, results, slips, wave_kit
from survey.web.limits import limited


@strawberry.type(description="What can be read.")
class Query(
    ProgrammeQueries,
    PollQueries,
    CollectionQueries,
    AnswerQueries,
    QuestionnaireQueries,
    AuditQueries,
    ResultsQuery,
    NeedsQueries,
    DownloadQueries,
):
    pass


@strawberry.type(description="What can be done.")
class Mutation(
    ProgrammeMutations,
    PollMutations,
    QuestionnaireMutations,
    AnswerMutations,
    ResultsMutation,
    DownloadMutations,
    CollectionMutations,
):
    pass


service = Service(
    name="survey",
    models=[
        "survey.units.models",
        "survey.questionnaires.models",
        "survey.programmes.models",
        "survey.collection.models",
        "survey.audit.models",
    ],
    migrations="survey.migrations",
    schema=build_schema(query=Query, mutation=Mutation, types=[Unit, TopicInUnit]),
    routes=[
        *limited([*form.routes, *poll_embed.routes]),
        *authoring.routes,
        *polls.routes,
        *slips.routes,
        *wave_kit.routes,
        *credential.routes,
        # Before the results: no programme is called “downloads”.
        *downloads.routes,
        *results.routes,
    ],
    jobs=[
        mix_answers,
        mix_waiting,
        provide_sealing_keys,
        retire_sealing_keys,
        make_credential_keys,
        forget_ways,
        turn_waves,
        plan_waves,
        snapshot_participation,
        release_requested,
        release_requests_swept,
        ask_for_poll_results,
        *downloading.jobs,
    ],
    crons=[
        every(turn_waves, minutes=1),
        every(provide_sealing_keys, seconds=10),
        every(retire_sealing_keys, minutes=1),
        every(mix_waiting, minutes=1),
        every(ask_for_poll_results, minutes=1),
        every(make_credential_keys, minutes=5),
        every(forget_ways, minutes=30),
        every(plan_waves, minutes=30),
        every(snapshot_participation, minutes=30),
        every(release_requests_swept, minutes=15),
        *downloading.crons,
    ],
    consumes={
        "org": {
            RESET: units.forget,
            "unit.created": units.apply_created,
            "unit.renamed": units.apply_renamed,
            "unit.moved": units.apply_moved,
            "units.rewritten": units.apply_rewritten,
            "headcount.published": units.apply_headcount,
            "vocabulary.changed": units.apply_vocabulary,
            "account.forgotten": audit.apply_forgotten,
        }
    },
    loaders=Loaders,
    publishes=True,
)
app = service.asgi()
