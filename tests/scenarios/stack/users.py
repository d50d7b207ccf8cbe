"""People with the real client: they come, join rooms, talk, leave, and write down all they are told."""

import asyncio
import contextlib
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import signaling
from nat.simulator import Host
from signaling import SignalKind
from signaling.errors import RequestTimeoutError, SignalingError


class Stream(NamedTuple):
    """What one session of a sender says to one member during one stay in a room: numbered from 1."""

    sender: str
    sid: str
    stay: int
    room: str
    to: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A signal that came, when, and in which session of the receiver."""

    stream: Stream
    number: int
    session: int
    time: float
    took: float


@dataclass
class Told:
    """All that a user was told, for the oracle."""

    heard: list[Heard] = field(default_factory=list)
    newest: dict[Stream, int] = field(default_factory=dict)
    said: dict[Stream, list[float]] = field(default_factory=dict)
    undelivered: set[tuple[Stream, int]] = field(default_factory=set)
    entered: dict[str, list[float]] = field(default_factory=dict)
    left: dict[str, list[float]] = field(default_factory=dict)
    parted: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    begun: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def part(self, room: str, peer: str, now: float) -> None:
        """Another member has left, or has come anew."""
        self.parted.setdefault((room, peer), []).append(now)


class User:
    """One person and what it wants; `client` is None while it is away."""

    def __init__(self, name: str, host: Host, urls: list[str], choose: random.Random) -> None:
        self.name = name
        self.host = host
        self.urls = urls
        self.choose = choose
        self.wanted: list[str] = []
        self.pause = 1.0
        self.is_silent = False
        self.client: signaling.Client | None = None
        self.rosters: dict[str, dict[str, str]] = {}
        self.told = Told()
        self.log: list[tuple[float, str]] = []
        self._task: asyncio.Task[None] | None = None
        self._going = asyncio.Event()
        self._wake = asyncio.Event()
        self._stays: dict[str, tuple[str, int]] = {}
        self._revs: dict[str, int] = {}
        self._early: list[signaling.Event] = []
        self._stay = 0
        self._leaving: set[str] = set()

    # --- what the world has it do -----------------------------------------------------------------

    def come(self) -> None:
        """Connect, until told to go."""
        self._going = asyncio.Event()
        self._task = asyncio.create_task(self._live(), context=self.host.context())

    async def go(self) -> None:
        """Say goodbye."""
        self._going.set()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def die(self) -> None:
        """Vanish without a word, as a machine does that loses its power."""
        address, network = self.host.address, self.host.port.segment
        self.host.detach()
        self._going.set()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self.host.attach(network, address)

    def want(self, rooms: list[str]) -> None:
        """Be in these rooms, and in no other."""
        self.wanted = rooms
        self._wake.set()

    def reconnect(self) -> None:
        """Leave the connection for another."""
        if self.client is not None and not self._going.is_set():
            with self.host:
                self.client.reconnect()

    def say(self, room: str, to: str, padding: int = 0) -> None:
        """Say the next number to one member, if the client has room for it."""
        client, (sid, stay) = self.client, self._stays.get(room, ("", 0))
        if client is None or self._going.is_set():
            return
        if room not in client.rooms or client.welcome.sid != sid:
            return
        if not client._core.has_room(padding + 1000):
            return
        stream = Stream(self.name, sid, stay, room, to)
        now = asyncio.get_running_loop().time()
        said = self.told.said.setdefault(stream, [])
        said.append(now)
        data = [sid, stay, len(said), now, "x" * padding]
        mark = f"{sid}.{stay}.{len(said)}"
        saying = client.signal(room, to, SignalKind.CUSTOM, data, pc=mark)
        with self.host, contextlib.suppress(StopIteration):
            saying.send(None)
            raise AssertionError("a signal waits though there is room for it")

    def say_to_all(self) -> None:
        """Say the next number to everybody it sees."""
        for room, roster in self.rosters.items():
            for peer in roster:
                self.say(room, peer)

    async def wait_for_connection(self, seconds: float) -> None:
        """Wait until the client is connected."""
        deadline = self._now() + seconds
        while self.client is None or not self.client.is_connected:
            assert self._now() < deadline, f"{self.name} is not connected within {seconds:g} s"
            await asyncio.sleep(0.1)

    def raise_failure(self) -> None:
        """Raise what went wrong here, if anything did."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()

    @property
    def transport(self) -> asyncio.Transport | None:
        """What its client reads from at the moment."""
        connection = None if self.client is None else self.client._shell._connection
        return None if connection is None else connection.transport

    def last_said(self, room: str, to: str, before: float) -> tuple[Stream, int]:
        """What it says to a member now, and the number of the last signal until that time."""
        stream = Stream(self.name, *self._stays[room], room, to)
        said = self.told.said.get(stream, ())
        return stream, sum(time <= before for time in said[-3:]) + max(0, len(said) - 3)

    # --- its life -----------------------------------------------------------------------------------

    async def _live(self) -> None:
        while not self._going.is_set():
            self._forget()
            try:
                async with signaling.connect(self.urls, peer=self.name) as client:
                    self.client = client
                    self.told.begun.append(self._now())
                    self._note(f"welcome {client.welcome.sid} at {client.welcome.server.node}")
                    await self._stay_connected(client)
            except SignalingError as error:
                self._note(f"not connected: {error}")
            finally:
                self.client = None
                self._forget()
            if not self._going.is_set():
                await asyncio.sleep(self.choose.uniform(0.2, 1.0))

    async def _stay_connected(self, client: signaling.Client) -> None:
        works = [self._listen(client), self._keep_rooms(client), self._chat()]
        tasks = [asyncio.create_task(work) for work in works]
        going = asyncio.create_task(self._going.wait())
        try:
            await asyncio.wait([*tasks, going], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*tasks, going):
                task.cancel()
            await asyncio.wait([*tasks, going])
        for task in () if self._going.is_set() else tasks:
            if not task.cancelled():
                task.result()

    def _forget(self) -> None:
        now = self._now()
        for room in list(self.rosters):
            self._leave(room, now)
        self._early.clear()
        self._leaving.clear()

    async def _chat(self) -> None:
        while True:
            await asyncio.sleep(self.pause * self.choose.uniform(0.2, 1.0))
            if not self.is_silent:
                self.say_to_all()

    async def _keep_rooms(self, client: signaling.Client) -> None:
        """Enter what is wanted and leave what is not; try again when that fails.

        A leave that got no answer in time may happen later, so that we look until it has.
        """
        while True:
            self._wake.clear()
            if not await self._change_one_room(client):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1.0 if self._leaving else None):
                        await self._wake.wait()

    async def _change_one_room(self, client: signaling.Client) -> bool:
        for room in self._leaving.difference(client.rooms):
            self._leaving.discard(room)
            self._leave(room, self._now())
        for room in [*self.wanted, *client.rooms]:
            is_in, is_wanted = room in client.rooms, room in self.wanted
            if is_in == is_wanted:
                continue
            try:
                if is_wanted:
                    self._enter(room, await client.join(room))
                else:
                    await client.leave(room)
                    self._leave(room, self._now())
            except SignalingError as error:
                self._note(f"{'join' if is_wanted else 'leave'} {room}: {error}")
                if isinstance(error, RequestTimeoutError) and not is_wanted:
                    self._leaving.add(room)
                if self._failed(client):
                    raise
                await asyncio.sleep(self.choose.uniform(0.3, 1.0))
            return True
        return False

    @staticmethod
    def _failed(client: signaling.Client) -> bool:
        return client._shell.failure is not None

    # --- what it is told ----------------------------------------------------------------------------

    async def _listen(self, client: signaling.Client) -> None:
        async for event in client.events():
            self.told.counts[type(event).__name__] += 1
            self._hear(event, self._now())

    def _hear(self, event: signaling.Event, now: float) -> None:
        match event:
            case signaling.SignalReceived():
                self._hear_signal(event, now)
            case signaling.Undelivered(room=room, to=to, pc=mark):
                sid, stay, number = str(mark).split(".")
                self._note(f"undelivered {room} {to} {mark} {event.reason.value}")
                stream = Stream(self.name, sid, int(stay), room, to)
                self.told.undelivered.add((stream, int(number)))
            case signaling.Reconnected(resumed=False):
                self._note(f"started again at {self._node}, {event.dropped} dropped")
                self.told.begun.append(now)
                for room in list(self.rosters):
                    self._leave(room, now)
            case signaling.StartedAgain(room=room, joined=joined):
                self._enter(room, joined)
            case signaling.Removed(room=room) | signaling.NotRejoined(room=room):
                self._note(str(event))
                self._leave(room, now)
                self._wake.set()
            case signaling.Reconnected():
                self._note(f"resumed at {self._node}")
            case signaling.Disconnected() | signaling.ErrorReported():
                self._note(str(event))
            case signaling.Closed():
                self._note(str(event))
                assert self._going.is_set(), f"{self.name} was closed: {event}"
            case _:
                self._hear_of_member(event, now)

    def _hear_signal(self, event: signaling.SignalReceived, now: float) -> None:
        sid, stay, number, said, _padding = event.data
        stream = Stream(event.sender, sid, stay, event.room, self.name)
        self.told.newest[stream] = number
        self.told.heard.append(Heard(stream, number, len(self.told.begun), now, now - said))

    def _hear_of_member(self, event: signaling.Event, now: float) -> None:
        room, rev = getattr(event, "room", ""), getattr(event, "rev", 0)
        if room not in self.rosters:
            self._early.append(event)
            return
        if rev <= self._revs[room]:
            return
        match event:
            case signaling.PeerJoined(peer=peer):
                self._note(f"{room}: {peer} joins {rev}")
                self.told.part(room, peer, now)
                self.rosters[room][peer] = "here"
            case signaling.PeerLeft(peer=peer):
                self._note(f"{room}: {peer} leaves {rev} {event.reason.value}")
                self.told.part(room, peer, now)
                self.rosters[room].pop(peer, None)
            case signaling.PeerGone(peer=peer):
                self.rosters[room][peer] = "gone"
            case signaling.PeerBack(peer=peer):
                self.rosters[room][peer] = "here"
            case _:
                pass

    def _enter(self, room: str, joined: signaling.Joined) -> None:
        client, now = self.client, self._now()
        assert client is not None
        self._note(f"in {room} at {joined.rev}: {[peer.peer for peer in joined.peers]}")
        self._stay += 1
        self._stays[room] = (client.welcome.sid, self._stay)
        self._revs[room] = joined.rev
        self.rosters[room] = {peer.peer: peer.state.value for peer in joined.peers}
        self.told.entered.setdefault(room, []).append(now)
        for peer in joined.peers:
            self.told.part(room, peer.peer, now)
        early, self._early = self._early, []
        for event in early:
            self._hear_of_member(event, now)

    def _leave(self, room: str, now: float) -> None:
        if self.rosters.pop(room, None) is not None:
            self.told.left.setdefault(room, []).append(now)

    @property
    def _node(self) -> str:
        return "" if self.client is None else self.client.welcome.server.node

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    def _note(self, text: str) -> None:
        self.log.append((self._now(), text))
