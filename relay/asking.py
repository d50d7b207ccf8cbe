"""The tasks that ask a hook for users, and what becomes of them when the relay closes."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from relay.errors import HookError
from relay.outputs import AskForUser, HookFailed
from relay.settings import Settings
from relay.users import Answer, NoUser, User, UserHook

FAREWELL = 1.0
"""Seconds that tasks have to end once they are cancelled."""


class ClosableHook(UserHook, Protocol):
    """A hook of the relay's own, with connections."""

    async def close(self) -> None:
        """Close them."""


class Asking:
    """Asks the hook that the settings name, or makes the one they describe.

    Args:
        settings: the relay's.
        receive: takes each answer, with the number it belongs to.
        tell: is told why a hook could not say, and the time.
    """

    def __init__(
        self,
        settings: Settings,
        receive: Callable[[int, Answer], None],
        tell: Callable[[HookFailed, float], None],
    ) -> None:
        self._receive = receive
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._asked: dict[int, asyncio.Task[Answer]] = {}
        self._farewells: set[asyncio.Task[None]] = set()
        self._begin(settings)

    def change(self, settings: Settings) -> None:
        """Ask another hook from now on, if the settings name another; who asked the old one asks in vain."""
        if self._differs(settings):
            self._end()
            self._begin(settings)

    def ask(self, wanted: AskForUser) -> None:
        """Ask for a user; the answer comes to `receive`, which also hears that a hook could not say.

        A hook that does not end when it is cancelled is not asked any more once too many of its tasks hang.
        """
        if self._hook is not None and len(self._asked) < self._settings.hook_limits.parked * 2:
            task = self._loop.create_task(self._find(self._hook, wanted.username))
            self._asked[wanted.number] = task
            task.add_done_callback(partial(self._answered, wanted.number))

    def stop(self, number: int) -> None:
        """Stop asking: nobody waits for it any more."""
        task = self._asked.get(number)
        if task is not None:
            task.cancel()

    def close(self) -> None:
        """Stop asking for anything, and close what is open."""
        self._receive = _ignore
        self._end()

    async def closed(self) -> None:
        """Wait until everything is closed, but not for long."""
        if self._farewells:
            await asyncio.wait(self._farewells, timeout=2 * FAREWELL)

    def _begin(self, settings: Settings) -> None:
        self._settings = settings
        self._webhook = _make_webhook(settings)
        self._hook: UserHook | None = self._webhook or settings.user_hook

    def _end(self) -> None:
        asked, webhook = tuple(self._asked.values()), self._webhook
        self._hook = self._webhook = None
        for task in asked:
            task.cancel()
        if asked or webhook is not None:
            farewell = self._loop.create_task(_bid_farewell(asked, webhook))
            self._farewells.add(farewell)
            farewell.add_done_callback(self._farewells.discard)

    def _differs(self, settings: Settings) -> bool:
        old = self._settings
        return (
            settings.user_hook is not old.user_hook
            or settings.webhook != old.webhook
            or settings.hook_limits != old.hook_limits
        )

    async def _find(self, hook: UserHook, username: str) -> Answer:
        try:
            found: object = await hook.find(username, self._settings.realm)
            if found is None:
                return NoUser.UNKNOWN
            if isinstance(found, User):
                return found
            problem = f"expected a User or None, got {type(found).__name__}"
        except HookError as error:
            problem = str(error)
        except Exception as error:  # noqa: BLE001 - it is the embedder's; its text may hold a secret
            problem = type(error).__name__
        self._tell(HookFailed(problem), self._loop.time())
        return NoUser.UNAVAILABLE

    def _answered(self, number: int, task: asyncio.Task[Answer]) -> None:
        del self._asked[number]
        self._receive(number, NoUser.UNAVAILABLE if task.cancelled() else task.result())


async def _bid_farewell(
    cancelled: tuple[asyncio.Task[Any], ...], webhook: ClosableHook | None
) -> None:
    if cancelled:
        await asyncio.wait(cancelled, timeout=FAREWELL)
    if webhook is not None:
        await webhook.close()


def _make_webhook(settings: Settings) -> ClosableHook | None:
    if settings.webhook is None:
        return None
    from relay.webhook import Webhook  # noqa: PLC0415 - a relay without one loads no HTTP client

    return Webhook(settings.webhook, timeout=settings.hook_limits.timeout)


def _ignore(number: int, answer: Answer) -> None:
    """Take an answer when nobody is there any more."""
