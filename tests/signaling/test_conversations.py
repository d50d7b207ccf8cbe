"""Recorded conversations: every frame that passes is what the schemas allow, whoever speaks."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

import signaling
from signaling import Settings, serve
from signaling.gate import Admit, Admitted, Authenticated, GateOrder, GateReport, Identity
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.ledger.dealings import Enqueue, Order, Progress, Report
from signaling.matchmaking.memory.desk import MemoryDesk
from signaling.schema.jsonschema import Side, document
from signaling.settings import IceSettings, Limits
from tests.node.running import HERE, run
from tests.signaling.mutating import validator
from tests.signaling.recording import Recorder, record

FRAMES = {side: validator(side) for side in Side}
MESSAGES = {
    side: [
        validator(side, one["$ref"].split("/")[-1])
        for one in document(side)["$defs"]["Message"]["oneOf"]
    ]
    for side in Side
}
TURN = IceSettings(turn_urls=("turn:192.0.2.1:3478",), secret="s")


def check(recorder: Recorder) -> set[tuple[Side, str]]:
    """Check every frame, and say which types were among them."""
    heard = set()
    for side, frame in recorder.frames:
        assert isinstance(frame, str)
        value = json.loads(frame)
        FRAMES[side].validate(value)
        for message in value if isinstance(value, list) else [value]:
            assert sum(each.is_valid(message) for each in MESSAGES[side]) == 1, message
            heard.add((side, message["t"]))
    assert heard
    return heard


async def take(client: Any, kind: type) -> Any:
    async with asyncio.timeout(20):
        async for event in client.events():
            if isinstance(event, kind):
                return event
    raise AssertionError(f"no {kind.__name__} came")


async def two_python_clients(recorder: Recorder, server: signaling.Server) -> None:
    async with (
        signaling.connect(recorder.url, peer="alice", meta={"a": 1}) as alice,
        signaling.connect(recorder.url, peer="bob") as bob,
    ):
        await alice.join("r")
        await bob.join("r", meta={"b": [1, {"c": None}]})
        await bob.signal("r", "alice", signaling.SignalKind.OFFER, {"sdp": "v=0"}, pc="1", mid="m")
        assert (await take(alice, signaling.SignalReceived)).sender == "bob"
        await bob.signal("r", "nobody", signaling.SignalKind.CUSTOM)
        await take(bob, signaling.Undelivered)
        await bob.update("r", {"b": None, "d": "é"})
        await take(alice, signaling.PeerChanged)
        await alice.ice()
        await alice.ping()
        await bob.leave("r")
        await take(alice, signaling.PeerLeft)


async def the_browser_client(recorder: Recorder, server: signaling.Server) -> None:
    await run(HERE / "live.mjs", recorder.url)


async def one_who_is_refused(recorder: Recorder, server: signaling.Server, dial: Any) -> None:
    async with dial(recorder.url) as wire:
        await wire.ask("hello", caps=["resume"])
        await wire.ask("leave", room="nowhere")
        await wire.ask("join", id=4, room="r", meta={"a": "x" * 2000})
        for number in range(20):
            await wire.ask("join", id=number, room=f"r{number}")
        for _ in range(150):
            await wire.say("ping")
        for _ in range(150):
            await wire.hear()


async def one_who_does_not_say_hello(
    recorder: Recorder, server: signaling.Server, dial: Any
) -> None:
    async with dial(recorder.url) as wire:
        await wire.ask("ping")
        assert await wire.close_code() == 4400


async def one_who_is_sent_away(recorder: Recorder, server: signaling.Server, dial: Any) -> None:
    async with dial(recorder.url) as wire:
        await wire.ask("hello", caps=["resume"])
        closing = asyncio.create_task(server.close(notice=0.05))
        assert (await wire.hear())["t"] == "go_away"
        assert await wire.close_code() == 1012
        await closing


async def one_who_comes_late_and_is_resumed(
    recorder: Recorder, server: signaling.Server, dial: Any
) -> None:
    async with dial(recorder.url) as alice:
        await alice.ask("hello", peer="alice", caps=["resume"])
        await alice.ask("join", room="r")
        async with dial(recorder.url) as bob:
            welcome = await bob.ask("hello", peer="bob", caps=["resume"])
            await bob.ask("join", room="r")
            bob.websocket.transport.abort()
            while (await alice.hear())["t"] != "peer.gone":
                pass
        for number in range(20):
            await alice.say(
                "signal", room="r", to="bob", kind="custom", data=number, seq=number + 1
            )
        async with dial(recorder.url) as bob:
            back = await bob.ask("hello", resume={"token": welcome["resume"], "seq": 1})
            assert (back["resumed"], back["replay"]) == (True, 20)
            assert [(await bob.hear())["data"] for _ in range(20)] == list(range(20))
            while (await alice.hear())["t"] != "peer.back":
                pass


async def one_whose_token_expires(recorder: Recorder, server: signaling.Server, dial: Any) -> None:
    async with dial(recorder.url) as alice, dial(recorder.url) as bob:
        await alice.ask("hello", peer="alice", token="long")
        await alice.ask("join", room="r")
        await bob.ask("hello", peer="bob", token="long")
        await bob.ask("join", room="r")
        assert (await alice.hear())["t"] == "peer.join"
        await alice.say("auth", id=1, token="short")
        assert [(await alice.hear())["t"] for _ in range(2)] == ["ok", "expiring"]
        assert (await alice.hear())["name"] == "expired"
        assert await alice.close_code() == 4401
        assert [(await bob.hear())["t"] for _ in range(2)] == ["peer.leave", "peer.role"]


async def players_of_a_queue(recorder: Recorder, server: signaling.Server) -> None:
    async with (
        signaling.connect(recorder.url, peer="alice") as alice,
        signaling.connect(recorder.url, peer="bob") as bob,
    ):
        async with await bob.enqueue("duel", properties={"a": "b"}, rtt={"eu": 9}):
            pass  # which cancels it
        hers, his = await alice.enqueue("duel"), await bob.enqueue("duel")
        async for event in his:
            if isinstance(event, signaling.MatchFound):
                await his.decline()
        match = asyncio.create_task(hers.match())
        his = await bob.enqueue("duel", avoid=["mallory"], rating=1510)
        matches = list(await asyncio.gather(match, his.match()))
        matches.sort(key=lambda each: each.started.hosts)
        await matches[1].open([0, 0])
        await matches[0].quit("dinner")
        await matches[1].finish({"score": [7, 5]})
        assert (await matches[1].ended()).result == {"score": [7, 5]}


class Hasty(MemoryDesk):
    """A desk that tells at once how a ticket stands."""

    def carry(self, order: Order) -> list[Report]:
        reports = super().carry(order)
        if isinstance(order, Enqueue):
            (player,) = order.ticket.players
            ticket = order.ticket.id
            reports.append(Progress(player.sid, "duel", ticket, 1, 0.0, 1, 100.0, 1.0))
        return reports


class Watch:
    """A gate at which some tokens do not last long."""

    def carry(self, order: GateOrder) -> list[GateReport]:
        if isinstance(order, Admit):
            return [Admitted(order.sid, order.room)]
        life = 0.15 if order.token == "short" else None
        return [Authenticated(order.connection, Identity(order.peer or "", expires_in=life))]

    def listen(self, receive: Callable[[GateReport], None]) -> None:
        pass


SCENARIOS: dict[Callable[..., Any], str] = {
    two_python_clients: (
        "hello join signal state ice ping leave bye"
        " > welcome joined peer.join signal undelivered peer.state ok ice pong peer.leave"
    ),
    the_browser_client: (
        "hello join signal state ice ping leave lock kick stats ack bye"
        " > welcome joined peer.join peer.gone peer.back peer.state room.lock removed error ok"
    ),
    one_who_is_refused: "hello leave join ping > welcome error joined pong",
    one_who_does_not_say_hello: "ping > error",
    one_who_is_sent_away: "hello > welcome go_away",
    one_who_comes_late_and_is_resumed: (
        "hello join signal > welcome joined peer.join peer.gone peer.back signal ack"
    ),
    players_of_a_queue: (
        "mm.enqueue mm.cancel mm.accept mm.decline mm.open mm.quit mm.result"
        " > mm.queued mm.update mm.found mm.accepted mm.start mm.requeued mm.ended"
    ),
    one_whose_token_expires: "hello join auth > expiring ok error peer.leave peer.role",
}
"""What is played, and which messages are in it, by client and by server."""


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.__name__)
async def test_every_frame_is_valid_against_one_message_and_only_one(
    scenario: Callable[..., Any], dial: Any
) -> None:
    plain = scenario in {two_python_clients, the_browser_client, players_of_a_queue}
    ice = IceSettings() if scenario is the_browser_client else TURN
    settings = Settings(ice=ice, limits=Limits(joins=1e6, joins_burst=10**6))
    gate = Watch() if scenario is one_whose_token_expires else None
    desk = Hasty([Queue("duel", accept_within=5.0)])
    async with serve(settings, gate=gate, desk=desk) as server, record(server.url) as recorder:
        await scenario(recorder, server, *(() if plain else (dial,)))
    heard = check(recorder)
    for side, tags in zip(Side, SCENARIOS[scenario].split(" > "), strict=True):
        assert {(side, tag) for tag in tags.split()} <= heard


def test_the_conversations_have_every_message() -> None:
    known = [{str(kind.__struct_config__.tag) for kind in side.kinds} for side in Side]
    for played in SCENARIOS.values():
        for left, tags in zip(known, played.split(" > "), strict=True):
            left.difference_update(tags.split())
    assert known == [set(), set()]
