"""`loa up`: everything on this machine, until Ctrl-C."""

import asyncio
import io
from functools import partial

import click
import segno

from loa.commands.failing import told_plainly
from loa.house import House
from loa.place import Place
from loa.up import Wish, bring_up
from loa.voice import Voice

_ADDRESSES = (
    ("GraphQL (explorer)", "/graphql"),
    ("Organisation", "/org/"),
    ("Survey forms", "/f/<code>"),
    ("Results", "/results/"),
    ("Archive", "/archive/"),
    ("Needs and materials", "/needs"),
    ("Sign in", "/auth/login"),
    ("Health", "/healthz"),
)
_NEXT = (
    ("Demo data", "python run.py demo   (brings the people to sign in as)"),
    ("Token for an app", "python run.py token --as editor@UNITCODE"),
)


@click.command("up")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="Port of the one origin.")
@click.option("--lan", is_flag=True, help="Serve the local network over TLS, with a certificate of our own authority.")
def command(port: int, lan: bool) -> None:
    """Start everything on this machine and keep it running until Ctrl-C.

    LOA_DATABASE_URL, LOA_REDIS_URL and LOA_STORAGE_URL replace the embedded PostgreSQL, Valkey and folder of files.
    """
    voice = Voice()
    with told_plainly():
        asyncio.run(bring_up(Place.default(), Wish(port, lan), voice, on_ready=partial(_welcome, voice)))


def _welcome(voice: Voice, house: House, seconds: float) -> None:
    url = house.origin.url
    voice.say(f"\nLoa is ready ({seconds:.1f} s)")
    addresses = [(what, f"{url}{path}") for what, path in _ADDRESSES]
    for what, where in [*addresses, *_NEXT, ("Logs", str(house.place.logs))]:
        voice.say(f"  {what:<20} {where}")
    if house.origin.certificate:
        _for_phones(voice, house)
    voice.say("Ctrl-C stops everything.")


def _for_phones(voice: Voice, house: House) -> None:
    assert house.origin.certificate is not None
    voice.say(f"\nPhones in this network: {house.origin.url}")
    code = io.StringIO()
    segno.make(house.origin.url, error="l").terminal(out=code, compact=True, border=2)
    voice.say(code.getvalue())
    voice.say(f"They trust it once they have this authority's certificate: {house.origin.certificate.authority_file}")
