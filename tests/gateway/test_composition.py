"""Composition: schema files in, one supergraph out, or composition's own codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.composition import CompositionFailed, compose

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable"])\n'


def write(folder: Path, **schemas: str) -> dict[str, Path]:
    paths = {name: folder / f"{name}.graphql" for name in schemas}
    for name, path in paths.items():
        path.write_text(LINK + schemas[name], encoding="utf-8")
    return paths


def test_composes_to_neutral_addresses_and_always_the_same(tmp_path: Path) -> None:
    paths = write(
        tmp_path,
        org='type Query { unit: Unit } type Unit @key(fields: "id") { id: ID! "Tên" name: String }',
        media_archive='type Unit @key(fields: "id") { id: ID! assets: Int }',
    )
    supergraph = compose(paths)
    assert 'ORG @join__graph(name: "org", url: "http://org/graphql")' in supergraph
    assert 'MEDIA_ARCHIVE @join__graph(name: "media_archive", url: "http://media-archive/graphql")' in supergraph
    assert "Tên" in supergraph
    assert supergraph.endswith("}\n")
    assert compose(paths) == supergraph


def test_tells_the_codes_of_what_does_not_fit(tmp_path: Path) -> None:
    paths = write(tmp_path, a="type Query { x: P } type P { a: Int }", b="type Query { y: P } type P { a: Int }")
    with pytest.raises(CompositionFailed) as failed:
        compose(paths)
    assert failed.value.codes == ["INVALID_FIELD_SHARING"]
    assert 'Non-shareable field "P.a"' in str(failed.value)


def test_tells_which_schema_does_not_parse(tmp_path: Path) -> None:
    with pytest.raises(CompositionFailed) as failed:
        compose(write(tmp_path, org="type Query {", survey="type Query { x: Int }"))
    [problem] = failed.value.problems
    assert problem.code == "INVALID_GRAPHQL"
    assert problem.message.startswith("[org] Syntax Error")


def test_refuses_a_federation_version_it_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "org.graphql"
    path.write_text('extend schema @link(url: "https://specs.apollo.dev/federation/v2.11")\ntype Query { x: Int }')
    with pytest.raises(CompositionFailed) as failed:
        compose({"org": path})
    assert failed.value.codes == ["UNKNOWN_FEDERATION_LINK_VERSION"]
