"""`loa schema`: rewrites the schema files in git; their diff is read in review like code."""

import click

from loa import schemas
from loa.commands.failing import told_plainly
from loa.place import ROOT


@click.command("schema")
def command() -> None:
    """Rewrite services/*/schema.graphql and gateway/gateway/supergraph.graphql from the code."""
    with told_plainly():
        changed = schemas.rewrite()
    for path in changed:
        click.echo(f"rewrote {path.relative_to(ROOT)}")
    if not changed:
        click.echo("all schema files are current")
