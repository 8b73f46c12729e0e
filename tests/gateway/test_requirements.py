"""Keys of several and nested fields, and fields that need another service's fields: what the plan's `requires` ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import strawberry
from gateway_servers import RunningGateway, SubgraphApp, World, running_gateway, serving
from strawberry import federation

from gateway.composition import compose
from gateway.execution.representations import compile_requirements
from gateway.execution.rewrites import compile_rewrites
from gateway.planner.supergraph import Supergraph

FEDERATION = "2.7"
BRANDS = {"1": "Sông Đà", "2": "Hạ Long", "3": "Sông Đà"}


@federation.type(shareable=True)
class Brand:
    name: str


@federation.type(keys=["id", "sku brand { name }"])
class Product:
    id: strawberry.ID
    sku: str
    brand: Brand
    weight: int | None
    price: int

    @classmethod
    def of(cls, number: str) -> Product:
        weight = None if number == "3" else int(number) * 10
        return cls(id=number, sku=f"s{number}", brand=Brand(name=BRANDS[number]), weight=weight, price=int(number))

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Product:
        return cls.of(id)


@strawberry.type
class CatalogueQuery:
    @strawberry.field
    def products(self) -> list[Product]:
        return [Product.of(number) for number in BRANDS]


@federation.type(name="Product", keys=["id"])
class ShippedProduct:
    id: strawberry.ID
    weight: int | None = federation.field(external=True)
    price: int = federation.field(external=True)

    @federation.field(requires=["weight", "price"])
    def shipping(self) -> str:
        return f"{self.weight} kg for {self.price}"

    @classmethod
    def resolve_reference(cls, id: strawberry.ID, weight: int | None = None, price: int = 0) -> ShippedProduct:
        return cls(id=id, weight=weight, price=price)


@federation.type(name="Product", keys=["sku brand { name }"])
class StockedProduct:
    sku: str
    brand: Brand

    @strawberry.field
    def stock(self) -> str:
        return f"{self.sku} of {self.brand.name}"

    @classmethod
    def resolve_reference(cls, sku: str, brand: dict[str, str]) -> StockedProduct:
        return cls(sku=sku, brand=Brand(name=brand["name"]))


@strawberry.type
class Nothing:
    @strawberry.field
    def shipping_hours(self) -> str:
        return "7-17"


@strawberry.type
class StockQuery:
    @strawberry.field
    def first_in_stock(self) -> StockedProduct:
        return StockedProduct(sku="s2", brand=Brand(name="Hạ Long"))


SHOP = {
    "org": federation.Schema(query=CatalogueQuery, types=[Product], federation_version=FEDERATION),
    "survey": federation.Schema(query=Nothing, types=[ShippedProduct], federation_version=FEDERATION),
    "media_archive": federation.Schema(query=StockQuery, types=[StockedProduct], federation_version=FEDERATION),
}


@pytest.fixture(scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[RunningGateway, World]]:
    folder = tmp_path_factory.mktemp("shop")
    for name, schema in SHOP.items():
        (folder / name).write_text(schema.as_str(), encoding="utf-8")
    composed = folder / "supergraph.graphql"
    composed.write_text(compose({name: folder / name for name in SHOP}), encoding="utf-8")
    apps = {name: SubgraphApp(schema) for name, schema in SHOP.items()}
    async with AsyncExitStack() as stack:
        urls = {name: await stack.enter_async_context(serving(app)) for name, app in apps.items()}
        world = World(apps, urls, composed)
        yield await stack.enter_async_context(running_gateway(world.settings())), world


async def test_required_fields_travel_with_the_key_even_if_null(shop: tuple[RunningGateway, World]) -> None:
    gateway, world = shop
    world.calm()
    answer = await gateway.ask("{ products { shipping } }")
    assert answer.body == {
        "data": {
            "products": [
                {"shipping": "10 kg for 1"},
                {"shipping": "20 kg for 2"},
                {"shipping": "None kg for 3"},
            ]
        }
    }
    [call] = world.apps["survey"].calls
    assert call.variables["representations"][2] == {"__typename": "Product", "id": "3", "weight": None, "price": 3}


async def test_keys_of_several_nested_fields(shop: tuple[RunningGateway, World]) -> None:
    gateway, world = shop
    world.calm()
    answer = await gateway.ask("{ products { stock brand { word: name } } }")
    assert answer.data["products"][0] == {"stock": "s1 of Sông Đà", "brand": {"word": "Sông Đà"}}
    [call] = world.apps["media_archive"].calls
    first = {"__typename": "Product", "sku": "s1", "brand": {"name": "Sông Đà"}}
    assert call.variables["representations"][0] == first
    assert len(call.variables["representations"]) == 3


def plain_supergraph() -> Supergraph:
    possible = {"Node": frozenset({"Node", "A", "B"}), "A": frozenset({"A"}), "B": frozenset({"B"})}
    return Supergraph({}, possible, frozenset(), None)  # type: ignore[arg-type]  # no client schema is needed


def test_representations_pick_by_type_rename_and_leave_out_what_is_incomplete() -> None:
    field = {"kind": "Field"}
    inner = [{**field, "name": "x"}, {"kind": "Field", "name": "list", "selections": [{**field, "name": "y"}]}]
    represent = compile_requirements(
        [
            {
                "kind": "InlineFragment",
                "typeCondition": "A",
                "selections": [{**field, "name": "k", "alias": "id"}, *inner],
            },
            {"kind": "InlineFragment", "typeCondition": "B", "skipIf": "s", "selections": [{**field, "name": "k"}]},
        ],  # type: ignore[list-item]
        plain_supergraph(),
    )
    whole = {"__typename": "A", "k": 1, "x": None, "list": [{"y": 2, "z": 3}, None], "more": 4}
    assert represent(whole, {}) == {"id": 1, "x": None, "list": [{"y": 2}, None], "__typename": "A"}
    assert represent({"__typename": "A", "k": 1}, {}) is None
    assert represent({"__typename": "B", "k": 1}, {}) == {"k": 1, "__typename": "B"}
    assert represent({"__typename": "B", "k": 1}, {"s": True}) is None
    assert represent({"__typename": "C", "k": 1}, {}) is None


def test_rewrites_rename_and_set_along_a_path() -> None:
    type_is_node = {"TypenameEquals": ["Node"]}
    apply = compile_rewrites(
        [
            {"KeyRenamer": {"path": [{"Key": "items"}, type_is_node, {"Key": "_0"}], "renameKeyTo": "name"}},
            {"ValueSetter": {"path": [{"Key": "items"}, {"TypenameEquals": "B"}], "setValueTo": "Bee"}},
            {"path": [{"Key": "kind"}], "setValueTo": "new", "kind": "ValueSetter"},
        ],
        plain_supergraph(),
    )
    assert apply is not None
    data = {"items": [{"__typename": "A", "_0": 1}, {"__typename": "B"}, {"__typename": "C", "_0": 2}, None], "kind": 1}
    apply(data)
    assert data == {
        "items": [{"__typename": "A", "name": 1}, {"__typename": "Bee"}, {"__typename": "C", "_0": 2}, None],
        "kind": "new",
    }
    assert compile_rewrites([], plain_supergraph()) is None
