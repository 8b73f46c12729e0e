"""Scenarios that are measured alone: each makes what it measures, or reads the data that it is given."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from bench.load import WrongAnswer
from loa.embedded import CannotStart
from loa.place import Place

# What may go wrong with the servers and databases that a scenario makes for itself.
_FAILURES = (CannotStart, WrongAnswer, OSError, asyncio.IncompleteReadError)


@dataclass(frozen=True)
class Options:
    """What was said on the command line; each scenario reads what concerns it."""

    connections: int
    seconds: float
    rounds: int
    token: str | None
    beside: str | None
    direct: str | None
    out: Path | None
    units: int
    seed: int
    asks: int
    moves: int
    cases: Path | None
    data: Path | None
    answers: int
    groups: int
    scale: bool
    pictures: int
    photos: int
    ways: int
    looks: int | None
    assets: int

    @property
    def file(self) -> Path:
        """Where the figures are written to; a new file unless one was named."""
        return self.out or Place.default().data / "bench" / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"


@dataclass(frozen=True)
class Alone:
    """A scenario with what `--list` says of it. `run` returns whether all bounds are kept."""

    description: str
    run: Callable[[Options, tuple[str, ...]], bool]
    takes_folders: bool = False

    def __call__(self, name: str, words: tuple[str, ...], options: Options) -> None:
        """Measure; raises what the command line tells people."""
        if words and not self.takes_folders:
            raise click.UsageError(f"{name} is measured alone")
        try:
            kept = self.run(options, words)
        except _FAILURES as error:
            raise click.ClickException(str(error)) from error
        if not kept:
            raise click.ClickException("a bound is not kept")


# Each imports what it needs when it runs: the service's code, a browser, or numpy and scipy, which take a second.


def _org_tree(options: Options, _: tuple[str, ...]) -> bool:
    from bench.org_tree import run, tree

    if options.units < tree.SMALLEST:
        raise click.UsageError(f"--units must be at least {tree.SMALLEST}")
    run.run(run.Plan(options.units, options.seed, options.asks, options.moves), options.file, click.echo)
    return True


def _submit(options: Options, _: tuple[str, ...]) -> bool:
    from bench import submit

    submit.run(submit.Plan(options.connections, options.seconds, options.rounds, options.seed), options.file)
    return True


def _form(options: Options, _: tuple[str, ...]) -> bool:
    from bench import form

    return form.run(options.rounds, options.file)


def _estimates(options: Options, _: tuple[str, ...]) -> bool:
    from bench import estimates

    if options.cases is None or options.data is None:
        raise click.UsageError("estimates takes --cases FILE and --data DIR")
    return estimates.run(options.cases, options.data)


def _results(options: Options, _: tuple[str, ...]) -> bool:
    from bench.results import run

    return run.run(run.Plan(options.answers, options.groups, options.seed), options.file, click.echo)


def _downloads(options: Options, _: tuple[str, ...]) -> bool:
    from bench.downloads import run

    return run.run(run.Plan(options.answers, options.groups, options.seed), options.file, click.echo)


def _disclosure(options: Options, folders: tuple[str, ...]) -> bool:
    from bench import disclosure

    if not options.scale and (len(folders) != 1 or not (Path(folders[0]) / disclosure.TABLE).is_file()):
        raise click.UsageError(f"disclosure takes the folder of {disclosure.TABLE}, or --scale")
    folder = Path(folders[0]) if folders else None
    return disclosure.run(folder, scale=options.scale, nodes=12_000, answers=5_000_000)


def _tus(options: Options, _: tuple[str, ...]) -> bool:
    from bench.tus import run

    return run.run(run.Plan(options.rounds), options.file)


def _near_duplicates(options: Options, _: tuple[str, ...]) -> bool:
    if options.scale:
        from bench.near_duplicates import scale

        return scale.run(options.pictures, options.seed, options.file, click.echo)
    from bench.near_duplicates import run

    return run.run(
        run.Plan(options.pictures, options.seed, options.ways, options.looks or options.pictures),
        options.file,
        click.echo,
    )


def _search_scale(options: Options, _: tuple[str, ...]) -> bool:
    from bench.archive_search import run

    return run.run(run.Plan(options.assets, options.seed), options.file, click.echo)


def _renditions(options: Options, _: tuple[str, ...]) -> bool:
    from bench.renditions import run

    return run.run(run.Plan(options.photos, options.rounds, options.seed), options.file, click.echo)


def _reuse(options: Options, _: tuple[str, ...]) -> bool:
    from bench.reuse import run

    return run.run(run.Plan(1_000_000, options.asks), options.file, click.echo)


def _needs(options: Options, _: tuple[str, ...]) -> bool:
    from bench.needs import run

    return run.run(run.Plan(options.assets, options.asks), options.file, click.echo)


def _saved_searches(options: Options, _: tuple[str, ...]) -> bool:
    from bench import saved_searches

    return saved_searches.run(options.seed, options.file, click.echo)


def _oai(options: Options, _: tuple[str, ...]) -> bool:
    from bench.oai import run

    return run.run(run.Plan(50_000, options.rounds), options.file, click.echo)


ALONE = {
    "org-tree": Alone("the organisation tree at full size, each question beside its bare SQL", _org_tree),
    "submit": Alone("forms stored and acknowledged, beside an endpoint that only inserts the same bytes", _submit),
    "form": Alone("a form of 40 questions on an emulated cheap phone: bytes, requests, seconds", _form),
    "estimates": Alone("our estimators beside answers of R's survey package: relative error of each case", _estimates),
    "results": Alone("a release of a million answers: seconds, memory, and how fast its tables are read", _results),
    "downloads": Alone("each kind of file of a release: seconds, memory, size", _downloads),
    "search-scale": Alone("searching a million materials with count and facets, beside tantivy bare", _search_scale),
    "renditions": Alone("photos and scans coming in: sizes from one decode, photos and pages a second", _renditions),
    "reuse": Alone("who used a material, and what a subtree used, beside a million uses", _reuse),
    "needs": Alone("what an archive of a million materials holds on each topic for a unit", _needs),
    "saved-searches": Alone("ten thousand saved searches asked of what just came in", _saved_searches),
    "oai": Alone("harvesting public materials by OAI-PMH: records a second", _oai),
    "tus": Alone("files of 20 MB by tus, beside the reference server", _tus),
    "near-duplicates": Alone("altered pictures found again among thousands, and pairs that are none", _near_duplicates),
    "disclosure": Alone(
        "cells that disclosure control hides, beside GaussSuppression, and an attack on them",
        _disclosure,
        takes_folders=True,
    ),
}
