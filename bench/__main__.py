"""`python run.py bench`: measure named scenarios on the running demo, alone or beside another GraphQL server."""

import asyncio
from pathlib import Path
from typing import Any

import click

from bench import quality
from bench.alone import ALONE, Options
from bench.house import NothingRuns
from bench.load import Target, WrongAnswer
from bench.measure import Plan, measure
from bench.report import show, write
from bench.scenarios import SCENARIOS
from loa.occupancy import running
from loa.place import Place


@click.command(name="python run.py bench")
@click.option("--list", "listing", is_flag=True, help="Name the scenarios and end.")
@click.option("--connections", default=16, show_default=True, help="How many ask at the same time.")
@click.option("--seconds", default=3.0, show_default=True, help="Length of a round.")
@click.option("--rounds", default=3, show_default=True, help="Rounds for each server, in turn; the median counts.")
@click.option("--token", help="Ask as this person (see `python run.py token`); nobody by default.")
@click.option("--beside", metavar="URL", help="Another GraphQL endpoint that answers the same operations.")
@click.option("--direct", metavar="SERVICE", help="Ask a part of the house without the front door, such as `gateway`.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File for the JSON.")
@click.option("--units", default=125_000, show_default=True, help="`org-tree`: how many units the tree has.")
@click.option("--seed", default=20250701, show_default=True, help="`org-tree`: another number grows another tree.")
@click.option("--asks", default=300, show_default=True, help="`org-tree`: how often each question is asked.")
@click.option("--moves", default=15, show_default=True, help="`org-tree`: how often the subtree goes forth and back.")
@click.option("--cases", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="`estimates`: R's answers.")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="`estimates`: CSV samples.")
@click.option(
    "--answers", default=1_000_000, show_default=True, help="`results`, `downloads`: how many answers the wave has."
)
@click.option("--groups", default=3_000, show_default=True, help="`results`, `downloads`: of how many response groups.")
@click.option("--scale", is_flag=True, help="`disclosure`: a release of thousands of nodes instead of the tables.")
@click.option("--pictures", default=2_000, show_default=True, help="`near-duplicates`: how many, all different.")
@click.option("--photos", default=41, show_default=True, help="`renditions`: how many photographs come in.")
@click.option("--ways", default=13, show_default=True, help="`near-duplicates`: in how many ways each is altered.")
@click.option("--looks", type=int, help="`near-duplicates`: how many of the pictures are looked for; all by default.")
@click.option(
    "--assets", default=1_000_000, show_default=True, help="`search-scale`, `needs`: how many materials there are."
)
@click.argument("names", nargs=-1)
def main(*, listing: bool, names: tuple[str, ...], **given: Any) -> None:
    """Measure the scenarios NAMES, or all. Some are named with the folder of their data: `search DIR`.

    `org-tree` makes a database of its own and measures the organisation tree in it beside bare SQL.
    `submit` does so with filled forms, beside a bare endpoint that inserts the same bytes.
    `results` fills a wave with answers, makes its release and reads its tables.
    `downloads` does so and makes each kind of file of it.
    `near-duplicates` alters thousands of pictures and looks for each among all of them; `--scale` times the look-up.
    `search-scale` fills an archive with materials, indexes it and searches it beside tantivy bare.
    `renditions` takes in photographs and reads scans, beside ocrmypdf where it is installed.
    `reuse` asks who used a material, and what a subtree used, beside a million uses.
    `needs` asks what the archive holds on each topic for a unit, as the gap list does.
    `saved-searches` asks ten thousand of them of what just came in.
    `oai` harvests public materials by OAI-PMH.
    `tus` sends files of 20 MB in pieces to the archive, beside the reference server.
    `disclosure DIR` counts what disclosure control hides of reference tables and attacks it; `--scale` times it.
    `estimates --cases FILE --data DIR` compares our estimators with what R's survey package answered.
    """
    first = names[0] if names else ""
    if listing:
        _list()
    elif first in ALONE:
        ALONE[first](first, names[1:], Options(**given))
    elif first in quality.QUALITY:
        _judge(names, given["out"])
    else:
        _measure(names, Options(**given))


def _judge(names: tuple[str, ...], out: Path | None) -> None:
    if len(names) != 2 or not Path(names[1]).is_dir():
        raise click.UsageError(f"{names[0]} takes one folder of data")
    quality.run(names[0], Path(names[1]), out)


def _measure(names: tuple[str, ...], options: Options) -> None:
    for name in sorted(ALONE.keys() & set(names)):
        raise click.UsageError(f"{name} is measured alone")
    unknown = set(names) - {scenario.name for scenario in SCENARIOS}
    if unknown:
        raise click.UsageError(f"no scenario is called {', '.join(sorted(unknown))}; see --list")
    chosen = [scenario for scenario in SCENARIOS if not names or scenario.name in names]
    plan = Plan(options.connections, options.seconds, options.rounds)
    try:
        rows = asyncio.run(measure(chosen, _targets(options), plan, click.echo))
    except (NothingRuns, WrongAnswer, OSError) as error:
        raise click.ClickException(str(error)) from error
    show(rows)
    file = options.file
    write(rows, {"connections": plan.connections, "seconds": plan.seconds, "rounds": plan.rounds}, file)
    click.echo(f"Written to {file}")


def _list() -> None:
    told = {scenario.name: scenario.description for scenario in SCENARIOS}
    told |= {name: alone.description for name, alone in ALONE.items()}
    told |= {f"{name} DIR": (judge.__doc__ or "").strip() for name, judge in quality.QUALITY.items()}
    for name, description in told.items():
        click.echo(f"{name:16} {description}")


def _targets(options: Options) -> list[Target]:
    card = running(Place.default())
    if card is None:
        raise click.ClickException("nothing runs here: start `python run.py up` and `python run.py demo` first")
    headers = {"authorization": f"Bearer {options.token}"} if options.token else {}
    base = card.addresses[options.direct] if options.direct else card.public_url
    targets = [Target("loa", f"{base}/graphql", headers)]
    return [*targets, Target("beside", options.beside, headers)] if options.beside else targets


main()
