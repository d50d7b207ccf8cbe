"""Rooms of up to eight, each behind a NAT of its own; they come and go while signaling dies."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

import nat
import signaling
from peer import AudioStreamTrack, Room, RoomFullError, RTCPeerConnection, SessionState, join
from peer.room import MAX_MEMBERS
from peer.roomhappenings import SessionAdded, SessionRemoved

KINDS = signaling.SignalKind
BEHAVIORS = [
    nat.FULL_CONE,
    nat.PORT_RESTRICTED_CONE,
    nat.SYMMETRIC,
    nat.RESTRICTED_CONE,
]


class Village:
    """Homes with a member each, and what each of them hears."""

    def __init__(self, world: Any, count: int) -> None:
        self.world = world
        self.hosts = []
        for number in range(count):
            home = world.simulation.nat(
                f"village-{number}",
                BEHAVIORS[number % len(BEHAVIORS)],
                external=f"203.0.113.{100 + number}",
            )
            world.simulation.link(home, latency=world.latency)
            self.hosts.append(home.host(f"m{number}"))
        self.rooms: dict[str, Room] = {}
        self.events: dict[str, list[Any]] = {}
        self.heard: dict[str, list[Any]] = {}
        self._stops: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[Any]] = {}

    async def enter(self, number: int) -> Room:
        name = f"m{number}"
        there = asyncio.Event()
        self._stops[name] = asyncio.Event()
        self.events[name], self.heard[name] = [], []

        async def live() -> None:
            async with AsyncExitStack() as stack:
                room = await stack.enter_async_context(join(self.world.url, "room", name=name))
                self.rooms[name] = room
                there.set()
                watching = asyncio.create_task(self._watch(name, room))
                await self._stops[name].wait()
            await watching

        with self.hosts[number]:
            self._tasks[name] = asyncio.create_task(live())
        waiting = asyncio.create_task(there.wait())
        await asyncio.wait([waiting, self._tasks[name]], return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            self._tasks[name].result()
        return self.rooms[name]

    async def _watch(self, name: str, room: Room) -> None:
        async with asyncio.TaskGroup() as group:
            async for event in room.events():
                self.events[name].append(event)
                if isinstance(event, SessionAdded):
                    group.create_task(self._listen(name, event.session))

    async def _listen(self, name: str, session: Any) -> None:
        try:
            channel = await session.connected()
        except Exception as error:  # noqa: BLE001 - it is what the test looks at
            self.heard[name].append((session.remote, error))
            return
        async for message in channel:
            self.heard[name].append((session.remote, message))

    async def leave(self, number: int) -> None:
        name = f"m{number}"
        self._stops[name].set()
        await self._tasks.pop(name)
        del self.rooms[name]

    async def leave_all(self) -> None:
        for name in list(self.rooms):
            await self.leave(int(name[1:]))

    async def until(self, condition: Callable[[], bool], seconds: float = 30.0) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.05)

    def all_connected(self) -> bool:
        return all(
            len(room.sessions) == len(self.rooms) - 1
            and all(s.state is SessionState.CONNECTED for s in room.sessions)
            for room in self.rooms.values()
        )

    async def everybody_hears_everybody(self, text: str) -> None:
        for name, room in self.rooms.items():
            assert await room.broadcast(f"{text} {name}") == len(self.rooms) - 1
        for name in self.rooms:
            wanted = {f"{text} {other}" for other in self.rooms if other != name}
            await self.until(lambda n=name, w=wanted: w <= {m for _, m in self.heard[n]})


def test_eight_members_behind_their_nats_come_and_go_while_signaling_restarts(
    make_world: Any,
) -> None:
    """And a ninth is told why it cannot be there, which disturbs nobody."""
    world = make_world()
    village = Village(world, MAX_MEMBERS + 1)

    async def main() -> None:
        for number in range(MAX_MEMBERS - 1):
            await village.enter(number)
        await village.until(village.all_connected)
        await village.everybody_hears_everybody("first")
        await world.kill_signaling()
        await village.leave(2)
        assert all(len(room.sessions) <= 6 for room in village.rooms.values())
        await village.until(village.all_connected)
        await asyncio.sleep(2)
        await world.start_signaling()
        await asyncio.sleep(8)
        await village.enter(7)
        await village.enter(2)
        await village.until(village.all_connected)
        with pytest.raises(RoomFullError, match="is full"):
            await village.enter(MAX_MEMBERS)
        await village.everybody_hears_everybody("second")
        del village.events["m8"]
        for name, events in village.events.items():
            removed = [e.session.remote for e in events if isinstance(e, SessionRemoved)]
            assert removed == ([] if name in {"m2", "m7"} else ["m2"]), name
        await village.leave_all()

    world.run(main())


def test_a_ninth_that_knows_no_bound_is_told_when_it_offers(make_world: Any) -> None:
    world = make_world()
    village = Village(world, 3)
    answers: list[Any] = []

    async def main() -> None:
        async with AsyncExitStack() as stack:
            with village.hosts[0]:
                room = Room(world.url, "room", village_configuration(), name="m0", limit=2)
                await room.enter()
            for name in ("x", "y", "z"):
                with village.hosts[1]:
                    client = await stack.enter_async_context(
                        signaling.connect(world.url, peer=name)
                    )
                    await client.join("room")
            await client.signal("room", "m0", signaling.SignalKind.OFFER, {"sdp": "v=0"}, pc="1")
            async for event in client.events():
                if isinstance(event, signaling.SignalReceived):
                    answers.append((event.kind, event.data))
                    break
            await room.close()

    world.run(main())
    ((kind, data),) = answers
    assert kind is signaling.SignalKind.BYE
    assert "the room is full" in data["reason"]


def village_configuration() -> Any:
    from peer import Configuration

    return Configuration()


def test_one_member_that_sends_nonsense_disturbs_no_other_session(make_world: Any) -> None:
    world = make_world()
    village = Village(world, 4)

    async def main() -> None:
        for number in range(3):
            await village.enter(number)
        with village.hosts[3]:
            context = signaling.connect(world.url, peer="vandal")
            client = await context.__aenter__()
            await client.join("room")
        for number in range(3):
            for kind in signaling.SignalKind:
                await client.signal("room", f"m{number}", kind, {"sdp": "v=0"}, pc="1")
        await village.until(
            lambda: all(
                any(who == "vandal" and isinstance(what, Exception) for who, what in heard)
                for heard in village.heard.values()
            )
        )
        await village.until(lambda: all(len(r.sessions) == 2 for r in village.rooms.values()))
        await village.until(village.all_connected)
        await village.everybody_hears_everybody("calm")
        with village.hosts[3]:
            await context.__aexit__(None, None, None)
        await village.leave_all()

    world.run(main())


def test_a_member_that_vanishes_is_given_up_and_known_as_new_when_it_starts_again(
    make_world: Any,
) -> None:
    world = make_world()
    village = Village(world, 3)

    async def main() -> None:
        for number in range(3):
            await village.enter(number)
        await village.until(village.all_connected)
        village.hosts[2].detach()
        await village.until(lambda: len(village.rooms["m0"].sessions) == 1, 90)
        removed = [e for e in village.events["m0"] if isinstance(e, SessionRemoved)]
        assert removed[0].end.kind.name == "LOST"
        await village.leave_all()

    world.run(main())


def test_a_browser_that_was_reloaded_gets_another_session(make_world: Any) -> None:
    """It says no instance, comes back under its name, and offers in another attempt; also after it has hung up."""
    world = make_world()
    village = Village(world, 2)

    async def main() -> None:
        await village.enter(0)
        events = village.events["m0"]

        def added() -> int:
            return sum(isinstance(event, SessionAdded) for event in events)

        with village.hosts[1]:
            context = signaling.connect(world.url, peer="browser")
            client = await context.__aenter__()
            await client.join("room")
        for attempt in ("first", "second", "third", "third"):

            async def offer(attempt: str = attempt) -> None:
                pc = RTCPeerConnection()
                pc.createDataChannel("page")
                pc.on("icecandidate", lambda _: None)
                await pc.setLocalDescription()
                description = {"type": "offer", "sdp": pc.localDescription.sdp}
                await client.signal("room", "m0", KINDS.OFFER, description, pc=attempt)
                await pc.close()

            await village.hosts[1].run(offer())
            await asyncio.sleep(2)
            (session,) = village.rooms["m0"].sessions
            assert session.attempt == attempt
            if attempt == "second":  # it hangs up, stays in the room, and thinks better of it
                bye = client.signal("room", "m0", KINDS.BYE, {"reason": "closed"}, pc=attempt)
                await village.hosts[1].run(bye)
                await village.until(lambda: not village.rooms["m0"].sessions)
        assert added() == 3
        ends = [event.end.reason for event in events if isinstance(event, SessionRemoved)]
        assert ["started anew" in end for end in ends] == [True, False]
        with village.hosts[1]:
            await context.__aexit__(None, None, None)
        await village.leave_all()

    world.run(main())


def test_a_track_reaches_those_who_are_there_and_those_who_come(make_world: Any) -> None:
    world = make_world()
    village = Village(world, 3)

    async def main() -> None:
        first = await village.enter(0)
        await village.enter(1)
        await village.until(village.all_connected)
        first.add_track(AudioStreamTrack())
        await village.enter(2)
        await village.until(village.all_connected)
        for name in ("m1", "m2"):
            (session,) = [s for s in village.rooms[name].sessions if s.remote == "m0"]
            async with asyncio.timeout(20):
                track = await anext(session.tracks())
                frame = await track.recv()
            assert frame.sample_rate == 48000 or frame.sample_rate == 8000
        await village.leave_all()

    world.run(main())


def test_members_are_told_of_each_other_and_what_is_added_to_a_session_is_in_its_first_offer(
    make_world: Any,
) -> None:
    world = make_world()
    village = Village(world, 2)
    made: list[Any] = []

    def equip(session: Any) -> None:
        made.append(session)
        session.add_track(AudioStreamTrack())

    async def late() -> None:
        async with join(world.url, "room", name="late", meta={"name": "Aoi"}, equip=equip) as room:
            await village.until(lambda: bool(village.rooms["m0"].sessions))
            assert made == list(room.sessions)
            assert made[0].offers
            (session,) = village.rooms["m0"].sessions
            assert session.remote_meta["name"] == "Aoi"
            await session.connected()
            assert "m=audio" in session.pc.remoteDescription.sdp

    async def main() -> None:
        await village.enter(0)
        await village.hosts[1].run(late())
        await village.leave_all()

    world.run(main())
