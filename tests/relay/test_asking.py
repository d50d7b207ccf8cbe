"""The tasks that ask a hook: what it says, raises or forgets, and how they end."""

import asyncio
import contextlib

import pytest

from relay import HookError, HookLimits, Password, Settings, User, WebhookSettings
from relay import asking as module
from relay.asking import Asking
from relay.outputs import AskForUser, HookFailed
from relay.users import NoUser
from stunwire import Address

CAROL = User(Password("sing"))
WEBHOOK = WebhookSettings("http://127.0.0.1:9/", "0123456789abcdef")
DEADLINE = 20.0


class Hook:
    """Says what the test puts in."""

    def __init__(self, says=None) -> None:
        self.says = says
        self.asked: list[tuple[str, str]] = []
        self.cancelled = 0
        self.closed = False

    async def find(self, username, realm):
        self.asked.append((username, realm))
        if isinstance(self.says, BaseException):
            raise self.says
        if self.says is ...:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled += 1
        return self.says

    async def close(self):
        self.closed = True


class Ear:
    """Takes answers and news."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, object]] = []
        self.news: list[str] = []

    def receive(self, number, answer) -> None:
        self.answers.append((number, answer))

    def tell(self, news, now) -> None:
        assert isinstance(news, HookFailed)
        self.news.append(news.problem)


def _settings(**changed) -> Settings:
    return Settings(listen=(Address("127.0.0.1", 0),), realm="lab", **changed)


@contextlib.asynccontextmanager
async def _asking(hook, **changed):
    ear = Ear()
    asking = Asking(_settings(user_hook=hook, **changed), ear.receive, ear.tell)
    try:
        yield asking, ear
    finally:
        asking.close()
        await asking.closed()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not others, "everything that was begun has ended"


async def _until(condition) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0)


@pytest.mark.parametrize(("says", "answer"), [(CAROL, CAROL), (None, NoUser.UNKNOWN)])
async def test_what_a_hook_says_comes_back_with_its_number(says, answer):
    hook = Hook(says)
    async with _asking(hook) as (asking, ear):
        asking.ask(AskForUser(7, "carol"))
        await _until(lambda: ear.answers)
        assert ear.answers == [(7, answer)]
        assert hook.asked == [("carol", "lab")]
        assert ear.news == []


@pytest.mark.parametrize(
    ("says", "problem"),
    [
        (HookError("the database is away"), "the database is away"),
        (ValueError("password of carol: sing"), "ValueError"),
        ("sing", "expected a User or None, got str"),
    ],
)
async def test_a_hook_that_fails_is_told_of_without_what_may_be_secret(says, problem):
    async with _asking(Hook(says)) as (asking, ear):
        asking.ask(AskForUser(7, "carol"))
        await _until(lambda: ear.answers)
        assert ear.answers == [(7, NoUser.UNAVAILABLE)]
        assert ear.news == [problem]


async def test_a_hook_that_cancels_itself_could_not_say():
    async with _asking(Hook(asyncio.CancelledError())) as (asking, ear):
        asking.ask(AskForUser(7, "carol"))
        await _until(lambda: ear.answers)
        assert ear.answers == [(7, NoUser.UNAVAILABLE)]


async def test_when_the_time_is_over_the_hook_is_cancelled():
    hook = Hook(...)
    async with _asking(hook) as (asking, _):
        asking.ask(AskForUser(7, "carol"))
        await _until(lambda: hook.asked)
        asking.stop(7)
        asking.stop(8)
        await _until(lambda: hook.cancelled)


async def test_closing_cancels_what_is_asked_and_nobody_hears_of_it():
    hook = Hook(...)
    async with _asking(hook) as (asking, ear):
        for number in range(3):
            asking.ask(AskForUser(number, "carol"))
        await _until(lambda: len(hook.asked) == 3)
    assert hook.cancelled == 3
    assert ear.answers == []


async def test_a_hook_that_does_not_end_holds_nobody_up_and_is_not_asked_without_end(monkeypatch):
    monkeypatch.setattr(module, "FAREWELL", 0.01)
    release = asyncio.Event()
    begun = 0

    class Stubborn:
        async def find(self, username, realm):
            nonlocal begun
            begun += 1
            while not release.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await release.wait()

    async with _asking(None) as (asking, _):
        asking.change(_settings(user_hook=Stubborn(), hook_limits=HookLimits(parked=2)))
        for number in range(10):
            asking.ask(AskForUser(number, "carol"))
            await asyncio.sleep(0)
            asking.stop(number)
        assert begun == 4
        asking.close()
        async with asyncio.timeout(DEADLINE):
            await asking.closed()
        release.set()
        await _until(lambda: len(asyncio.all_tasks()) == 1)


async def test_other_settings_bring_another_hook_and_who_asked_the_old_one_asks_in_vain():
    old, new = Hook(...), Hook(CAROL)
    async with _asking(old) as (asking, ear):
        asking.ask(AskForUser(1, "carol"))
        await _until(lambda: old.asked)
        asking.change(_settings(user_hook=old))
        assert not ear.answers
        asking.change(_settings(user_hook=new))
        asking.ask(AskForUser(2, "carol"))
        await _until(lambda: len(ear.answers) == 2)
        assert sorted(ear.answers) == [(1, NoUser.UNAVAILABLE), (2, CAROL)]
        asking.change(_settings())
        asking.ask(AskForUser(3, "carol"))
        await asyncio.sleep(0)
        assert len(new.asked) == 1


async def test_a_webhook_is_made_and_closed_when_the_settings_change_it(monkeypatch):
    made: list[Hook] = []

    def make(settings):
        if settings.webhook is None:
            return None
        made.append(Hook(CAROL))
        return made[-1]

    monkeypatch.setattr(module, "_make_webhook", make)
    async with _asking(None, webhook=WEBHOOK) as (asking, _):
        asking.change(_settings(webhook=WEBHOOK))
        assert len(made) == 1
        asking.change(_settings(webhook=WEBHOOK, hook_limits=HookLimits(timeout=1.0)))
        await _until(lambda: made[0].closed)
        assert not made[1].closed
    assert made[1].closed
