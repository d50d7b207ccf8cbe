"""The browser client in Chromium: pages that call each other, and a page and a peer of ours."""

import asyncio
import contextlib
import json
import mimetypes
import re
import urllib.parse
from collections.abc import AsyncIterator
from pathlib import Path

import aiortc
import pytest

from peer import Configuration, Room, Session, join
from signaling import Server, Settings, serve
from tests.interop.browsing import Browser, Page, until
from tests.interop.chromium import browse_here
from tests.node.running import HERE, ROOT

pytestmark = pytest.mark.interop

PATIENCE = 30.0
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
GUIDE = (ROOT / "docs" / "signaling.md").read_text()
WEB = ROOT / "signaling" / "web"
ADDRESS = "wss://signaling.example.org/v1/ws"


@contextlib.asynccontextmanager
async def web(pages: dict[str, str]) -> AsyncIterator[str]:
    """A web server on the loopback, which is as good as HTTPS for a browser."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            request = await reader.readuntil(b"\r\n\r\n")
            path = request.split()[1].decode()
            kind = mimetypes.guess_type(path)[0] or "text/html"
            body = pages.get(path, "").encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
        writer.close()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with listener:
        host, port = listener.sockets[0].getsockname()
        yield f"http://{host}:{port}"


class Stage:
    """A server, a browser, and pages in it."""

    def __init__(self, server: Server, browser: Browser, web_: str) -> None:
        self.server = server
        self._browser = browser
        self._web = web_

    async def page(self, name: str, *, media: bool = False) -> Page:
        told = urllib.parse.quote(json.dumps([self.server.url, name, media]))
        page = await self._browser.open(f"{self._web}/page.html#{told}")
        await until(page, "window.ready === true")
        return page

    async def example(self, hash_: str) -> Page:
        return await self._browser.open(f"{self._web}/example.html#{hash_}")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    (example,) = (text for text in re.findall(r"```html\n(.*?)```", GUIDE, re.DOTALL))
    async with (
        asyncio.timeout(4 * PATIENCE),
        serve(Settings()) as server,
        web(
            {
                **{f"/{path.relative_to(WEB)}": path.read_text() for path in WEB.rglob("*.js")},
                "/page.html": (HERE / "page.html").read_text(),
                "/example.html": example.replace(ADDRESS, server.url),
            }
        ) as where,
        browse_here(tmp_path, *CAMERA) as browser,
    ):
        yield Stage(server, browser, where)


async def test_two_pages_see_each_other_with_the_ten_lines_of_the_guide(stage: Stage) -> None:
    assert ADDRESS in GUIDE
    pages = [await stage.example("blue") for _ in range(2)]
    for page in pages:
        await until(page, "window.theirs?.videoWidth > 0 && theirs.currentTime > 0")


async def test_pages_talk_and_offers_that_cross_and_a_lost_connection_do_no_harm(
    stage: Stage,
) -> None:
    alice, bob = await stage.page("alice"), await stage.page("bob")
    await bob.call("say", "from bob")
    await alice.call("say", "from alice")
    assert await alice.call("hear", 1) == ["from bob"]
    assert await bob.call("hear", 1) == ["from alice"]
    for page in (alice, bob):
        assert await page.evaluate("[call.polite, room.role]") == [
            page is bob,
            "member" if page is bob else "host",
        ]

    for page in (alice, bob):
        await page.evaluate("setTimeout(() => offer('audio'), 300 - performance.now() % 300), 0")
    for page in (alice, bob):
        await until(page, "lines().then(count => count >= 2)")

    before = await bob.evaluate("ufrag()")
    await bob.evaluate("restart(), cut(), 0")
    await until(bob, f"ufrag() !== {json.dumps(before)} && room.client.isUp && settled()")
    await until(alice, "settled()")
    await alice.call("say", "still there")
    assert await bob.call("hear", 1) == ["still there"]
    for page in (alice, bob):
        assert await page.evaluate("problems") == []
    await bob.evaluate("room.leave()")
    await until(alice, "room.calls.length === 0")


async def test_a_call_outlives_the_server(stage: Stage) -> None:
    alice, bob = await stage.page("alice"), await stage.page("bob")
    await bob.call("say", "before")
    assert await alice.call("hear", 1) == ["before"]
    connection = await alice.evaluate("window.pc = call.pc, room.client.welcome.sid")
    host, port = stage.server.addresses[0]
    await stage.server.close()
    await bob.call("say", "without a server")
    assert await alice.call("hear", 1) == ["without a server"]
    async with serve(Settings(), host, port):
        for page in (alice, bob):
            await until(page, f"room.client.isUp && room.client.welcome.sid !== '{connection}'")
        await until(alice, "room.calls.length === 1 && room.calls[0].pc === window.pc")
        await bob.evaluate("offer('audio'), 0")
        for page in (alice, bob):
            await until(page, "lines().then(count => count >= 1)")
            assert await page.evaluate("problems") == []


@pytest.mark.parametrize("first", ["page", "python"])
async def test_a_page_and_a_peer_of_ours_talk_whoever_comes_first(stage: Stage, first: str) -> None:
    configuration = Configuration(host_addresses=("127.0.0.1",))
    async with contextlib.AsyncExitStack() as stack:
        if first == "page":
            page = await stage.page("page", media=True)
        room = await stack.enter_async_context(
            join(stage.server.url, "r", configuration, name="python")
        )
        room.add_track(aiortc.VideoStreamTrack())
        if first == "python":
            page = await stage.page("page", media=True)
        session = await session_of(room)
        channel = await session.connected()
        channel.send("from python")
        assert await page.call("hear", 1) == ["from python"]
        await page.call("say", "from the page")
        assert await channel.receive() == "from the page"
        await (await anext(session.tracks())).recv()
        await until(page, "frames()")

        before = await page.evaluate("ufrag()")
        session.restart()
        await until(page, f"ufrag() !== {json.dumps(before)} && settled()")
        channel.send("after a restart")
        assert await page.call("hear", 1) == ["after a restart"]
        assert await page.evaluate("problems") == []
    await until(page, "room.calls.length === 0")


async def session_of(room: Room) -> Session:
    while not room.sessions:
        await asyncio.sleep(0.01)
    return room.sessions[0]
