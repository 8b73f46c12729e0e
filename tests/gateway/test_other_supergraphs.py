"""The gateway runs any composed supergraph: a subgraph that no setting names answers where the supergraph says."""

from __future__ import annotations

from pathlib import Path

import pytest
from gateway_servers import new_apps, running_gateway, serving
from gateway_subgraphs import SCHEMAS

from gateway.composition import compose
from gateway.settings import Settings


def supergraph_at(folder: Path, renamed: str, address: str) -> Path:
    """The tests' supergraph with one subgraph under another name and address."""
    files = {}
    for name, schema in SCHEMAS.items():
        files[name] = folder / f"{name}.graphql"
        files[name].write_text(schema.as_str())
    sdl = compose(files)
    old = f'@join__graph(name: "{renamed}", url: "http://{renamed}/graphql")'
    assert old in sdl
    file = folder / "supergraph.graphql"
    file.write_text(sdl.replace(old, f'@join__graph(name: "elsewhere", url: "{address}")'))
    return file


async def test_a_subgraph_without_a_setting_answers_where_the_supergraph_says(tmp_path: Path) -> None:
    apps = new_apps()
    async with serving(apps["org"]) as org:
        # Its whole address counts, whatever the path.
        file = supergraph_at(tmp_path, "org", f"{org}/some/other/path")
        async with running_gateway(Settings(supergraph=file, environment="production")) as gateway:
            reply = await gateway.ask("{ units(first: 2) { id name } }")
            assert (reply.errors, len(reply.data["units"])) == ([], 2)
            assert len(apps["org"].calls) == 1


async def test_a_subgraph_without_any_address_stops_the_start(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = supergraph_at(tmp_path, "org", "")
    with pytest.raises(SystemExit):
        async with running_gateway(Settings(supergraph=file, environment="production")):
            pass
    assert "subgraph elsewhere: not an http(s) URL of a service: ''" in capfd.readouterr().err
