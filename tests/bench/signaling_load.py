"""The load: websocket clients in C (picows) in a process of their own, for each dialect that servers speak."""

import asyncio
import json
import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from typing import Any

import picows
import uvloop

_TEXT = picows.WSMsgType.TEXT
_OPENED_AT_ONCE = 50


class Dialect:
    """How members of rooms of two come in, and what they say; this one is ours."""

    caps: tuple[str, ...] = ()

    def url(self, url: str, name: str) -> str:
        """Where a member connects to."""
        return url

    def greetings(self, name: str, room: str) -> list[dict[str, Any]]:
        """What it says to come in; each is answered once."""
        hello: dict[str, Any] = {"t": "hello", "peer": name}
        if self.caps:
            hello["caps"] = self.caps
        return [hello, {"t": "join", "room": room}]

    def message(self, size: int, room: str, to: str) -> bytes:
        """What it says then."""
        head = f'{{"t":"signal","room":"{room}","to":"{to}","kind":"custom","data":"'
        return (head + "x" * (size - len(head) - 2) + '"}').encode()

    def is_message(self, frame: bytes) -> bool:
        """Whether this is what another member said."""
        return b'"signal"' in frame[:40]


class Resuming(Dialect):
    """Ours, with sessions that are kept: each message of theirs is acknowledged every 16."""

    caps = ("resume",)


class Echo(Dialect):
    """Everything comes back."""

    def greetings(self, name: str, room: str) -> list[dict[str, Any]]:
        """Nothing."""
        return []

    def is_message(self, frame: bytes) -> bool:
        """Everything is one."""
        return True


class PeerJs(Dialect):
    """What PeerServer speaks."""

    def url(self, url: str, name: str) -> str:
        """The name is in the address."""
        return f"{url}?key=peerjs&id={name}&token=t"

    def greetings(self, name: str, room: str) -> list[dict[str, Any]]:
        """Nothing, but it says OPEN by itself."""
        return []

    def message(self, size: int, room: str, to: str) -> bytes:
        """An offer."""
        head = f'{{"type":"OFFER","dst":"{to}","payload":"'
        return (head + "x" * (size - len(head) - 2) + '"}').encode()

    def is_message(self, frame: bytes) -> bool:
        """An offer."""
        return b'"OFFER"' in frame


DIALECTS: dict[str, Dialect] = {
    "ours": Dialect(),
    "resuming": Resuming(),
    "echo": Echo(),
    "peerjs": PeerJs(),
}


class Member(picows.WSListener):
    """One client."""

    def __init__(self, run: "Run") -> None:
        super().__init__()
        self.run = run
        self.transport: picows.WSTransport | None = None
        self.partner: Member = self
        self.text = b""
        self.answered = asyncio.get_running_loop().create_future()
        self.sent_at: list[float] = []
        self.since_ack = 0
        self.last = 0

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        run = self.run
        if not run.is_pumping:
            if not self.answered.done():
                self.answered.set_result(None)
            return
        if run.acks:
            self.acknowledge(frame.get_payload_as_bytes())
        run.heard(self)

    def acknowledge(self, frame: bytes) -> None:
        """Say every 16 messages how far they have come in."""
        self.since_ack += 1
        if self.since_ack >= 16:
            self.since_ack = 0
            seq = int(frame[frame.rindex(b":") + 1 : -1])
            self.say(b'{"t":"ack","ack":%d}' % seq)

    def say(self, text: bytes) -> None:
        assert self.transport is not None
        self.transport.send(_TEXT, text)

    async def ask(self, message: dict[str, Any]) -> None:
        self.answered = asyncio.get_running_loop().create_future()
        self.say(json.dumps(message, separators=(",", ":")).encode())
        await self.answered


