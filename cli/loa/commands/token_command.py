"""`loa token`: an access token for a role on a unit, for trying the API without a browser."""

import re
from pathlib import Path

import click
import httpx

from loa.commands.failing import require_running
from loa.house import FRONT_DOOR
from loa.issuer import sign_access_token
from loa.occupancy import Card
from loa.place import Place

_ROLES = ("worker", "contributor", "editor", "analyst", "admin")


@click.command("token")
@click.option(
    "--as", "who", required=True, metavar="ROLE@UNITCODE", help=f"One of {', '.join(_ROLES)} on a unit's code."
)
def command(who: str) -> None:
    """Print an access token (and nothing else) of a development person who has ROLE on the unit with this code.

    The person and the grant are made when they do not exist. Needs a running `up`.
    """
    role, unit_code = _parsed(who)
    card = require_running(Place.default())
    subject = f"dev-{role}-{re.sub(r'[^a-z0-9]+', '-', unit_code.lower())}"
    _grant(card, subject, role, unit_code)
    told = card.environments[FRONT_DOOR]
    click.echo(sign_access_token(Path(told["LOA_ISSUER_KEY_FILE"]), f"{card.public_url}/issuer", subject))


def _parsed(who: str) -> tuple[str, str]:
    role, at, unit_code = who.partition("@")
    if not at or not unit_code or role not in _ROLES:
        raise click.BadParameter(f"say ROLE@UNITCODE with one of the roles {', '.join(_ROLES)}", param_hint="--as")
    return role, unit_code


def _grant(card: Card, subject: str, role: str, unit_code: str) -> None:
    """Ask org to give the role; it does so for the gateway's key in development only."""
    key = card.environments["org"]["LOA_INTERNAL_KEY"]
    try:
        reply = httpx.post(
            f"{card.addresses['org']}/internal/development-grant",
            json={"subject": subject, "role": role, "unit_code": unit_code},
            headers={"Authorization": f"Bearer {key}"},
            timeout=10,
        )
    except httpx.HTTPError as error:
        raise click.ClickException(f"org does not answer: {error}") from error
    if reply.status_code == 404:
        raise click.ClickException(f"no unit has the code {unit_code!r}; `python run.py demo` makes some.")
    if reply.is_error:
        raise click.ClickException(f"org refused ({reply.status_code}): {reply.text[:300]}")
