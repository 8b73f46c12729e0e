"""The graph's way to a credential, for union apps; and the keys, for everybody."""

from typing import Annotated

import strawberry

from kit.errors import InvalidInput
from kit.graphql import After, Connection, First, Info, foreign_cursor, mutation, parse_id, result, window
from survey.collection.credentials import keys, service, types

IssueSurveyCredentialResult = result(
    "IssueSurveyCredentialResult",
    types.IssueSurveyCredentialSuccess,
    service.SurveyNotYours,
    service.CredentialsNotGiven,
    service.CredentialAlreadyIssued,
    service.CredentialKeyChanged,
    keys.CredentialsNotConfigured,
)
WaveId = Annotated[strawberry.ID, strawberry.argument(description="The wave's id.")]


@strawberry.type
class CredentialQueries:
    @strawberry.field(
        description="The keys of a wave, by their ids; public, so that everybody sees that each group has one only."
    )
    async def survey_credential_keys(
        self, wave: WaveId, first: First = 20, after: After = None
    ) -> Connection[types.SurveyCredentialKey]:
        asked = window(first, after, str)
        last = service.read_bytes(asked.after[0]) if asked.after else None
        if asked.after and last is None:
            raise foreign_cursor()
        found = await keys.published_keys(parse_id(wave, "survey wave"), asked.limit, last)
        return asked.page(found, types.SurveyCredentialKey.of, key=lambda key: (service.written_bytes(key.key_id),))

    @strawberry.field(
        description="The key for which the caller blinds a message: that of the group of the caller's unit."
    )
    async def survey_credential_key(self, info: Info, wave: WaveId) -> types.SurveyCredentialKey | None:
        return types.SurveyCredentialKey.of(await service.own_key(info.context.caller, parse_id(wave, "survey wave")))


@strawberry.type
class CredentialMutations:
    @mutation(
        IssueSurveyCredentialResult,
        description="Sign a blinded message, once for each person and wave; the same message again, if a reply was "
        "lost. Needs somebody whose unit the wave asks. What comes of it is spent later, without signing in.",
    )
    async def issue_survey_credential(
        self,
        info: Info,
        wave: WaveId,
        key: Annotated[strawberry.ID, strawberry.argument(description="The id of the key it was blinded for.")],
        blinded_message: Annotated[str, strawberry.argument(description="The blinded message in base64url.")],
    ) -> types.IssueSurveyCredentialSuccess:
        key_id, blinded = service.read_bytes(key), service.read_bytes(blinded_message)
        if key_id is None or blinded is None:
            raise InvalidInput("blindedMessage", "phải là base64url", "must be base64url")
        signature = await service.issue(info.context.caller, parse_id(wave, "survey wave"), key_id, blinded)
        return types.IssueSurveyCredentialSuccess(blind_signature=service.written_bytes(signature))