class Run:
    """Members in pairs, and what they say to each other."""

    def __init__(self, url: str, dialect: str, connections: int) -> None:
        self.url = url
        self.dialect = DIALECTS[dialect]
        self.acks = dialect == "resuming"
        self.alone = dialect == "echo"
        self.connections = connections
        self.members: list[Member] = []
        self.prefix = f"m{os.getpid()}-"  # of sessions that are kept, the names are taken
        self.is_pumping = False
        self.left = 0
        self.delays: list[float] = []
        self.is_paced = False
        self.over = asyncio.get_running_loop().create_future()

    async def open(self) -> None:
        """Connect all members."""
        for first in range(0, self.connections, _OPENED_AT_ONCE):
            numbers = range(first, min(first + _OPENED_AT_ONCE, self.connections))
            self.members += await asyncio.gather(*(self.open_one(number) for number in numbers))
        if not self.alone:
            for at in range(0, len(self.members) - 1, 2):
                one, other = self.members[at], self.members[at + 1]
                one.partner, other.partner = other, one
        await asyncio.sleep(0.3)  # for news of who has joined

    async def open_one(self, number: int) -> Member:
        """Connect one, and have it enter its room."""
        name, room = f"{self.prefix}{number}", f"room-{number // 2}"
        member = await self.dial(name)
        for greeting in self.dialect.greetings(name, room):
            await member.ask(greeting)
        return member

    async def connect(self, name: str) -> Member:
        """Connect one that is in no room yet, and keep it."""
        member = await self.dial(name)
        await member.ask({"t": "hello", "peer": name})
        self.members.append(member)
        return member

    async def dial(self, name: str) -> Member:
        """Open a websocket."""
        _, member = await picows.ws_connect(
            lambda: Member(self),
            self.dialect.url(self.url, name),
            extra_headers={"Sec-WebSocket-Protocol": "hairpin.v1"},
            read_buffer_init_size=2048,
            websocket_handshake_timeout=30,
        )
        assert isinstance(member, Member)
        return member

    async def settle(self, rooms: int) -> None:
        """Open rooms, eight to a member, and one with 15 members, beside a newcomer."""
        for first in range(0, rooms, 8):
            owner = await self.connect(f"owner-{first}")
            for number in range(first, min(first + 8, rooms)):
                await owner.ask({"t": "join", "room": f"other-{number}"})
        for number in range(16):
            resident = await self.connect(f"resident-{number}")
            if number < 15:
                await resident.ask({"t": "join", "room": "room"})
        await asyncio.sleep(0.3)

    async def churn(self, joins: int) -> None:
        """Have the newcomer join and leave."""
        newcomer = self.members[-1]
        for _ in range(joins):
            await newcomer.ask({"t": "join", "room": "room"})
            await newcomer.ask({"t": "leave", "id": 1, "room": "room"})

    def prepare(self, size: int) -> None:
        """Make what each will say."""
        for number, member in enumerate(self.members):
            to = f"{self.prefix}{number ^ 1}"
            member.text = self.dialect.message(size, f"room-{number // 2}", to)
        self.is_pumping = True
        self.over = asyncio.get_running_loop().create_future()

    async def pump(self, size: int, messages: int, window: int) -> int:
        """Keep `window` messages of each member on the way; give how many arrived."""
        self.prepare(size)
        self.left = messages
        for member in self.members:
            for _ in range(window):
                member.say(member.text)
        await self.over
        return messages

    async def pace(self, size: int, messages: int, rate: float) -> list[float]:
        """Send so many a second, each member in turn; give how long each was on the way."""
        self.prepare(size)
        self.left, self.is_paced, self.delays = messages, True, []
        loop = asyncio.get_running_loop()
        started, sent = loop.time(), 0
        while sent < messages:
            due = min(messages, int((loop.time() - started) * rate) + 1)
            for number in range(sent, due):
                member = self.members[number % len(self.members)]
                member.partner.sent_at.append(time.perf_counter())
                member.say(member.text)
            sent = due
            await asyncio.sleep(0.0005)
        async with asyncio.timeout(10):
            await self.over
        return sorted(self.delays)

    def heard(self, member: Member) -> None:
        """Hear that a message has arrived."""
        self.left -= 1
        if self.is_paced:
            self.delays.append(time.perf_counter() - member.sent_at.pop(0))
        elif self.left >= 0:
            member.say(member.text)
        if self.left <= 0 and not self.over.done():
            self.over.set_result(None)


async def _serve(pipe: Pipe) -> None:
    """Do what the bench asks for: ("open", …), ("pump", …), ("pace", …)."""
    run: Run | None = None
    while True:
        what, *arguments = await asyncio.to_thread(pipe.recv)
        if what == "end":
            return
        if what == "open":
            run = Run(*arguments)
            pipe.send(await run.open())
        elif run is not None:
            pipe.send(await getattr(run, what)(*arguments))


def _main(pipe: Pipe) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(pipe))


class Load:
    """The load's process, as the bench sees it."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def ask(self, what: str, *arguments: object) -> Any:
        """Have something done, and wait until it is."""
        self._pipe.send((what, *arguments))
        return self._pipe.recv()


@contextmanager
def load(url: str, dialect: str, connections: int) -> Iterator[Load]:
    """So many connections, open and in their rooms."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_main, args=(theirs,))
    process.start()
    theirs.close()
    try:
        made = Load(ours)
        made.ask("open", url, dialect, connections)
        yield made
    finally:
        process.kill()
        process.join()
        ours.close()
