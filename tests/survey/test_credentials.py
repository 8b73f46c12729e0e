"""Credentials: signed blindly once for each member and wave, spent once by somebody whom nobody knows."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from blind_client import Blinded, blind, finish
from cryptography.exceptions import InvalidTag
from survey_world import MINE, NORTH, PATHS, ROOT, SMALL, SOUTH, TINY, unit_id
from ways_world import code_for, group_named, groups_in_inbox, member, offering, spent, submit

from kit import db
from kit.errors import InvalidInput, NotFound, SignInRequired
from kit.identity import ANONYMOUS, SYSTEM, Caller, Grant
from kit.testing import queries
from survey.answers.service import AlreadyAnswered, AlreadySubmitted, WaveClosed
from survey.collection.credentials import keys, service
from survey.collection.credentials.keys import CredentialKey, key_of_group
from survey.collection.credentials.service import message_of, written_bytes
from survey.collection.jobs import forget_ways, make_credential_keys
from survey.collection.refusals import CredentialInvalid, CredentialMissing
from survey.programmes.service import waves


@dataclass(frozen=True)
class Begun:
    """What a member's phone holds between asking and the answer."""

    key: CredentialKey
    prefix: bytes
    made: Blinded

    @classmethod
    def of(cls, key: CredentialKey) -> "Begun":
        prefix = secrets.token_bytes(32)
        return cls(key, prefix, blind(prefix + message_of(key.wave_id), key.numbers.n, key.numbers.e))

    def done(self, answer: bytes) -> str:
        signature = finish(answer, self.made, self.key.numbers.n)
        return written_bytes(self.key.key_id + self.prefix + signature)


async def fetched(wave_id: UUID, who: Caller) -> str:
    begun = Begun.of(await service.own_key(who, wave_id))
    return begun.done(await service.issue(who, wave_id, begun.key.key_id, begun.made.blinded))


@pytest.fixture
async def wave(world):
    await offering(world, "credential")
    return await world.open_wave()


@pytest.fixture
async def code(wave) -> str:
    return await code_for(wave, "credential")


async def test_a_member_fetches_a_credential_and_somebody_spends_it(wave, code):
    credential = await fetched(wave.id, member(MINE))
    await submit(code, "one", credential=credential)
    assert await groups_in_inbox() == [await group_named(wave, "Mine")]
    with pytest.raises(AlreadySubmitted):
        await submit(code, "one", credential=credential)
    with pytest.raises(AlreadyAnswered):
        await submit(code, "two", credential=credential)
    assert (await spent(), len(await groups_in_inbox())) == (1, 1)


async def test_members_of_one_group_have_one_key_and_each_their_own_credential(wave, code):
    first, second, other = [
        await fetched(wave.id, member(unit, subject)) for unit, subject in ((SMALL, "a"), (TINY, "b"), (MINE, "c"))
    ]
    assert first[:10] == second[:10] != other[:10]
    for number, credential in enumerate((first, second, other)):
        await submit(code, f"form-{number}", credential=credential)
    north, mine = await group_named(wave, "North"), await group_named(wave, "Mine")
    assert sorted(await groups_in_inbox(), key=str) == sorted([north, north, mine], key=str)


async def test_nothing_that_is_kept_of_the_fetching_is_seen_again_at_the_spending(wave, code):
    begun = Begun.of(await service.own_key(member(MINE, "nguyen-van-a"), wave.id))
    answer = await service.issue(member(MINE, "nguyen-van-a"), wave.id, begun.key.key_id, begun.made.blinded)
    [issued] = await db.rows("SELECT * FROM credential_issue")
    assert set(issued.keys()) == {"wave_id", "subject_hash", "key_id", "blinded_hash"}
    # By a hash that takes the secret to make, not by one that everybody can make of a name.
    plain = {hashlib.sha256(text).digest() for text in (b"nguyen-van-a", wave.id.bytes + b"nguyen-van-a")}
    assert issued["subject_hash"] not in plain
    await submit(code, "form", credential=begun.done(answer))
    [token] = await db.rows("SELECT * FROM spent_key")
    kept = {bytes(value) for value in issued.values() if isinstance(value, bytes)} - {begun.key.key_id}
    assert not kept & {bytes(value) for value in token.values() if isinstance(value, bytes)}
    signature = begun.done(answer)
    assert begun.made.blinded not in signature.encode()


async def test_a_lost_reply_is_given_again_and_a_second_message_refused(wave):
    who = member(MINE)
    begun = Begun.of(await service.own_key(who, wave.id))
    one, again = [await service.issue(who, wave.id, begun.key.key_id, begun.made.blinded) for _ in range(2)]
    assert one == again
    with pytest.raises(service.CredentialAlreadyIssued):
        await fetched(wave.id, who)
    assert await db.value("SELECT count(*) FROM credential_issue") == 1
    # Another person is not concerned.
    await fetched(wave.id, member(MINE, "member-2"))


