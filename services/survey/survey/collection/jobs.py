"""What is made ahead for the ways to answer, and what is forgotten of them once their wave is over."""

from kit.jobs import job
from survey.collection.credentials.keys import forget_private_keys, make_keys_ahead
from survey.collection.slips.service import forget_slips


@job("survey.make_credential_keys", timeout=300)
async def make_credential_keys() -> None:
    """Make keys for the groups of open waves that give credentials."""
    await make_keys_ahead()


@job("survey.forget_ways", timeout=300)
async def forget_ways() -> None:
    """Forget the slips, the private keys and the members who were given a credential of waves that are over."""
    await forget_private_keys()
    await forget_slips()
