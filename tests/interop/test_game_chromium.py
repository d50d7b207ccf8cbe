"""The game in Chromium: two pages meet, see each other move, count alike, and are told who leaves."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hairpin.matching.bot import Bot
from hairpin.matching.duel import DUEL
from hairpin.matching.standing import stand_by
from hairpin.pages.site import site
from hairpin.services import Running, Services, serve
from tests.interop.browsing import Browser, Page, press, until
from tests.interop.chromium import browse_here

pytestmark = pytest.mark.interop

PATIENCE = 30.0
WAIT = 2.0
LONELY = dataclasses.replace(DUEL, bots_after=WAIT)
ASKS = dataclasses.replace(DUEL, name="asks", accept_within=10.0)
LOOPBACK = ("127.0.0.1", 0)


#: Whether it is found out once, and anew after the network was away.
FINDS_OUT = """
import("/game/reach.js").then(({ findOut }) => {
  const here = () => findOut(`ws://${location.host}/v1/ws`);
  const [first, second] = [here(), here()];
  dispatchEvent(new Event("online"));
  return [first === second, first !== here()];
})
"""


def on(screen: str) -> str:
    return f"document.getElementById('game')?.dataset.screen === '{screen}'"


class Stage:
    """What `hairpin up` serves, and a browser."""

    def __init__(self, running: Running, browser: Browser) -> None:
        self.running = running
        self._browser = browser
        self.pages: list[Page] = []

    async def open(self, path: str, **device: Any) -> Page:
        page = await self._browser.open(f"{self.running.page_url}{path}")
        await page.resize(**({"width": 390, "height": 844} | device))
        self.pages.append(page)
        return page

    async def friends(self) -> tuple[Page, Page]:
        """Two pages that play, the first of which hosts."""
        host = await self.open("game")
        await until(host, on("start"))
        await press(host, "#friend")
        await until(host, on("alone"))
        guest = await self.open((await host.evaluate("location.href")).rpartition("/")[2])
        await until(guest, on("invited"))
        await guest.evaluate("document.getElementById('name').value = ' <i>Aoi</i> ', 0")
        await press(guest, "#enter")
        for page in (host, guest):
            await until(page, on("playing"))
        return host, guest

    async def queued(self, queue: str = "duel") -> Page:
        """A page that has pressed Play."""
        page = await self.open(f"game?queue={queue}")
        await until(page, on("start"))
        await press(page, "#play")
        return page


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    services = Services(
        signaling_address=LOOPBACK,
        relay_address=LOOPBACK,
        second=LOOPBACK,
        secret="s",
        pages=site(),
        queues=(LONELY, ASKS),
    )
    async with (
        asyncio.timeout(3 * PATIENCE),
        serve(services) as running,
        browse_here(tmp_path) as browser,
    ):
        made = Stage(running, browser)
        yield made
        for page in made.pages:
            with contextlib.suppress(AssertionError):
                await page.evaluate("0")
        assert {"".join(page.complaints) for page in made.pages} <= {""}


async def test_two_pages_meet_by_a_link_and_each_sees_the_other_move(stage: Stage) -> None:
    host, guest = await stage.friends()
    await see_each_other_move(host, guest)
    assert await until(host, "document.getElementById('name-theirs').textContent") == "<i>Aoi</i>"


async def test_two_pages_queue_are_matched_connect_and_each_sees_the_other_move(
    stage: Stage,
) -> None:
    first = await stage.queued()
    await until(first, on("queued"))
    second = await stage.queued()
    for page in (first, second):
        await until(page, on("playing"))
        # There is no NAT on the loopback; whom it lets in a page cannot tell.
        assert await page.evaluate("duel.openness()") == "moderate"
    assert await first.evaluate(FINDS_OUT) == [True, True]
    assert {await page.evaluate("duel.side()") for page in (first, second)} == {0, 1}
    await see_each_other_move(first, second)
    await second.hold("Escape")
    await until(first, on("left"))
    await press(first, "#another")
    await until(first, on("queued"))


async def test_whoever_waits_alone_plays_with_a_bot_after_the_configured_wait(stage: Stage) -> None:
    bots = Bot(name="Bot", url=stage.running.local_url, queue="duel", fills=True, stays=True)
    standing = asyncio.create_task(stand_by(bots))
    try:
        page = await stage.queued()
        await until(page, on("queued"))
        began = asyncio.get_running_loop().time()
        await until(page, on("playing"))
        assert asyncio.get_running_loop().time() - began > WAIT - 1.0
        assert await page.evaluate("duel.side()") == 0  # the visitor's table counts
        assert await until(page, "document.getElementById('name-theirs').textContent") == "Bot"
        before = await page.evaluate("duel.view().mallets[1].x")
        await page.evaluate(AIM)
        await page.evaluate(STRIKE)
        await until(page, f"Math.abs(duel.view().mallets[1].x - {before}) > 0.02")
        assert (await page.evaluate("duel.counts()"))["received"] > 10
    finally:
        standing.cancel()
        await asyncio.wait({standing})


async def test_where_a_queue_asks_a_match_begins_when_both_have_accepted(stage: Stage) -> None:
    pages = [await stage.queued("asks") for _ in range(2)]
    for page in pages:
        await until(page, on("found"))
        await press(page, "#accept")
    for page in pages:
        await until(page, on("playing"))


async def test_a_queue_that_there_is_not_is_told_in_a_sentence(stage: Stage) -> None:
    page = await stage.queued("chess")
    await until(page, on("failed"))
    assert "no queue called chess" in await page.evaluate(
        "document.getElementById('news').textContent"
    )


async def see_each_other_move(host: Page, guest: Page) -> None:
    for mover, watcher in ((host, guest), (guest, host)):
        side = await mover.evaluate("duel.side()")
        seen = f"duel.view().mallets[{side}].x"
        before = await watcher.evaluate(seen)
        await mover.hold("ArrowRight")
        await until(watcher, f"Math.abs({seen} - {before}) > 0.2")
        await mover.hold("ArrowRight", up=True)
        # Right is right for whoever presses it, since each sees the table from its own end.
        assert (await mover.evaluate(seen) > before) is (side == 0)
        await until(watcher, "duel.counts().sent > 10 && duel.counts().received > 10")
    path = await until(host, "document.getElementById('path').textContent")
    assert path.startswith("Direct")


async def test_goals_are_counted_alike_on_both_sides(stage: Stage) -> None:
    host, guest = await stage.friends()
    # The guest keeps away from its goal; the host strikes as soon as the puck is there.
    await guest.evaluate(AIM)
    await host.evaluate(AIM)
    await guest.evaluate("aim(() => ({ x: 0.9, y: 0.1 })), 0")
    await host.evaluate(STRIKE)
    score = "document.getElementById('game').dataset.score"
    await until(host, f"{score} !== '0:0'")
    mine, theirs = (await host.evaluate(score)).split(":")
    await until(guest, f"{score} === '{theirs}:{mine}'")
    assert await guest.evaluate("document.getElementById('news').textContent")


async def test_who_stays_is_told_that_the_other_has_left_and_can_wait_again(stage: Stage) -> None:
    host, guest = await stage.friends()
    await guest.hold("Escape")
    await until(guest, on("start"))
    await until(host, on("left"))
    assert "has left" in await host.evaluate("document.getElementById('news').textContent")
    await press(host, ".panel:not([hidden]) button:not([hidden])")
    await until(host, on("start"))


async def test_a_third_is_told_that_the_room_is_full(stage: Stage) -> None:
    host, _guest = await stage.friends()
    third = await stage.open((await host.evaluate("location.href")).rpartition("/")[2])
    await until(third, on("invited"))
    await press(third, "#enter")
    await until(third, on("failed"))
    assert "Two are playing" in await third.evaluate("document.getElementById('news').textContent")


STRIKE = """
aim(({ puck }) => ({
  x: puck.x + (puck.x - 0.5) * 0.3 + 0.04 * Math.sin(performance.now() / 400),
  y: puck.y > 0.85 ? puck.y - 0.1 : 1.3,
})), 0
"""
AIM = """
window.aim = (where) => {
  const stage = document.getElementById("stage");
  setInterval(() => {
    const { left, top, width, height } = document.getElementById("table").getBoundingClientRect();
    const scale = Math.min(width, height / 1.6);
    const turn = duel.side() === 0 ? (p) => p : ({ x, y }) => ({ x: 1 - x, y: 1.6 - y });
    const { x, y } = turn(where(duel.view()));
    stage.dispatchEvent(new PointerEvent("pointermove", {
      clientX: left + (width - scale) / 2 + x * scale, clientY: top + (height - 1.6 * scale) / 2 + y * scale,
    }));
  }, 16);
}, 0
"""
