"""What one network may ask of the forms: a factory's shift change passes, a flood does not, and nobody else feels it."""

import asyncio
import time

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from survey_world import code_of, waiting

from kit import db
from survey.answers import allowances
from survey.answers.allowances import FORM, GARBAGE, MISTAKE, MOST, PAGE, PER_SECOND, Limits
from survey.answers.service import new_key
from survey.app import service
from survey.web import limits
from survey.web.limits import limited, network_of

FACTORY, FLOODER, OTHER = "203.0.113.9", "198.51.100.4", "192.0.2.1"
JSON = {"accept": "application/json"}
FORM_TYPE = {**JSON, "content-type": "application/x-www-form-urlencoded"}


class Clock:
    """A clock that is put forward by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def client_at(app, address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 1)), base_url="http://localhost")


async def echo(request: Request) -> Response:
    """Answer with the status that the path names, after reading what was sent."""
    await request.body()
    return PlainTextResponse("read", int(request.path_params["status"]))


def echoing(clock: Clock) -> tuple[Starlette, Limits]:
    counted = Limits(clock)
    route = Route("/f/{status:int}", echo, methods=["GET", "POST"])
    return Starlette(routes=limited([route], counted)), counted


def left(counted: Limits, address: str) -> float:
    return counted.of(network_of({"client": (address, 1)}) or b"").left


@pytest.mark.parametrize(
    ("address", "same", "other"),
    [
        ("203.0.113.9", "203.0.113.255", "203.0.114.9"),
        ("2001:db8:1:2::3", "2001:db8:1:ffff::1", "2001:db8:2:2::3"),
        ("::ffff:203.0.113.9", "203.0.113.77", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::2", "fe81::1"),
    ],
)
def test_neighbours_share_an_allowance_and_strangers_do_not(address, same, other):
    assert network_of({"client": (address, 1)}) == network_of({"client": (same, 2)})
    assert network_of({"client": (address, 1)}) != network_of({"client": (other, 1)})


def test_whose_address_is_not_known_shares_with_all_such_and_this_machine_is_not_counted():
    assert network_of({"client": None}) == network_of({"client": ("unix", 0)}) == network_of({}) == b""
    assert network_of({"client": ("127.0.0.1", 5)}) is None
    assert network_of({"client": ("::1", 5)}) is None


async def test_a_request_costs_what_its_answer_shows_it_to_be_worth(clock):
    app, counted = echoing(clock)
    async with client_at(app, FACTORY) as phone:
        before = MOST
        for method, status, price in (
            ("GET", 200, PAGE),
            ("GET", 404, GARBAGE),
            ("POST", 201, FORM),
            ("POST", 200, FORM),
            ("POST", 303, FORM),
            ("POST", 503, FORM),
            ("POST", 422, MISTAKE),
            ("POST", 409, MISTAKE),
            ("POST", 410, MISTAKE),
            ("POST", 400, GARBAGE),
            ("POST", 413, GARBAGE),
            ("POST", 415, GARBAGE),
        ):
            assert (await phone.request(method, f"/f/{status}")).status_code == status
            assert before - left(counted, FACTORY) == price
            before -= price


async def test_a_factory_at_shift_change_is_let_through(clock):
    """2,000 workers behind one address, each with page, scripts and form, all within one minute."""
    app, counted = echoing(clock)
    async with client_at(app, FACTORY) as phone:
        for worker in range(2_000):
            clock.now += 60 / 2_000
            replies = [await phone.get("/f/200") for _ in range(6)] if worker % 20 == 0 else []
            counted.of(network_of({"client": (FACTORY, 1)}) or b"").take(0 if replies else 6 * PAGE)
            assert (await phone.post("/f/201")).status_code == 201
            assert all(reply.status_code == 200 for reply in replies)


async def test_a_network_is_what_the_proxy_in_front_says(clock):
    """As the front door does on this machine; from elsewhere nobody is believed who is not trusted."""
    app, counted = echoing(clock)
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_level="error"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}") as proxy:
        assert (await proxy.get("/f/200")).status_code == 200
        assert len(counted) == 0
        assert (await proxy.get("/f/200", headers={"x-forwarded-for": "203.0.113.0"})).status_code == 200
    server.should_exit = True
    await running
    assert len(counted) == 1
    assert left(counted, FACTORY) == MOST - PAGE


async def test_garbage_is_stopped_after_some_hundreds_and_told_when_to_come_back(clock):
    app, counted = echoing(clock)
    async with client_at(app, FLOODER) as flooder, client_at(app, FACTORY) as factory:
        for _ in range(int(MOST / GARBAGE)):
            assert (await flooder.post("/f/400")).status_code == 400
        refused = await flooder.post("/f/400", headers=JSON)
        assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_REQUESTS")
        assert refused.headers["retry-after"] == "2"
        assert "Too many" in (await flooder.post("/f/400?lang=en", headers=JSON)).json()["message"]
        # For people a page, in both languages, drawn once.
        page = await flooder.get("/f/200")
        assert (page.status_code, page.headers["retry-after"]) == (429, "2")
        assert "Đang có quá nhiều người gửi cùng lúc" in page.text
        assert (await factory.post("/f/201")).status_code == 201
        # What is refused costs nothing more, and time gives back.
        clock.now += 2
        assert (await flooder.post("/f/201")).status_code == 201
        assert left(counted, FLOODER) == pytest.approx(2 * PER_SECOND - FORM)


async def test_networks_are_forgotten_within_four_minutes(clock):
    app, counted = echoing(clock)
    async with client_at(app, FLOODER) as flooder, client_at(app, OTHER) as other:
        counted.of(network_of({"client": (FLOODER, 1)}) or b"").take(10 * MOST)
        assert left(counted, FLOODER) == -MOST
        await other.get("/f/200")
        assert (await flooder.get("/f/200")).status_code == 429
    assert len(counted) == 2
    clock.now += allowances.SWEEP_SECONDS
    counted.sweep()
    assert len(counted) == 1
    clock.now += 2 * MOST / PER_SECOND
    counted.sweep()
    assert len(counted) == 0


async def test_more_networks_than_are_remembered_share_one_allowance(clock):
    counted = Limits(clock)
    for number in range(allowances.MOST_NETWORKS):
        counted.of(number.to_bytes(3)).take(1)
    assert counted.of(b"new") is counted.of(b"newer")
    assert len(counted) == allowances.MOST_NETWORKS + 1
    assert counted.of((5).to_bytes(3)).left == MOST - 1


async def test_what_is_being_read_of_one_network_is_bounded(clock):
    app, counted = echoing(clock)
    part = b"x" * 400_000
    going_on = asyncio.Event()

    async def slow():
        yield part
        await going_on.wait()

    async with client_at(app, FLOODER) as flooder, client_at(app, FACTORY) as factory:
        fitting = limits.MOST_BYTES_AT_ONCE // len(part)
        sending = [asyncio.create_task(flooder.post("/f/201", content=slow())) for _ in range(fitting)]
        await asyncio.sleep(0.2)
        refused = await flooder.post("/f/201", content=part)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, str(limits.WAIT_FOR_ROOM))
        assert (await factory.post("/f/201", content=part)).status_code == 201
        going_on.set()
        assert {reply.status_code for reply in await asyncio.gather(*sending)} == {201}
        assert (await flooder.post("/f/201", content=part)).status_code == 201
    mine = counted.of(network_of({"client": (FLOODER, 1)}) or b"")
    assert (mine.reading, mine.bytes) == (0, 0)


async def test_the_forms_own_routes_are_limited_and_keep_what_they_answered(world):
    wave = await world.open_wave()
    address = f"/f/{await code_of(wave)}"
    app = Starlette(
        routes=limited([route for route in service.routes if route.path.startswith("/f/")], Limits(lambda: 0.0))
    )
    async with client_at(app, FLOODER) as flooder, client_at(app, FACTORY) as factory:
        statuses = [(await flooder.post(address, content=b"%ff", headers=JSON)).status_code for _ in range(310)]
        assert (statuses[0], statuses[-1]) == (415, 429)
        assert await db.value("SELECT count(*) FROM spent_key") == 0
        filled = {"_key": new_key(), "reached": "no"}
        assert (await factory.post(address, data=filled, headers=JSON)).status_code == 201
        assert (await flooder.post(address, data=filled, headers=JSON)).status_code == 429
    assert len(await waiting()) == 1


@pytest.mark.committed
async def test_a_flood_from_one_network_does_not_slow_another(world):
    """Forms of one network, alone and while another sends as fast as this process can make up garbage."""
    address = f"/f/{await code_of(await world.open_wave())}"
    app = Starlette(routes=limited([route for route in service.routes if route.path.startswith("/f/")], Limits()))
    garbage = b"reached=%ff" + b"x" * 100_000

    stopped = asyncio.Event()
    scope = {
        "type": "http",
        "method": "POST",
        "path": address,
        "raw_path": address.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in FORM_TYPE.items()],
        "client": (FLOODER, 1),
    }

    async def receive():
        return {"type": "http.request", "body": garbage, "more_body": False}

    async def send(message):
        if message.get("status") == 429:
            stopped.set()

    async def flood() -> None:
        while True:
            await app(dict(scope), receive, send)
            # Nothing else here waits for a network.
            await asyncio.sleep(0)

    async def median(factory: httpx.AsyncClient) -> float:
        took: list[float] = []
        for _ in range(40):
            before = time.perf_counter()
            reply = await factory.post(address, data={"_key": new_key(), "reached": "no"}, headers=JSON)
            took.append(time.perf_counter() - before)
            assert reply.status_code == 201
        return sorted(took)[len(took) // 2]

    async with client_at(app, FACTORY) as factory:
        alone = await median(factory)
        floods = [asyncio.create_task(flood()) for _ in range(4)]
        await stopped.wait()
        under_attack = await median(factory)
        for each in floods:
            each.cancel()
        await asyncio.gather(*floods, return_exceptions=True)
    assert under_attack < max(10 * alone, 0.05)
