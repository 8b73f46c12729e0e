"""How the graph shows credential keys and gives credentials."""

import strawberry

from survey.collection.credentials.keys import CredentialKey
from survey.collection.credentials.service import message_of, written_bytes


@strawberry.type(description="The public half of the key that signs the credentials of one response group in a wave.")
class SurveyCredentialKey:
    id: str = strawberry.field(description="The first eight bytes of the SHA-256 of the key in DER, in base64url.")
    modulus: str = strawberry.field(description="The RSA modulus, big-endian, in base64url.")
    exponent: int = strawberry.field(description="The RSA public exponent.")
    group_vi: str | None = strawberry.field(
        description="The response group in Vietnamese; null: people of no particular group."
    )
    group_en: str | None = strawberry.field(
        description="The response group in English; null: people of no particular group."
    )
    message: str = strawberry.field(
        description="What every credential of the wave says. Blind 32 random bytes and this (UTF-8) by RFC 9474, "
        "RSABSSA-SHA384-PSS-Randomized. The credential is the key's id, those 32 bytes and the signature, in base64url."
    )

    @classmethod
    def of(cls, key: CredentialKey) -> "SurveyCredentialKey":
        """Show a key."""
        n = key.numbers.n
        return cls(
            id=written_bytes(key.key_id),
            modulus=written_bytes(n.to_bytes((n.bit_length() + 7) // 8)),
            exponent=key.numbers.e,
            group_vi=key.group_vi,
            group_en=key.group_en,
            message=message_of(key.wave_id).decode(),
        )


@strawberry.type(description="The blinded message is signed: once for each person and wave.")
class IssueSurveyCredentialSuccess:
    blind_signature: str = strawberry.field(
        description="The blind signature in base64url; only who blinded the message can make a credential of it."
    )
