"""What the browsers that tests drive have in common: questions with a limit, pages, and what those complain about."""

import abc
import asyncio
import contextlib
import itertools
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import websockets

#: Seconds for any answer of a browser, also where many others run.
PATIENCE = 90.0
_LONGEST = 400  # characters of a question that an error quotes


class BrowserError(AssertionError):
    """A browser has refused something, has not answered in time, or is gone."""


class Wire:
    """Numbered questions over a websocket, each of which is answered, refused or given up within its limit."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self._open: dict[int, tuple[str, asyncio.Future[Any]]] = {}
        self._fallen: dict[str, str] = {}
        #: Events go there.
        self.heard: Callable[[dict[str, Any]], None] = lambda _event: None

    async def ask(
        self,
        message: Mapping[str, Any],
        *,
        of: str = "",
        seconds: float = PATIENCE,
        seen: Callable[[], Any] = str,
    ) -> Any:
        """Send a question to a page, or to the browser; `seen` is what an error tells besides."""
        asked = json.dumps(message)[:_LONGEST]
        self._stand(of, asked)
        number = next(self._numbers)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._open[number] = (of, answer)
        try:
            async with asyncio.timeout(seconds):
                await self._connection.send(json.dumps({"id": number, **message}))
                return await answer
        except TimeoutError:
            told = f"no answer within {seconds:g} s to {asked}; {seen()}"
            raise BrowserError(told) from None
        except websockets.ConnectionClosed:
            raise BrowserError(f"the browser is gone, asked for {asked}; {seen()}") from None
        except BrowserError as error:
            raise BrowserError(f"{error}, asked for {asked}; {seen()}") from None
        finally:
            del self._open[number]

    def fall(self, of: str, why: str) -> None:
        """A page has crashed, or with "" all of them: nothing more is asked of it, and what was is answered."""
        self._fallen[of] = why
        for whose, answer in self._open.values():
            if not answer.done() and of in {"", whose}:
                answer.set_exception(BrowserError(why))

    async def listen(self) -> None:
        """Hand on what comes, until nothing does."""
        with contextlib.suppress(websockets.ConnectionClosed):
            async for frame in self._connection:
                self._take(json.loads(frame))
        self.fall("", "the browser is gone")

    def _take(self, message: dict[str, Any]) -> None:
        if "id" not in message:
            self.heard(message)
            return
        _, answer = self._open.get(message["id"], ("", None))
        if answer is None or answer.done():
            return
        if "error" in message:
            answer.set_exception(BrowserError(f"the browser refused: {json.dumps(message)}"))
        else:
            answer.set_result(message["result"])

    def _stand(self, of: str, asked: str) -> None:
        if why := self._fallen.get("") or self._fallen.get(of):
            raise BrowserError(f"{why}, before it was asked for {asked}")


class Page(abc.ABC):
    """A page of a browser."""

    def __init__(self) -> None:
        #: Errors and warnings in its console, violations of its policy among them.
        self.complaints: list[str] = []

    @abc.abstractmethod
    async def evaluate(self, expression: str, seconds: float = PATIENCE) -> Any:
        """Evaluate JavaScript, and what it promises; an element is an empty dict."""

    async def call(self, function: str, *arguments: Any) -> Any:
        """Call a function of the page."""
        return await self.evaluate(f"{function}({', '.join(map(json.dumps, arguments))})")

    @abc.abstractmethod
    async def go(self, url: str) -> None:
        """Begin to load another document."""

    @abc.abstractmethod
    async def prepare(self, script: str) -> None:
        """Let a script run at the start of each document that is loaded from now on."""

    @abc.abstractmethod
    async def resize(self, width: int, height: int, *, phone: bool = False) -> None:
        """Give it the size of another window, or of a phone."""

    @abc.abstractmethod
    async def click(self, x: float, y: float) -> None:
        """Click at a place in the window."""

    @abc.abstractmethod
    async def tap(self, key: str) -> None:
        """Press a key and let go of it."""

    @abc.abstractmethod
    async def hold(self, key: str, *, up: bool = False) -> None:
        """Press a key and hold it, or let go of it."""

    @abc.abstractmethod
    async def write(self, text: str) -> None:
        """Write into what has the focus."""

    @abc.abstractmethod
    async def picture(self) -> bytes:
        """What is seen of it, as PNG."""


class Browser(abc.ABC):
    """A browser, which opens pages."""

    @abc.abstractmethod
    async def open(self, url: str) -> Page:
        """Open a page in a tab of its own."""


async def until(page: Page, expression: str, seconds: float = PATIENCE) -> Any:
    """Wait for something that a page is to come to; an element comes as an empty dict, and counts."""
    try:
        async with asyncio.timeout(seconds):
            while (value := await page.evaluate(expression)) in (None, False, "", 0):
                await asyncio.sleep(0.05)
    except TimeoutError:
        seen = await page.evaluate("document.body.innerText")
        raise AssertionError(f"{expression} never came; {seen!r} {page.complaints}") from None
    return value


async def press(page: Page, button: str) -> None:
    """Click where it is, as a person does."""
    find = f"document.querySelector({json.dumps(button)})"
    spot = await page.evaluate(
        f"""(({{x, y, width, height}}) => [x + width / 2, y + height / 2])
        (({find}.scrollIntoView({{ block: 'nearest' }}), {find}.getBoundingClientRect()))"""
    )
    await page.click(*spot)


async def type_into(page: Page, field: str, text: str) -> None:
    """Write where somebody would."""
    await page.evaluate(f"document.querySelector({json.dumps(field)}).focus(), 0")
    await page.write(text)


@contextlib.asynccontextmanager
async def wired(connection: websockets.ClientConnection) -> AsyncIterator[Wire]:
    """Listen as long as it is driven."""
    wire = Wire(connection)
    listening = asyncio.create_task(wire.listen())
    try:
        yield wire
    finally:
        listening.cancel()
        await asyncio.wait({listening}, timeout=PATIENCE)


#: Puts an end to a browser with whoever started it, were that killed by force.
DYING_TOGETHER = ("setpriv", "--pdeathsig", "KILL")


def environment(profile: Path) -> dict[str, Any]:
    """How a browser's process is made: in a group of its own, with a home of its own."""
    return {
        "stdout": asyncio.subprocess.DEVNULL,
        "stderr": asyncio.subprocess.PIPE,
        "start_new_session": True,
        "env": {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(profile)},
    }


@contextlib.asynccontextmanager
async def announced(process: asyncio.subprocess.Process, words: str) -> AsyncIterator[str]:
    """Where a browser that was started says that it listens, behind these words; it is ended with its children."""
    draining: asyncio.Task[None] | None = None
    try:
        where = await _announcement(process, words)
        draining = asyncio.create_task(_drain(process))
        yield where
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its children hold the pipe, too
        if draining is not None:
            draining.cancel()
        async with asyncio.timeout(PATIENCE):
            await process.wait()


async def _announcement(process: asyncio.subprocess.Process, words: str) -> str:
    assert process.stderr is not None
    said: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE):
            while line := (await process.stderr.readline()).decode(errors="replace"):
                if line.startswith(words):
                    return line.removeprefix(words).strip()
                said.append(line)
    except TimeoutError:
        raise BrowserError(f"the browser did not start in {PATIENCE:g} s: {said[-20:]}") from None
    raise BrowserError(f"the browser has ended: {said[-20:]}")


async def _drain(process: asyncio.subprocess.Process) -> None:
    """Nobody reads its error output, which would fill the pipe and halt the browser."""
    assert process.stderr is not None
    while await process.stderr.read(65536):
        pass
