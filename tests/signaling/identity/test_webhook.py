"""The webhook that is asked who may join, on a server of our own."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from signaling.codes import ErrorCode
from signaling.faults import SettingsError
from signaling.gate import (
    ANONYMOUS,
    Admit,
    Admitted,
    Authenticate,
    Authenticated,
    Barred,
    Conditions,
    KeyKeeper,
)
from signaling.identity.webhook import LONGEST_ANSWER, WebhookGate, WebhookSettings
from signaling.messages import IceServer
from signaling.signatures import signature_headers
from tests.relay.webserver import Asked, WebServer, http, web_server

JOIN = Admit("sid", "r", "alice", "the key", {"name": "Alice"}, "alice@example.org")
SECRET = "hunter2hunter2hunter2hunter2"


class Asking:
    """A gate, what it is asked, and what it answered."""

    def __init__(self, gate: WebhookGate, web: WebServer) -> None:
        self.gate = gate
        self.web = web
        self._reports: asyncio.Queue = asyncio.Queue()
        gate.listen(self._reports.put_nowait)

    async def ask(self, order: Admit = JOIN):
        assert self.gate.carry(order) == []
        async with asyncio.timeout(10):
            return await self._reports.get()


@asynccontextmanager
async def asking(answer: bytes | None, **settings: object) -> AsyncIterator[Asking]:
    async def say(asked: Asked, writer: asyncio.StreamWriter) -> bytes | None:
        return answer

    async with (
        web_server(say) as web,
        WebhookGate(WebhookSettings(web.url, **settings), unix_clock=lambda: 1000.0) as gate,
    ):
        yield Asking(gate, web)


def says(answer: object) -> bytes:
    return http(200, json.dumps(answer).encode())


async def test_it_is_asked_in_ayames_words_over_one_connection_and_says_what_holds():
    answer = {
        "allowed": True,
        "iceServers": [
            {"urls": ["turn:t"], "username": "u", "credential": "c"},
            {"urls": "stun:s"},
        ],
        "authzMetadata": {"badge": "gold"},
    }
    async with asking(says(answer)) as world:
        for _ in range(2):
            assert await world.ask() == Admitted(
                "sid",
                "r",
                (IceServer(("turn:t",), "u", "c"), IceServer(("stun:s",))),
                {"badge": "gold"},
                Conditions(key=KeyKeeper.GATE),
            )
        assert json.loads(world.web.asked[0].body) == {
            "roomId": "r",
            "clientId": "alice",
            "connectionId": "sid",
            "signalingKey": "the key",
            "authnMetadata": {"name": "Alice"},
            "subject": "alice@example.org",
        }
        assert world.web.connections == 1


async def test_what_is_not_known_is_left_out_and_unsigned_as_ayame_has_it():
    async with asking(says({"allowed": True})) as world:
        report = await world.ask(Admit("sid", "r", "alice", None, {}, ""))
        assert report == Admitted("sid", "r", conditions=Conditions(key=KeyKeeper.GATE))
        (asked,) = world.web.asked
        assert json.loads(asked.body).keys() == {"roomId", "clientId", "connectionId"}
        assert "webhook-signature" not in asked.headers


async def test_with_a_secret_it_is_signed():
    async with asking(says({"allowed": True}), secret=SECRET) as world:
        await world.ask()
        (asked,) = world.web.asked
        expected = signature_headers(
            asked.body, (SECRET.encode(),), asked.headers["webhook-id"], 1000.0
        )
        assert expected.items() <= asked.headers.items()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"allowed": False, "reason": "not on the list\x1b[31m"}, "not on the list[31m"),
        ({"allowed": False}, "the webhook does not let it in"),
        ({"allowed": False, "reason": "x" * 999}, "x" * 200),
    ],
)
async def test_a_no_is_403_with_its_reason_in_letters_a_terminal_does_not_obey(answer, reason):
    async with asking(says(answer)) as world:
        assert await world.ask() == Barred("sid", "r", ErrorCode.FORBIDDEN, reason)


@pytest.mark.parametrize(
    "answer",
    [
        http(500, b"{}"),
        http(302, b"", "Location: http://127.0.0.1:1/"),
        http(403, b'{"allowed": true}'),
        http(200, b""),
        http(200, b"yes"),
        http(200, b"[" * 9999),
        says({}),
        says({"allowed": "yes"}),
        says({"allowed": 1}),
        says({"allowed": True, "iceServers": [{}]}),
        says({"allowed": True, "authzMetadata": "gold"}),
        http(200, b'{"allowed": true, "x": "' + b"x" * LONGEST_ANSWER + b'"}'),
    ],
    ids=range(12),
)
async def test_an_answer_that_is_none_is_500_and_lets_nobody_in(answer, caplog):
    async with asking(answer) as world:
        report = await world.ask()
    assert isinstance(report, Barred)
    assert report.code is ErrorCode.INTERNAL
    assert report.retry_after is None
    assert "webhook:" in caplog.text
    assert "the key" not in caplog.text


async def test_one_that_hangs_up_is_503_and_may_be_asked_again():
    async with asking(None) as world:
        report = await world.ask()
    assert (report.code, report.retry_after) == (ErrorCode.UNAVAILABLE, 2.0)


async def test_one_that_is_not_there_is_503():
    async with WebhookGate(WebhookSettings("http://127.0.0.1:1/")) as gate:
        reports: asyncio.Queue = asyncio.Queue()
        gate.listen(reports.put_nowait)
        assert gate.carry(JOIN) == []
        assert (await reports.get()).code is ErrorCode.UNAVAILABLE


async def test_one_that_thinks_for_too_long_is_503_and_so_is_one_too_many_at_once(caplog):
    caplog.set_level(logging.WARNING)

    async def think(asked: Asked, writer: asyncio.StreamWriter) -> bytes | None:
        await asyncio.Event().wait()
        return None

    async with web_server(think) as web:
        settings = WebhookSettings(web.url, deadline=0.05, waiting=1)
        async with WebhookGate(settings) as gate:
            reports: asyncio.Queue = asyncio.Queue()
            gate.listen(reports.put_nowait)
            assert gate.carry(JOIN) == []
            (at_once,) = gate.carry(JOIN)
            late = await reports.get()
    assert at_once == late
    assert late.code is ErrorCode.UNAVAILABLE


async def test_closing_waits_for_nobody():
    async def think(asked: Asked, writer: asyncio.StreamWriter) -> bytes | None:
        await asyncio.Event().wait()
        return None

    async with web_server(think) as web:
        gate = WebhookGate(WebhookSettings(web.url, deadline=60))
        assert gate.carry(JOIN) == []
        async with asyncio.timeout(20):
            await gate.close()


async def test_who_somebody_is_is_left_to_others():
    async with asking(None) as world:
        asked = Authenticate("c", "token", "alice", "192.0.2.1")
        assert world.gate.carry(asked) == [Authenticated("c", ANONYMOUS)]


def test_settings_that_cannot_be_meant_are_refused_and_the_secret_never_shows():
    with pytest.raises(SettingsError, match="expected https://"):
        WebhookSettings("example.org")
    with pytest.raises(SettingsError, match="24 to 64 bytes"):
        WebhookSettings("http://a/", "short")
    assert "hunter2" not in repr(WebhookSettings("http://a/", SECRET))
