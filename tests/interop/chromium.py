"""Chromium, driven through its DevTools protocol: on a host of the TUN lab or of the kernel lab, or right here."""

import asyncio
import base64
import contextlib
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import websockets

from nat.kernel import KernelHost
from nat.tun import Machine
from tests.interop import browsing
from tests.interop.browsing import (
    DYING_TOGETHER,
    PATIENCE,
    BrowserError,
    Wire,
    announced,
    environment,
    wired,
)

PROGRAMS = (
    "/usr/lib/chromium/chromium-headless-shell",  # itself: Debian's script of this name would wait beside it
    "chromium-headless-shell",
    "chromium",
    "google-chrome",
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=WebRtcHideLocalIpsWithMdns",  # candidates with addresses instead of names
    "--remote-debugging-port=0",
)


class Page(browsing.Page):
    """A page of the browser."""

    def __init__(self, wire: Wire, session: str) -> None:
        super().__init__()
        self._wire = wire
        self._session = session

    async def ask(self, method: str, *, seconds: float = PATIENCE, **parameters: Any) -> Any:
        """Send a command of the DevTools protocol and wait for its result."""
        message = {"method": method, "params": parameters, "sessionId": self._session}
        return await self._wire.ask(
            message,
            of=self._session,
            seconds=seconds,
            seen=lambda: f"its console: {self.complaints}",
        )

    async def evaluate(self, expression: str, seconds: float = PATIENCE) -> Any:
        result = await self.ask(
            "Runtime.evaluate",
            seconds=seconds,
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
        )
        assert "exceptionDetails" not in result, (expression, result["exceptionDetails"])
        return result["result"].get("value")

    async def go(self, url: str) -> None:
        await self.ask("Page.navigate", url=url)

    async def prepare(self, script: str) -> None:
        await self.ask("Page.addScriptToEvaluateOnNewDocument", source=script)

    async def resize(self, width: int, height: int, *, phone: bool = False) -> None:
        await self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )

    async def click(self, x: float, y: float) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            where = {"x": x, "y": y, "button": "left", "clickCount": 1}
            await self.ask("Input.dispatchMouseEvent", type=kind, **where)

    async def tap(self, key: str) -> None:
        for up in (False, True):
            await self.hold(key, up=up)

    async def hold(self, key: str, *, up: bool = False) -> None:
        kind = "keyUp" if up else "rawKeyDown"
        number = {"windowsVirtualKeyCode": 9} if key == "Tab" else {}  # without it, nothing moves
        await self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, **number)

    async def write(self, text: str) -> None:
        await self.ask("Input.insertText", text=text)

    async def picture(self) -> bytes:
        return base64.b64decode((await self.ask("Page.captureScreenshot", format="png"))["data"])


class Browser(browsing.Browser):
    """The browser, which opens pages."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._pages: dict[str, Page] = {}
        wire.heard = self._heard

    async def ask(self, method: str, **parameters: Any) -> Any:
        """Send a command that is about no page."""
        return await self._wire.ask({"method": method, "params": parameters})

    async def open(self, url: str) -> Page:
        target = await self.ask("Target.createTarget", url="about:blank")
        attached = await self.ask(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        page = Page(self._wire, attached["sessionId"])
        self._pages[attached["sessionId"]] = page
        for domain in ("Page", "Runtime", "Log", "Inspector"):
            await page.ask(f"{domain}.enable")
        await page.go(url)
        return page

    def _heard(self, event: dict[str, Any]) -> None:
        session = event.get("sessionId", "")
        page = self._pages.get(session)
        if page is None:
            return
        if event["method"] == "Inspector.targetCrashed":
            self._wire.fall(session, "the page has crashed")
        elif complaint := _complaint(event):
            page.complaints.append(complaint)


@contextlib.asynccontextmanager
async def browse(machine: Machine, url: str, profile: Path, *flags: str) -> AsyncIterator[Page]:
    """Start the browser in a host with an empty profile, and open a page."""
    process = await machine.popen(*_command(profile, *flags), **environment(profile))
    # The port is on the host's own loopback; our socket is made there, too.
    async with _driven(process, machine.host.run) as browser:
        yield await browser.open(url)


@contextlib.asynccontextmanager
async def browse_here(profile: Path, *flags: str) -> AsyncIterator[Browser]:
    """Start the browser on this machine with an empty profile; its peer connections use the loopback."""
    here = ("--allow-loopback-in-peer-connection", *flags)
    command = _command(profile, *here)
    process = await asyncio.create_subprocess_exec(*command, **environment(profile))
    async with _driven(process, lambda connecting: connecting) as browser:
        yield browser


@contextlib.asynccontextmanager
async def browse_on(host: KernelHost, profile: Path, *flags: str) -> AsyncIterator[Browser]:
    """Start the browser on a host of the kernel lab, inside `KernelLab.play`, with an empty profile."""

    async def there(connecting: Any) -> Any:
        async def connect() -> Any:
            return await connecting

        async with asyncio.TaskGroup() as group:
            task = host.start(group, connect())
        return task.result()

    command = host.command(_command(profile, *flags))
    process = await asyncio.create_subprocess_exec(*command, **environment(profile))
    async with _driven(process, there) as browser:
        yield browser


def _complaint(event: Any) -> str:
    """What an event of the DevTools protocol complains about; nothing if it does not."""
    told = event.get("params", {})
    match event.get("method"):
        case "Runtime.exceptionThrown":
            return json.dumps(told["exceptionDetails"])
        case "Runtime.consoleAPICalled" if told["type"] in {"error", "warning", "assert"}:
            return json.dumps(told["args"])
        case "Log.entryAdded" if told["entry"]["level"] in {"error", "warning"}:
            return f"{told['entry']['text']} {told['entry'].get('url', '')}"
    return ""


def _command(profile: Path, *flags: str) -> list[str]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    assert program is not None, "tools/setup-tests installs Chromium"
    return [*DYING_TOGETHER, program, *FLAGS, *flags, f"--user-data-dir={profile}"]


@contextlib.asynccontextmanager
async def _driven(
    process: asyncio.subprocess.Process, there: Callable[[Any], Awaitable[Any]]
) -> AsyncIterator[Browser]:
    """Connect to a browser that was started, and end it."""
    async with announced(process, "DevTools listening on ") as where:
        async with asyncio.timeout(PATIENCE):
            connecting = websockets.connect(where, proxy=None, max_size=None)
            connection = await there(connecting)
        async with connection, wired(connection) as wire:
            yield Browser(wire)


__all__ = ["Browser", "BrowserError", "Page", "browse", "browse_here", "browse_on"]