async def test_who_was_moved_meanwhile_gets_the_lost_reply_but_no_second_credential(wave):
    begun = Begun.of(await service.own_key(member(MINE), wave.id))
    answer = await service.issue(member(MINE), wave.id, begun.key.key_id, begun.made.blinded)
    assert await service.issue(member(SMALL), wave.id, begun.key.key_id, begun.made.blinded) == answer
    with pytest.raises(service.CredentialAlreadyIssued):
        await fetched(wave.id, member(SMALL))


async def test_a_message_blinded_for_another_groups_key_uses_up_nobodys_turn(wave):
    foreign = Begun.of(await service.own_key(member(SMALL), wave.id))
    with pytest.raises(service.CredentialKeyChanged):
        await service.issue(member(MINE), wave.id, foreign.key.key_id, foreign.made.blinded)
    assert await db.value("SELECT count(*) FROM credential_issue") == 0
    await fetched(wave.id, member(MINE))


@pytest.mark.parametrize("wrong", [b"", b"\1", b"\xff" * 256, bytes(300)], ids=["none", "short", "high", "long"])
async def test_what_is_not_blinded_uses_up_nobodys_turn(wave, wrong):
    key = await service.own_key(member(MINE), wave.id)
    with pytest.raises(InvalidInput):
        await service.issue(member(MINE), wave.id, key.key_id, wrong)
    assert await db.value("SELECT count(*) FROM credential_issue") == 0


async def test_a_credential_waits_for_days_while_the_wave_is_open(world, code, wave):
    credential = await fetched(wave.id, member(MINE))
    # Nine of the wave's ten days later, by moving the wave instead of the clock.
    await db.execute(
        "UPDATE wave SET opens_at = opens_at - interval '9 days', closes_at = closes_at - interval '9 days',"
        " frozen_at = frozen_at - interval '9 days' WHERE id = $1",
        wave.id,
    )
    await make_credential_keys()
    await forget_ways()
    await submit(code, "later", credential=credential)
    assert await spent() == 1


async def test_after_the_wave_it_lets_nobody_in_and_who_fetched_one_is_forgotten(wave, code):
    credential = await fetched(wave.id, member(MINE))
    await waves.close_wave(SYSTEM, wave.id)
    with pytest.raises(WaveClosed):
        await submit(code, "late", credential=credential)
    with pytest.raises(service.CredentialsNotGiven):
        await fetched(wave.id, member(SMALL))
    await forget_ways()
    assert await db.value("SELECT count(*) FROM credential_issue") == 0
    assert await db.value("SELECT count(*) FROM credential_key WHERE sealed_private_key IS NOT NULL") == 0
    # What was published stays, so that it can still be compared.
    assert len(await keys.published_keys(wave.id, 10, None)) == 1


@pytest.mark.parametrize("credential", [None, ""])
async def test_a_form_without_a_credential_is_not_let_in(code, credential):
    with pytest.raises(CredentialMissing):
        await submit(code, "form", credential=credential)
    assert await spent() == 0


async def test_a_tampered_credential_is_not_let_in(wave, code):
    credential = await fetched(wave.id, member(MINE))
    for wrong in (
        credential[:-4],
        credential + "AAAA",
        "A" * len(credential),
        "=" * 10,
        "\x00",
        "đ" * 300,
        "A" * 100_000,
        *[
            credential[:at] + ("B" if credential[at] != "B" else "C") + credential[at + 1 :]
            for at in (0, 9, 20, 80, 300)
        ],
    ):
        with pytest.raises(CredentialInvalid):
            await submit(code, "form", credential=wrong)
    assert await spent() == 0
    # Written with its padding it is the same one.
    await submit(code, "form", credential=credential + "=")
    assert await spent() == 1


async def test_a_credential_of_one_wave_is_nothing_in_another(world, wave):
    await waves.close_wave(SYSTEM, wave.id)
    key = await key_of_group(wave.id, None)
    private = await keys.signing_key(key)
    later = await world.open_wave()
    begun = Begun.of(key)
    assert private is not None
    with pytest.raises(CredentialInvalid):
        await submit(
            await code_for(later, "credential"), "form", credential=begun.done(private.sign(begun.made.blinded))
        )
    assert await spent() == 0


@pytest.mark.parametrize("way", ["slip", "credential"])
async def test_one_way_to_answer_does_not_take_what_another_asks_for(world, way):
    await offering(world, "slip", "credential")
    wave = await world.open_wave()
    credential = await fetched(wave.id, member(MINE))
    code = await code_for(wave, way)
    if way == "slip":
        with pytest.raises(Exception, match="SLIP_MISSING"):
            await submit(code, "form", credential=credential)
    else:
        with pytest.raises(CredentialMissing):
            await submit(code, "form", slip="0000-0000-0000-00000")


async def test_who_is_asked_is_judged_by_the_frame(world):
    await db.execute("UPDATE programme SET target_unit_id = $2 WHERE id = $1", world.programme.id, unit_id(NORTH))
    await offering(world, "credential")
    wave = await world.open_wave()
    for stranger in (member(SOUTH), member(ROOT), member(ROOT, role="admin"), Caller("nobody-of-ours"), SYSTEM):
        with pytest.raises(service.SurveyNotYours):
            await fetched(wave.id, stranger)
    with pytest.raises(SignInRequired):
        await fetched(wave.id, ANONYMOUS)
    with pytest.raises(NotFound):
        await fetched(unit_id(99), member(MINE))
    assert await db.value("SELECT count(*) FROM credential_issue") == 0
    await fetched(wave.id, member(MINE))


