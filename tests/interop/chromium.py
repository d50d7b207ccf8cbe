"""Chromium, driven through its DevTools protocol: it runs in a host of the TUN lab like anywhere else."""

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator
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

    def __init__(self, connection: websockets.ClientConnection, session: str) -> None:
        self._connection = connection
        self._session = session
        self._numbers = itertools.count(1)

    async def ask(self, method: str, **parameters: Any) -> Any:
        """Send a command of the DevTools protocol and wait for its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        await self._connection.send(json.dumps(message))
        while (answer := json.loads(await self._connection.recv())).get("id") != number:
            pass
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


@contextlib.asynccontextmanager
async def browse(machine: Machine, url: str, profile: Path) -> AsyncIterator[Page]:
    """Start the browser in a host with an empty profile, and open a page."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    assert program is not None, "tools/setup-tests installs Chromium"
    process = await machine.popen(
        program,
        *FLAGS,
        f"--user-data-dir={profile}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(profile)},
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            where = ""
            while not where.startswith("DevTools listening on "):
                line = await process.stderr.readline()
                assert line, "the browser has ended"
                where = line.decode()
            where = where.split()[-1]
            # The port is on the host's own loopback; our socket is made there, too.
            connection = await machine.host.run(
                websockets.connect(where, proxy=None, max_size=None)
            )
        async with connection:
            browser = Page(connection, "")
            target = await browser.ask("Target.createTarget", url="about:blank")
            attached = await browser.ask(
                "Target.attachToTarget", targetId=target["targetId"], flatten=True
            )
            page = Page(connection, attached["sessionId"])
            await page.ask("Page.enable")
            await page.ask("Page.navigate", url=url)
            yield page
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # its children hold the pipe, too
        await process.wait()
