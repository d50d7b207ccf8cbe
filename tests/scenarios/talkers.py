"""Clients that talk all the time and come back whatever happens, and write down what they heard."""

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.protocol import State

from signaling import SUBPROTOCOL

ROOM = "room"
Said = tuple[str, int, int]
"""Who said it, in which of its sessions, and as what number to this receiver."""


@dataclass
class Session:
    """What a client saw of one of its sessions."""

    heard: list[Said] = field(default_factory=list)
    seq: int = 0


class Talker:
    """A client that numbers what it says, acknowledges what it hears, and takes up its session."""

    def __init__(self, name: str, urls: list[str], choose: random.Random) -> None:
        self.name = name
        self.urls = urls
        self.choose = choose
        self.sessions: list[Session] = []
        self.members: dict[str, str] = {}
        self.joined = False
        self.said: dict[tuple[int, str], int] = {}
        self.undelivered: set[tuple[str, int, int]] = set()
        self.resumed = 0
        self._socket: ClientConnection | None = None
        self._token: str | None = None
        self._number = 0
        self._unheard: dict[int, dict[str, Any]] = {}
        self._join_at = 0.0
        self.log: list[tuple[float, str]] = []

    async def run(self) -> None:
        """Connect, talk, and connect again, until cancelled."""
        failures = 0
        while True:
            try:
                url = self.choose.choice(self.urls)
                async with connect(
                    url,
                    subprotocols=[SUBPROTOCOL],
                    open_timeout=3,
                    close_timeout=1,
                    ping_interval=2,
                    ping_timeout=3,
                    compression=None,
                ) as socket:
                    failures = 0
                    await self._talk(socket)
            except (OSError, TimeoutError, ConnectionClosed, InvalidHandshake) as error:
                self._note(f"lost: {type(error).__name__} {error}")
            self._socket = None
            failures += 1
            await asyncio.sleep(min(3.0, 0.2 * failures) * self.choose.uniform(0.5, 1.0))

    def say_to_all(self) -> None:
        """Say the next number to everybody in the room."""
        session = len(self.sessions) - 1
        for peer in list(self.members) if self.joined else ():
            number = self.said.get((session, peer), 0) + 1
            self.said[session, peer] = number
            data = [self.name, session, number]
            mid = f"{session}.{number}.{peer}"
            signal = {"room": ROOM, "to": peer, "kind": "custom", "mid": mid, "data": data}
            self._say({"t": "signal"} | signal)

    async def _talk(self, socket: ClientConnection) -> None:
        hello: dict[str, Any] = {"t": "hello", "peer": self.name, "caps": ["resume"]}
        if self._token is not None:
            hello["resume"] = {"token": self._token, "seq": self.sessions[-1].seq}
        await socket.send(json.dumps(hello))
        async with asyncio.timeout(6.0):
            welcome = json.loads(await socket.recv())
        if welcome["t"] != "welcome":
            return
        self._welcome(socket, welcome)
        try:
            async for frame in socket:
                self._hear(json.loads(frame))
        finally:
            self._socket = None

    def _welcome(self, socket: ClientConnection, welcome: dict[str, Any]) -> None:
        self._note(f"welcome {welcome['sid']} {welcome['resumed']} {welcome['server']['node']}")
        self._token = welcome["resume"]
        self._socket = socket
        if welcome["resumed"]:
            self.resumed += 1
            heard = welcome.get("ack", 0)
            self._unheard = {n: each for n, each in self._unheard.items() if n > heard}
            for each in self._unheard.values():
                self._send(each)
            return
        self.sessions.append(Session())
        self.members.clear()
        self._unheard.clear()
        self._number, self.joined = 0, False
        self._join()

    def _join(self) -> None:
        self._say({"t": "join", "id": 1, "room": ROOM})

    def _say(self, message: dict[str, Any]) -> None:
        self._number += 1
        message["seq"] = self._number
        self._unheard[self._number] = message
        self._send(message)

    def _send(self, message: dict[str, Any]) -> None:
        if self._socket is not None and self._socket.state is State.OPEN:
            self._socket.transport.write(self._frame(message))

    def _frame(self, message: dict[str, Any]) -> bytes:
        assert self._socket is not None
        protocol = self._socket.protocol
        protocol.send_text(json.dumps(message).encode())
        return b"".join(protocol.data_to_send())

    def _hear(self, message: dict[str, Any]) -> None:
        session = self.sessions[-1]
        if (seq := message.get("seq")) is not None:
            assert seq == session.seq + 1, f"{self.name}: {seq} after {session.seq}"
            session.seq = seq
            if seq % 8 == 0:
                self._send({"t": "ack", "ack": seq})
        for number in [n for n in self._unheard if n <= message.get("ack", 0)]:
            del self._unheard[number]
        self._take(session, message)

    def _take(self, session: Session, message: dict[str, Any]) -> None:
        peer = message.get("peer", "")
        match message["t"]:
            case "signal":
                session.heard.append(tuple(message["data"]))
            case "undelivered":
                number, counted = map(int, message["mid"].split(".")[:2])
                self.undelivered.add((message["to"], number, counted))
            case "joined":
                self.joined = True
                self.members = {
                    each["peer"]: each.get("state", "here") for each in message["peers"]
                }
            case "peer.join" | "peer.back":
                self.members[peer] = "here"
            case "peer.gone":
                self.members[peer] = "gone"
            case "peer.leave":
                self.members.pop(peer, None)
            case "removed":
                self._note(f"removed {message}")
                self.joined = False
                self.members.clear()
                self._join()
            case "error":
                self._note(f"error {message}")
                if message.get("id") == 1:
                    later = message.get("retry_ms", 1000) / 1000
                    asyncio.get_running_loop().call_later(later, self._join_again, session)

    def _join_again(self, session: Session) -> None:
        if session is self.sessions[-1] and not self.joined:
            self._join()

    def _note(self, text: str) -> None:
        self.log.append((asyncio.get_running_loop().time(), text))


def check(talkers: list[Talker]) -> None:
    """Hold what was heard against what was said.

    Nothing comes twice. In one session of a receiver, what one session of a sender said comes in
    order and without holes, but for what its sender was told is undelivered.
    """
    undelivered = {(each.name, *what) for each in talkers for what in each.undelivered}
    for talker in talkers:
        everything = [said for session in talker.sessions for said in session.heard]
        assert len(everything) == len(set(everything)), f"{talker.name} heard something twice"
        for session in talker.sessions:
            last: dict[tuple[str, int], int] = {}
            for sender, epoch, number in session.heard:
                before = last.get((sender, epoch))
                last[sender, epoch] = number
                for missing in range((before or number) + 1, number):
                    told = (sender, talker.name, epoch, missing)
                    assert told in undelivered, f"{talker.name} missed {told}"
                assert before is None or number > before, f"{talker.name}: {sender} out of order"