async def test_where_somebody_is_a_worker_goes_before_other_roles_and_low_before_high(wave):
    def grants(*told: tuple[str, int]) -> Caller:
        return Caller("m", tuple(Grant(role, str(unit_id(unit)), PATHS[unit]) for role, unit in told), 1)

    async def group(who: Caller) -> UUID | None:
        return (await service.own_key(who, wave.id)).response_group_id

    mine, north = await group_named(wave, "Mine"), await group_named(wave, "North")
    assert await group(grants(("worker", SMALL), ("editor", MINE))) == north
    assert await group(grants(("editor", MINE), ("admin", ROOT))) == mine
    assert await group(grants(("worker", ROOT), ("worker", MINE))) == mine
    # An officer of a unit without people of its own, above several groups, is of none in particular.
    assert await group(grants(("editor", ROOT))) is None


async def test_a_wave_that_is_not_open_or_does_not_offer_it_gives_none(world):
    plain = await world.open_wave()
    with pytest.raises(service.CredentialsNotGiven):
        await fetched(plain.id, member(MINE))
    await offering(world, "credential")
    planned = await waves.plan_wave(
        SYSTEM,
        world.programme.id,
        opens_at=datetime.now(UTC) + timedelta(days=20),
        closes_at=datetime.now(UTC) + timedelta(days=40),
    )
    with pytest.raises(service.CredentialsNotGiven):
        await fetched(planned.id, member(MINE))


async def test_keys_are_made_ahead_for_every_group_and_stay_the_same(wave):
    await make_credential_keys()
    published = await keys.published_keys(wave.id, 100, None)
    groups = {row["id"] for row in await db.rows("SELECT id FROM response_group WHERE wave_id = $1", wave.id)}
    assert {key.response_group_id for key in published} == groups
    assert all(key.numbers.n.bit_length() == 2048 and key.numbers.e == 65_537 for key in published)
    await make_credential_keys()
    await fetched(wave.id, member(MINE))
    assert await keys.published_keys(wave.id, 100, None) == published


async def test_no_group_has_a_second_key_and_no_key_is_exchanged(wave):
    key = await service.own_key(member(MINE), wave.id)
    insert = (
        "INSERT INTO credential_key (wave_id, key_id, response_group_id, public_key)"
        " VALUES ($1, substr(sha256($3::bytea), 1, 8), $2, $3)"
    )
    for sql, values in (
        (insert, (wave.id, key.response_group_id, b"another")),
        ("UPDATE credential_key SET public_key = $1, key_id = substr(sha256($1::bytea), 1, 8)", (b"another",)),
    ):
        with pytest.raises(Exception, match=r"credential.key"):
            async with db.transaction():
                await db.execute(sql, *values)
    assert [each.key_id for each in await keys.published_keys(wave.id, 9, None)] == [key.key_id]


async def test_private_keys_lie_sealed_and_open_only_in_their_own_row(wave):
    key = await service.own_key(member(MINE), wave.id)
    sealed = await db.value("SELECT sealed_private_key FROM credential_key")
    private = await keys.signing_key(key)
    assert private is not None
    for number in (private.numbers.p, private.numbers.q, private.numbers.d):
        assert number.to_bytes((number.bit_length() + 7) // 8) not in sealed
    other = await service.own_key(member(SMALL), wave.id)
    await db.execute("UPDATE credential_key SET sealed_private_key = $2 WHERE key_id = $1", other.key_id, sealed)
    with pytest.raises(InvalidTag):
        await keys.signing_key(other)


@pytest.mark.committed
async def test_one_member_on_two_phones_at_one_moment_gets_one_credential(database, world):
    await offering(world, "credential")
    wave = await world.open_wave()
    who = member(MINE)
    key = await service.own_key(who, wave.id)
    begun = [Begun.of(key) for _ in range(4)]
    attempts = await asyncio.gather(
        *[service.issue(who, wave.id, key.key_id, each.made.blinded) for each in begun], return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in attempts) == ["CredentialAlreadyIssued"] * 3 + ["bytes"]
    assert await db.value("SELECT count(*) FROM credential_issue") == 1


@pytest.mark.committed
async def test_a_key_that_two_ask_for_at_one_moment_is_made_once(database, world):
    await offering(world, "credential")
    wave = await world.open_wave()
    found = await asyncio.gather(*[service.own_key(member(MINE, f"m{number}"), wave.id) for number in range(4)])
    assert len({key.key_id for key in found}) == 1


async def test_looking_at_a_credential_takes_one_statement(wave):
    credential = await fetched(wave.id, member(MINE))
    with queries() as counted:
        await service.find_credential(wave.id, credential)
    assert counted.count == 1
