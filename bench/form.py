"""What a form of 40 questions costs a cheap phone: bytes, requests, and the seconds until it is seen and can be used.

Chromium at 360 px, with its own emulation of a slow network (400 kb/s, every reply two seconds late) and of a slow
processor (six times slower). Usable is the moment at which the form's script has run: conditions are followed and
answers are kept. What comes afterwards in the background, so that the form works offline, is listed apart.
"""

import asyncio
import gzip
import statistics
import urllib.request
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import orjson
from playwright.async_api import Browser, async_playwright
from rich.console import Console
from rich.table import Table

from bench import submit
from bench.load import WrongAnswer

QUESTIONS = 40
MOST_BYTES, MOST_REQUESTS, LATEST_PAINT, LATEST_USE = 15 * 1024, 3, 3.0, 6.0
PHONE = {"width": 360, "height": 640}
NETWORK = {"offline": False, "latency": 2000, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SLOWER = 6
CHROMIUM = "/usr/bin/chromium"
AFTERWARDS = ("/f/static/more.js", "/f/sw.js", "/f/offline", f"/f/{submit.CODE}")


@dataclass
class Visit:
    """One first visit: seconds until something is seen and until it can be used, and what came until then."""

    paint: float
    use: float
    requests: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])

    @property
    def size(self) -> int:
        """Bytes over the network, heads included."""
        return sum(size for _, size in self.requests)


def questionnaire() -> dict[str, Any]:
    """Return the demo's questionnaire and as many questions under a condition as make 40."""
    document = deepcopy(submit.demo_questionnaire())
    asked = [question for section in document["sections"] for question in section["questions"]]
    lacking = QUESTIONS - sum(question["kind"] != "note" for question in asked)
    document["sections"].append(
        {
            "code": "months",
            "title": {"vi": "Ba tháng vừa qua", "en": "The last three months"},
            "questions": list(_more_questions())[:lacking],
        }
    )
    return document


def _more_questions() -> Iterator[dict[str, Any]]:
    topics = (
        ("meetings", "buổi họp công đoàn", "union meetings"),
        ("talks", "buổi nói chuyện về pháp luật", "talks about the law"),
        ("visits", "lần cán bộ công đoàn xuống xưởng", "visits of union officers"),
        ("leaflets", "tờ rơi hoặc sổ tay", "leaflets or booklets"),
        ("contests", "cuộc thi tìm hiểu", "quizzes"),
        ("calls", "cuộc gọi hoặc tin nhắn riêng", "calls or personal messages"),
        ("complaints", "kiến nghị đã gửi", "complaints sent in"),
    )
    choices = (("none", "Không", "None"), ("few", "Một vài lần", "A few"), ("many", "Nhiều lần", "Many"))
    for code, vi, en in topics:
        yield {
            "code": code,
            "concept": code,
            "kind": "single",
            "privacy": "plain",
            "text": {"vi": f"Anh/chị đã gặp bao nhiêu {vi}?", "en": f"How many {en} have there been for you?"},
            "choices": [{"code": each, "text": {"vi": in_vi, "en": in_en}} for each, in_vi, in_en in choices],
            "shown_if": {"question": "reached", "is": ["yes"]},
        }


def run(visits: int, out: Path) -> bool:
    """Measure, print a table, write JSON; whether every bound is kept."""
    with submit.waved(questionnaire()) as place, submit.web(place, f"{submit.SERVICE}:app") as served:
        measured = asyncio.run(_visits(served.url, visits))
        afterwards = {path: _size(served.url + path) for path in AFTERWARDS}
    return _tell(measured, afterwards, out)


async def _visits(url: str, count: int) -> list[Visit]:
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            return [await _visit(browser, f"{url}/f/{submit.CODE}") for _ in range(count)]
        finally:
            await browser.close()


async def _visit(browser: Browser, address: str) -> Visit:
    context = await browser.new_context(viewport={**PHONE}, device_scale_factor=2, is_mobile=True, has_touch=True)  # pyright: ignore[reportArgumentType]
    page = await context.new_page()
    link = await context.new_cdp_session(page)
    await link.send("Network.enable")
    await link.send("Network.emulateNetworkConditions", NETWORK)
    await link.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    named: dict[str, str] = {}
    sizes: list[tuple[str, int]] = []

    def asked(told: dict[str, Any]) -> None:
        named[told["requestId"]] = told["request"]["url"]

    def finished(told: dict[str, Any]) -> None:
        sizes.append((named[told["requestId"]], int(told["encodedDataLength"])))

    link.on("Network.requestWillBeSent", asked)
    link.on("Network.loadingFinished", finished)
    await page.goto(address, wait_until="domcontentloaded")
    first = [(url, size) for url, size in sizes if not url.startswith("data:")]
    use, paint, works = await page.evaluate(
        """() => [
            performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd / 1000,
            performance.getEntriesByName("first-contentful-paint")[0].startTime / 1000,
            document.documentElement.classList.contains("js") && !!document.querySelector("[data-k][hidden]"),
        ]"""
    )
    await context.close()
    if not works:
        raise WrongAnswer("the form's script did not run")
    return Visit(paint, use, first)


def _size(address: str) -> int:
    """What a file is over the network, without its head."""
    asked = urllib.request.Request(address, headers={"accept-encoding": "gzip"})  # noqa: S310  # our own server
    with urllib.request.urlopen(asked) as reply:  # noqa: S310
        body = reply.read()
    if not gzip.decompress(body):
        raise WrongAnswer(f"{address} is empty")
    return len(body)


def _tell(visits: list[Visit], afterwards: dict[str, int], out: Path) -> bool:
    figures = {
        "bytes": (max(visit.size for visit in visits), MOST_BYTES),
        "requests": (max(len(visit.requests) for visit in visits), MOST_REQUESTS),
        "first paint, s": (round(statistics.median(visit.paint for visit in visits), 2), LATEST_PAINT),
        "usable, s": (round(statistics.median(visit.use for visit in visits), 2), LATEST_USE),
    }
    table = Table("first visit", "measured", "at most", "kept", title=f"a form of {QUESTIONS} questions")
    for name, (value, bound) in figures.items():
        table.add_row(name, f"{value:,}", f"{bound:,}", "yes" if value <= bound else "NO")
    Console().print(table)
    for path, size in afterwards.items():
        click.echo(f"in the background: {size:6,} bytes {path}")
    content = {
        "first_visit": {name: {"measured": value, "at_most": bound} for name, (value, bound) in figures.items()},
        "requests": visits[0].requests,
        "visits": [{"paint": round(visit.paint, 3), "use": round(visit.use, 3)} for visit in visits],
        "afterwards": afterwards,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
    click.echo(f"Written to {out}")
    return all(value <= bound for value, bound in figures.values())
