"""Who may come into the room of a match: its players, whoever shows their room token, and nobody else."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

import signaling
from signaling.codes import ErrorCode
from signaling.errors import RefusedError
from signaling.gate import (
    Admit,
    Admitted,
    Authenticate,
    Authenticated,
    Barred,
    Conditions,
    Gate,
    GateOrder,
    Identity,
    KeyKeeper,
    Unauthenticated,
)
from signaling.identity import StaticRooms, TokenGate, Unlisted
from signaling.matchgate import MatchGate
from signaling.matchmaking.matches import ROOM_PREFIX
from signaling.matchmaking.worker.worker import InlineWorker
from signaling.roomtokens import RoomGrant, RoomTokens
from signaling.settings import Settings

KEY = b"the same at all nodes"
TOKENS = RoomTokens(KEY)
ROOM = "mm-room"
GRANT = RoomGrant(ROOM, "alice", "m", "alice@example.org", 20)
TOKEN = TOKENS.write(GRANT, 1000.0)


class Behind:
    """A gate that never answers at once."""

    def __init__(self) -> None:
        self.asked: list[GateOrder] = []
        self.receive: Callable[[Any], None] | None = None

    def carry(self, order: GateOrder) -> list[Any]:
        self.asked.append(order)
        return []

    def listen(self, receive: Callable[[Any], None]) -> None:
        self.receive = receive


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def gate(behind: Behind) -> MatchGate:
    return MatchGate(behind, TOKENS, unix_clock=lambda: 1001.0)


def hello(token: str | None, peer: str | None = None) -> Authenticate:
    return Authenticate("c", token, peer, "192.0.2.1")


def join(key: str | None = None, *, peer: str = "alice", room: str = ROOM, **more: Any) -> Admit:
    return Admit("s", room, peer, key, {}, "", **more)


def test_what_is_not_about_matches_is_for_the_gate_behind(gate: MatchGate, behind: Behind) -> None:
    orders = [hello(None), hello("eyJ.e30.x"), join(TOKEN, room="lobby")]
    assert [gate.carry(order) for order in orders] == [[], [], []]
    assert behind.asked == orders
    gate.listen(print)
    assert behind.receive is print


@pytest.mark.parametrize("peer", [None, "alice"])
def test_a_room_token_is_an_identity_for_one_room(gate: MatchGate, peer: str | None) -> None:
    (report,) = gate.carry(hello(TOKEN, peer))
    assert report == Authenticated(
        "c",
        Identity("alice@example.org", "alice", rooms=(ROOM,), match_room=ROOM, match_players=20),
    )


@pytest.mark.parametrize("admit", [join(match=True), join(TOKEN), join("x", match=True)])
def test_a_player_is_let_in_whatever_the_gates_behind_say(
    gate: MatchGate, behind: Behind, admit: Admit
) -> None:
    assert gate.carry(admit) == [Admitted("s", ROOM, conditions=Conditions(key=KeyKeeper.GATE))]
    assert behind.asked == []


@pytest.mark.parametrize(
    ("admit", "code", "words"),
    [
        (join(), ErrorCode.FORBIDDEN, "for its players"),
        (join("open sesame"), ErrorCode.FORBIDDEN, "for its players"),
        (join(TOKEN, peer="bob"), ErrorCode.FORBIDDEN, "for 'alice', not for 'bob'"),
        (join(TOKEN, room="mm-other"), ErrorCode.FORBIDDEN, "another room than 'mm-other'"),
        (join(TOKEN[:-3]), ErrorCode.UNAUTHORIZED, "has been changed"),
        (join(TOKENS.write(GRANT, 1.0)), ErrorCode.EXPIRED, "has expired"),
    ],
)
def test_a_stranger_is_refused_in_words(
    gate: MatchGate, admit: Admit, code: ErrorCode, words: str
) -> None:
    (report,) = gate.carry(admit)
    assert isinstance(report, Barred)
    assert report.code is code
    assert words in report.reason
    assert TOKEN not in report.reason


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (hello(TOKEN, "bob"), ErrorCode.FORBIDDEN),
        (hello(TOKEN[:-3]), ErrorCode.UNAUTHORIZED),
        (hello(TOKENS.write(GRANT, 1.0)), ErrorCode.EXPIRED),
    ],
)
def test_a_token_that_is_good_for_nothing_opens_no_session(
    gate: MatchGate, asked: Authenticate, code: ErrorCode
) -> None:
    (report,) = gate.carry(asked)
    assert isinstance(report, Unauthenticated)
    assert report.code is code


# --- with servers ---------------------------------------------------------------------------------


@dataclass
class Played:
    """A match, its servers, and the players that are connected."""

    url: str
    beside: str
    alice: signaling.Client
    match: signaling.Match


@pytest.fixture(params=[None, "lists", "tokens"])
async def played(request: pytest.FixtureRequest) -> AsyncIterator[Played]:
    """Alice and Bob are matched; a second server knows the same key, and has a gate that lets nobody pass."""
    settings = Settings(resume_key=KEY)
    gates: dict[str | None, Gate | None] = {
        None: None,
        "lists": StaticRooms({}, unlisted=Unlisted.REFUSED),
        "tokens": TokenGate(lambda: ()),
    }
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        desk = signaling.MemoryDesk([signaling.Queue("duel")], make_worker=InlineWorker)
        server = await enter(signaling.serve(settings, desk=desk))
        beside = await enter(signaling.serve(settings, gate=gates[request.param]))
        alice = await enter(signaling.connect(server.url, peer="alice"))
        bob = await enter(signaling.connect(server.url, peer="bob"))
        tickets = [await each.enqueue("duel") for each in (alice, bob)]
        match, _ = await asyncio.gather(*(each.match() for each in tickets))
        yield Played(server.url, beside.url, alice, match)


async def test_another_connection_joins_with_the_token_and_no_stranger_at_any_node(
    played: Played, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    room, token = played.match.room, played.match.token
    assert token is not None
    assert room.startswith(ROOM_PREFIX)
    for url in (played.url, played.beside):
        async with signaling.connect(url, token=token) as game:
            joined = await game.join(room)
            assert (game.welcome.peer, joined.room) == ("alice", room)
            with pytest.raises(RefusedError, match="does not allow"):
                await game.join("lobby")
            with pytest.raises(RefusedError, match=r"its match alone|no queues"):
                await game.enqueue("duel")
    assert token not in caplog.text
    assert token not in repr(played.match.started)


async def test_who_knows_the_name_of_the_room_alone_is_refused(played: Played) -> None:
    async with signaling.connect(played.url, peer="alice") as stranger:
        with pytest.raises(RefusedError, match="the room of a match: for its players"):
            await stranger.join(played.match.room)
        await stranger.join(played.match.room, key=played.match.token)
    await played.match.join()
