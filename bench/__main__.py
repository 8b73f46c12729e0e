"""`python run.py bench`: measure named scenarios on the running demo, alone or beside another GraphQL server."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from bench import quality
from bench.house import NothingRuns
from bench.load import Target, WrongAnswer
from bench.measure import Plan, measure
from bench.report import show, write
from bench.scenarios import SCENARIOS
from loa.embedded import CannotStart
from loa.occupancy import running
from loa.place import Place

ORG_TREE = "org-tree"
SUBMIT = "submit"
FORM = "form"
ESTIMATES = "estimates"
DISCLOSURE = "disclosure"
RESULTS = "results"
_NAMES = tuple(scenario.name for scenario in SCENARIOS)


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
@click.option("--answers", default=1_000_000, show_default=True, help="`results`: how many answers the wave has.")
@click.option("--groups", default=3_000, show_default=True, help="`results`: of how many response groups.")
@click.option("--scale", is_flag=True, help="`disclosure`: a release of thousands of nodes instead of the tables.")
@click.argument("names", nargs=-1)
def main(
    *,
    listing: bool,
    connections: int,
    seconds: float,
    rounds: int,
    token: str | None,
    beside: str | None,
    direct: str | None,
    out: Path | None,
    units: int,
    seed: int,
    asks: int,
    moves: int,
    cases: Path | None,
    data: Path | None,
    answers: int,
    groups: int,
    scale: bool,
    names: tuple[str, ...],
) -> None:
    """Measure the scenarios NAMES, or all. Some are named with the folder of their data: `search DIR`.

    `org-tree` makes a database of its own and measures the organisation tree in it beside bare SQL.
    `submit` does so with filled forms, beside a bare endpoint that inserts the same bytes.
    `results` fills a wave with answers, makes its release and reads its tables.
    `disclosure DIR` counts what disclosure control hides of reference tables and attacks it; `--scale` times it.
    `estimates --cases FILE --data DIR` compares our estimators with what R's survey package answered.
    """
    if listing:
        _list()
        return
    if names and names[0] == DISCLOSURE:
        _disclosure(names[1:], scale=scale)
        return
    alone: dict[str, Callable[[], None]] = {
        ORG_TREE: lambda: _org_tree(units, seed, asks, moves, out or _new_file()),
        SUBMIT: lambda: _submit(connections, seconds, rounds, seed, out or _new_file()),
        FORM: lambda: _form(rounds, out or _new_file()),
        ESTIMATES: lambda: _estimates(cases, data),
        RESULTS: lambda: _results(answers, groups, seed, out or _new_file()),
    }
    for name in alone.keys() & set(names):
        if len(names) > 1:
            raise click.UsageError(f"{name} is measured alone")
        alone[name]()
        return
    if names and names[0] in quality.QUALITY:
        if len(names) != 2 or not Path(names[1]).is_dir():
            raise click.UsageError(f"{names[0]} takes one folder of data")
        quality.run(names[0], Path(names[1]), out)
        return
    unknown = set(names) - set(_NAMES)
    if unknown:
        raise click.UsageError(f"no scenario is called {', '.join(sorted(unknown))}; see --list")
    plan = Plan(connections, seconds, rounds)
    targets = _targets(token, beside, direct)
    chosen = [scenario for scenario in SCENARIOS if not names or scenario.name in names]
    try:
        rows = asyncio.run(measure(chosen, targets, plan, click.echo))
    except (NothingRuns, WrongAnswer, OSError) as error:
        raise click.ClickException(str(error)) from error
    show(rows)
    file = out or _new_file()
    write(rows, {"connections": connections, "seconds": seconds, "rounds": rounds}, file)
    click.echo(f"Written to {file}")


def _new_file() -> Path:
    return Place.default().data / "bench" / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"


def _org_tree(units: int, seed: int, asks: int, moves: int, out: Path) -> None:
    # Imported here: the other scenarios run without the service's code.
    from bench.org_tree import run, tree

    if units < tree.SMALLEST:
        raise click.UsageError(f"--units must be at least {tree.SMALLEST}")
    try:
        run.run(run.Plan(units, seed, asks, moves), out, click.echo)
    except (CannotStart, WrongAnswer, OSError, asyncio.IncompleteReadError) as error:
        raise click.ClickException(str(error)) from error


def _form(rounds: int, out: Path) -> None:
    # Imported here: the other scenarios run without a browser.
    from bench import form

    try:
        kept = form.run(rounds, out)
    except (CannotStart, WrongAnswer, OSError) as error:
        raise click.ClickException(str(error)) from error
    if not kept:
        raise click.ClickException("a bound is not kept")


def _submit(connections: int, seconds: float, rounds: int, seed: int, out: Path) -> None:
    # Imported here: the other scenarios run without the service's code.
    from bench import submit

    try:
        submit.run(submit.Plan(connections, seconds, rounds, seed), out)
    except (CannotStart, WrongAnswer, OSError, asyncio.IncompleteReadError) as error:
        raise click.ClickException(str(error)) from error


def _estimates(cases: Path | None, data: Path | None) -> None:
    # Imported here: numpy and scipy take a second to load.
    from bench import estimates

    if cases is None or data is None:
        raise click.UsageError("estimates takes --cases FILE and --data DIR")
    if not estimates.run(cases, data):
        raise click.ClickException(f"not all within {estimates.LIMIT:g}")


def _results(answers: int, groups: int, seed: int, out: Path) -> None:
    # Imported here: the other scenarios run without the service's code.
    from bench.results import run

    try:
        kept = run.run(run.Plan(answers, groups, seed), out, click.echo)
    except (CannotStart, WrongAnswer, OSError, asyncio.IncompleteReadError) as error:
        raise click.ClickException(str(error)) from error
    if not kept:
        raise click.ClickException("a bound is not kept")


def _disclosure(folders: tuple[str, ...], *, scale: bool) -> None:
    # Imported here: numpy and scipy take a second to load.
    from bench import disclosure

    if not scale and (len(folders) != 1 or not (Path(folders[0]) / disclosure.TABLE).is_file()):
        raise click.UsageError(f"disclosure takes the folder of {disclosure.TABLE}, or --scale")
    if not disclosure.run(Path(folders[0]) if folders else None, scale=scale, nodes=12_000, answers=5_000_000):
        raise click.ClickException("a bound is not kept")


def _list() -> None:
    for scenario in SCENARIOS:
        click.echo(f"{scenario.name:16} {scenario.description}")
    click.echo(f"{ORG_TREE:16} the organisation tree at full size, each question beside its bare SQL")
    click.echo(f"{SUBMIT:16} forms stored and acknowledged, beside an endpoint that only inserts the same bytes")
    click.echo(f"{FORM:16} a form of 40 questions on an emulated cheap phone: bytes, requests, seconds")
    click.echo(f"{ESTIMATES:16} our estimators beside answers of R's survey package: relative error of each case")
    click.echo(f"{RESULTS:16} a release of a million answers: seconds, memory, and how fast its tables are read")
    click.echo(f"{DISCLOSURE:16} cells that disclosure control hides, beside GaussSuppression, and an attack on them")
    for name, judge in quality.QUALITY.items():
        click.echo(f"{name + ' DIR':16} {(judge.__doc__ or '').strip()}")


def _targets(token: str | None, beside: str | None, direct: str | None) -> list[Target]:
    card = running(Place.default())
    if card is None:
        raise click.ClickException("nothing runs here: start `python run.py up` and `python run.py demo` first")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    base = card.addresses[direct] if direct else card.public_url
    targets = [Target("loa", f"{base}/graphql", headers)]
    return [*targets, Target("beside", beside, headers)] if beside else targets


main()
