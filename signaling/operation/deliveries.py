"""Tells webhooks what happens: one task for each endpoint, so that a slow one holds up no other."""

import asyncio
import logging
import random
import secrets
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol, Self

from operating.posting import Answer, NoAnswerError, Poster
from signaling.journal import Noted
from signaling.operation.endpoints import Endpoint
from signaling.operation.outbox import Message, Outbox
from signaling.signatures import signature_headers
from signaling.wallclock import unix_now

DRAIN_WITHIN = 5.0
"""Seconds that what still waits may take at the end."""
LONGEST_ANSWER = 4096

_logger = logging.getLogger("signaling.webhooks")


class Posts(Protocol):
    """What posts a body."""

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Post it, and give the answer."""

    async def close(self) -> None:
        """Post no more."""


class Deliveries:
    """Takes what the core notes, and tells it, as long as the context lasts. Made inside a running event loop.

    Args:
        endpoints: Who is told.
        node: The name of this node.
        poster: Posts; one of its own if it is left out.
        unix_clock: Gives seconds since 1970.
        drain_within: Seconds that what still waits may take at the end.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        node: str,
        *,
        poster: Posts | None = None,
        unix_clock: Callable[[], float] = unix_now,
        drain_within: float = DRAIN_WITHIN,
    ) -> None:
        self._node = node
        self._unix_clock = unix_clock
        self._drain_within = drain_within
        deadline = max((one.deadline for one in endpoints), default=1.0)
        self._poster = poster or Poster(
            [one.url for one in endpoints],
            deadline=deadline,
            longest=LONGEST_ANSWER,
            agent="hairpin-signaling",
        )
        self._loop = asyncio.get_running_loop()
        jitter = random.Random()
        self._outboxes = [Outbox(one, make_id=_make_id, jitter=jitter) for one in endpoints]
        self._news = [asyncio.Event() for _ in endpoints]
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def outboxes(self) -> Sequence[Outbox]:
        """What waits for each endpoint, and what was told and lost."""
        return self._outboxes

    async def __aenter__(self) -> Self:
        self._tasks = [
            self._loop.create_task(self._serve(outbox, news))
            for outbox, news in zip(self._outboxes, self._news, strict=True)
        ]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing = True
        for outbox, news in zip(self._outboxes, self._news, strict=True):
            outbox.hurry()
            news.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=self._drain_within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._poster.close()
        left = sum(map(len, self._outboxes))
        if left:
            _logger.warning("webhooks: %d messages were not delivered before the end", left)

    def note(self, noted: Noted) -> None:
        """Take what happened; it is told as soon as its turn comes."""
        unix_now, now = self._unix_clock(), self._loop.time()
        for outbox, news in zip(self._outboxes, self._news, strict=True):
            outbox.add(noted, self._node, unix_now, now)
            news.set()

    async def _serve(self, outbox: Outbox, news: asyncio.Event) -> None:
        while True:
            deadline = outbox.next_deadline()
            if deadline is None:
                if self._closing:
                    return
                news.clear()
                await news.wait()
            elif (pause := deadline - self._loop.time()) > 0.0:
                news.clear()
                await self._wait(news, pause, outbox)
            else:
                await self._post(outbox)

    async def _wait(self, news: asyncio.Event, pause: float, outbox: Outbox) -> None:
        """Wait for the next attempt, or for the end."""
        until = self._loop.time() + pause
        while not self._closing and (left := until - self._loop.time()) > 0.0:
            news.clear()
            try:
                async with asyncio.timeout(left):
                    await news.wait()
            except TimeoutError:
                return
        if self._closing:
            outbox.hurry()

    async def _post(self, outbox: Outbox) -> None:
        message, body = outbox.first()
        endpoint = outbox.endpoint
        status: int | None = None
        why = "not in time"
        headers = signature_headers(body, endpoint.keys, message.id, self._unix_clock())
        try:
            async with asyncio.timeout(endpoint.deadline):
                status = (await self._poster.post(endpoint.url, body, headers)).status
                why = f"status {status}"
        except (TimeoutError, NoAnswerError) as error:
            why = str(error) or why
        lost = outbox.lost
        outbox.receive_answer(message, status, self._loop.time())
        self._tell(outbox, message, why, lost)
        if self._closing and outbox.next_deadline() not in (None, 0.0):
            await asyncio.sleep(0.1)  # the pauses are short now
            outbox.hurry()

    def _tell(self, outbox: Outbox, message: Message, why: str, lost_before: int) -> None:
        """Log what went wrong, and nothing of what was told."""
        if outbox.is_gone:
            _logger.warning("webhooks: %s wants no more (status 410)", outbox.endpoint.url)
        elif outbox.lost > lost_before:
            lost = outbox.lost - lost_before
            _logger.warning("webhooks: %d messages given up for %s", lost, outbox.endpoint.url)
        elif len(outbox) and outbox.first()[0] is message:
            _logger.info("webhooks: %s: %s, it is tried again", outbox.endpoint.url, why)


def _make_id() -> str:
    return f"msg_{secrets.token_hex(12)}"
