"""Four clients that talk while they wander between nodes that die, and what must have become of all they said."""

import random
from dataclasses import dataclass

from signaling.settings import Limits, Settings
from tests.signaling.manynodes import Client, ManyNodes

SETTINGS = Settings(limits=Limits(burst=10**6, joins_burst=10**6), resume_key=b"key")
NAMES = ("ada", "ben", "cleo", "dan")


@dataclass(frozen=True)
class Said:
    """A signal, with what its sender and its receiver had been through when it was said."""

    number: int
    sender: Client
    starts: int
    receiver: Client
    turns: int
    partings: int


class Wanderers:
    """What they do, and what happens to them, is decided by the seed.

    Args:
        deaths: Whether nodes die, and take what they said last with them, and whether time passes.
    """

    def __init__(self, seed: int, *, deaths: bool = True) -> None:
        self.random = random.Random(seed)
        self.deaths = deaths
        self.names = ["n1", "n2", "n3"]
        self.world = ManyNodes(self.names, SETTINGS, self.random.randrange)
        self.clients = [self.world.client(name) for name in NAMES]
        self.dead: list[str] = []
        self.said: list[Said] = []
        self.heard: dict[str, list[int]] = {}
        self.undelivered: set[int] = set()
        self.story: list[str] = []

    def play(self, steps: int) -> None:
        """Do so many things, wait until all is quiet, and look."""
        for client in self.clients:
            client.connect(self.random.choice(self.names))
            self.world.settle()
            self._read(client)
        self._calm(1)
        for _ in range(steps):
            self._act()
            for _ in range(self.random.choice((0, 0, 1, 2, 4))):
                self.world.step()
        self._calm(4)
        self.check()

    def _act(self) -> None:
        client = self.random.choice(self.clients)
        match self.random.randrange(40):
            case 0 | 1 | 2 | 3 | 4:
                self._wander(client)
            case 5 if self.deaths:
                self._kill(self.random.randrange(len(self.names)))
            case 6:
                if client.is_welcomed and "r" in client.rooms:
                    self.story.append(f"{client.name} leaves")
                    client.say("leave", room="r")
            case 7 if self.deaths:
                self.world.pass_time(self.random.choice((0.1, 0.1, 6.0)))
            case 8 | 9:
                self.world.settle()
            case 10 | 11 | 12 | 13:
                self._read(client)
            case _:
                self._talk(client)

    def _wander(self, client: Client) -> None:
        if not self.deaths and not client.is_welcomed:
            return
        node = self.random.choice(self.names)
        self.story.append(f"{client.name} goes to {node}")
        client.lose(read=self.random.randrange(5))
        client.connect(node)

    def _kill(self, index: int) -> None:
        name = self.names[index]
        self.story.append(f"{name} dies")
        self.world.kill(name, lost=self.random.choice((0, 1, 2, 9)))
        self.dead.append(name)
        self.names[index] = f"{name}+"
        self.world.start(f"{name}+")

    def _talk(self, client: Client) -> None:
        if not client.is_welcomed:
            self._read(client)
        others = [each for each in self.clients if each.name in client.rooms.get("r", {})]
        if not others or not client.is_welcomed:
            return
        other = self.random.choice(others)
        said = Said(
            len(self.said), client, client.starts, other, other.turns, client.partings[other.name]
        )
        self.said.append(said)
        self.story.append(f"{client.name} says {said.number} to {other.name}")
        client.say(
            "signal", room="r", to=other.name, kind="custom", data=said.number, mid=f"{said.number}"
        )

    def _read(self, client: Client) -> None:
        client.read()
        taken, client.got = client.got, []
        for message in taken:
            if message["t"] == "signal":
                self.heard.setdefault(client.sid, []).append(message["data"])
            elif message["t"] == "undelivered":
                self.undelivered.add(int(message["mid"]))
        if client.node is None:
            client.connect(self.random.choice(self.names))
        elif client.is_welcomed and not client.rooms:
            client.say("join", room="r")

    def _calm(self, rounds: int) -> None:
        for _ in range(rounds):
            self.world.settle()
            for client in self.clients:
                self._read(client)
            self.world.settle()
            self.world.pass_time(31.0)
            for name in self.dead:
                self.world.sweep(name)
        self.world.settle()
        for client in self.clients:
            self._read(client)

    def check(self) -> None:
        """Each signal arrived once and in order, or one of both knows that it did not."""
        everything = [number for numbers in self.heard.values() for number in numbers]
        assert len(everything) == len(set(everything)), "a signal came twice"
        for sid, numbers in self.heard.items():
            for sender in self.clients:
                for starts in range(sender.starts + 1):
                    own = [
                        n
                        for n in numbers
                        if (self.said[n].sender, self.said[n].starts) == (sender, starts)
                    ]
                    assert own == sorted(own), f"{sender.name} out of order at {sid}: {own}"
        arrived = {*everything, *self.undelivered}
        for said in self.said:
            sender, receiver = said.sender, said.receiver
            is_over = sender.partings[receiver.name] != said.partings
            is_told = is_over or sender.starts != said.starts or receiver.turns != said.turns
            assert said.number in arrived or is_told, f"{said.number} is lost, and nobody knows"
