"""Chromium, driven through its DevTools protocol: in a host of the TUN lab, or right here."""

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import websockets

from nat.tun import Machine

PATIENCE = 30.0
PROGRAMS = ("chromium-headless-shell", "chromium", "google-chrome")
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


class Page:
    """A page of the browser."""

    def __init__(
        self,
        connection: websockets.ClientConnection,
        session: str,
        complaints: dict[str, list[str]] | None = None,
    ) -> None:
        self._connection = connection
        self._session = session
        self._numbers = itertools.count(1)
        self._complaints = {} if complaints is None else complaints

    @property
    def complaints(self) -> list[str]:
        """Errors in its console, violations of its policy among them, as far as they came with answers."""
        return self._complaints.get(self._session, [])

    async def ask(self, method: str, **parameters: Any) -> Any:
        """Send a command of the DevTools protocol and wait for its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        await self._connection.send(json.dumps(message))
        while (answer := json.loads(await self._connection.recv())).get("id") != number:
            if complaint := _complaint(answer):
                self._complaints.setdefault(answer.get("sessionId", ""), []).append(complaint)
        assert "error" not in answer, answer
        return answer["result"]

    async def evaluate(self, expression: str) -> Any:
        """Evaluate JavaScript, and what it promises."""
        result = await self.ask(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    async def call(self, function: str, *arguments: Any) -> Any:
        """Call a function of the page."""
        return await self.evaluate(f"{function}({', '.join(map(json.dumps, arguments))})")


class Browser:
    """The browser, which opens pages. They are asked one after the other."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self._connection = connection
        self._complaints: dict[str, list[str]] = {}
        self._self = Page(connection, "", self._complaints)

    async def open(self, url: str) -> Page:
        """Open a page in a tab of its own."""
        target = await self._self.ask("Target.createTarget", url="about:blank")
        attached = await self._self.ask(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        page = Page(self._connection, attached["sessionId"], self._complaints)
        for domain in ("Page", "Runtime", "Log"):
            await page.ask(f"{domain}.enable")
        await page.ask("Page.navigate", url=url)
        return page


@contextlib.asynccontextmanager
async def browse(machine: Machine, url: str, profile: Path) -> AsyncIterator[Page]:
    """Start the browser in a host with an empty profile, and open a page."""
    process = await machine.popen(*_command(profile), **_options(profile))
    # The port is on the host's own loopback; our socket is made there, too.
    async with _driven(process, machine.host.run) as browser:
        yield await browser.open(url)


@contextlib.asynccontextmanager
async def browse_here(profile: Path, *flags: str) -> AsyncIterator[Browser]:
    """Start the browser on this machine with an empty profile; its peer connections use the loopback."""
    here = ("--allow-loopback-in-peer-connection", *flags)
    command = _command(profile, *here)
    process = await asyncio.create_subprocess_exec(*command, **_options(profile))
    async with _driven(process, lambda connecting: connecting) as browser:
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
    return [program, *FLAGS, *flags, f"--user-data-dir={profile}"]


def _options(profile: Path) -> dict[str, Any]:
    return {
        "stdout": asyncio.subprocess.DEVNULL,
        "stderr": asyncio.subprocess.PIPE,
        "start_new_session": True,
        "env": {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(profile)},
    }


@contextlib.asynccontextmanager
async def _driven(
    process: asyncio.subprocess.Process, there: Callable[[Any], Awaitable[Any]]
) -> AsyncIterator[Browser]:
    """Connect to a browser that was started, and end it."""
    try:
        assert process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            where = ""
            while not where.startswith("DevTools listening on "):
                line = await process.stderr.readline()
                assert line, "the browser has ended"
                where = line.decode()
            where = where.split()[-1]
            connection = await there(websockets.connect(where, proxy=None, max_size=None))
        async with connection:
            yield Browser(connection)
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # its children hold the pipe, too
        await process.wait()
