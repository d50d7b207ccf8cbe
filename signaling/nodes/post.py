"""The links of one node to all others."""

from collections.abc import Iterable, Iterator
from typing import Final

from signaling.nodes import codec
from signaling.nodes.calls import Publish
from signaling.nodes.letters import Had, Letter, Sent, Skip, Words
from signaling.nodes.links import Incoming, Lost, Outgoing
from signaling.reports import Missed, Report

FORGOTTEN_AFTER: Final = 120.0
"""Seconds after its death until a node's links are forgotten."""


class Post:
    """What is said to other nodes, and what they say.

    Args:
        node: Our own name.
        process: Which process of our name we are.
    """

    def __init__(self, node: str, process: int) -> None:
        self._node = node
        self._process = process
        self._links = 0
        self._outgoing: dict[str, Outgoing] = {}
        self._incoming: dict[str, Incoming] = {}
        self._dead: dict[str, float] = {}
        self._talking: dict[str, None] = {}

    def say(self, node: str, word: bytes, sid: str | None, now: float) -> None:
        """Take a word for a node; it leaves with `take`."""
        outgoing = self._outgoing.get(node)
        if outgoing is None:
            self._links += 1
            outgoing = self._outgoing[node] = Outgoing(self._node, self._process, self._links)
            outgoing.alive = node not in self._dead
        outgoing.say(word, sid, now)
        self._talking[node] = None

    def take(self) -> list[Publish]:
        """Take the letters with what was said since."""
        if not self._talking:
            return []
        talking, self._talking = self._talking, {}
        return [each for node in talking for each in _posted(node, self._outgoing[node].flush())]

    def receive(
        self,
        letter: Words | Sent | Skip | Had,
        now: float,
    ) -> tuple[list[Report], list[Publish]]:
        """Take a letter of another node.

        Raises:
            DecodeError: A word in it is none.
        """
        node = letter.node
        if isinstance(letter, Had):
            outgoing = self._outgoing.get(node)
            letters = [] if outgoing is None else outgoing.receive_had(letter)
            return [], [*_posted(node, letters)]
        incoming = self._incoming.get(node)
        if incoming is None:
            incoming = self._incoming[node] = Incoming(self._node, self._process)
        if node in self._dead and letter.process > incoming.process:
            self.revive(node)  # started again, and faster than the roster
        if isinstance(letter, Sent):
            return [], [*_posted(node, incoming.receive_sent(letter, now))]
        if isinstance(letter, Words):
            arrived, answers = incoming.receive_words(letter, now)
        else:
            arrived, answers = incoming.receive_skip(letter)
        reports = [report for each in arrived for report in _read(each, node)]
        return reports, [*_posted(node, answers)]

    def beat(self, now: float) -> list[Publish]:
        """Remind all who have not acknowledged everything; forget who is dead for long."""
        for node in [node for node, since in self._dead.items() if since + FORGOTTEN_AFTER < now]:
            del self._dead[node]
            self._outgoing.pop(node, None)
            self._incoming.pop(node, None)
            self._talking.pop(node, None)
        return [
            each
            for node, outgoing in self._outgoing.items()
            for each in _posted(node, outgoing.beat(now))
        ]

    def bury(self, node: str, now: float) -> None:
        """Hear that a node is dead."""
        self._dead[node] = now
        if node in self._outgoing:
            self._outgoing[node].bury()
        if node in self._incoming:
            self._incoming[node].bury()

    def is_dead(self, node: str) -> bool:
        """Say whether a node is known to be dead."""
        return node in self._dead

    def revive(self, node: str) -> None:
        """Hear that a node is alive (again)."""
        self._dead.pop(node, None)
        if node in self._outgoing:
            self._outgoing[node].revive()


def _posted(node: str, letters: Iterable[Letter]) -> Iterator[Publish]:
    for letter in letters:
        yield Publish(node, codec.encode(letter))


def _read(arrived: bytes | Lost, source: str) -> Iterator[Report]:
    if isinstance(arrived, bytes):
        yield codec.read_word(arrived, source)
    elif arrived.sids is None:
        yield Missed(None)
    else:
        for sid in arrived.sids:
            yield Missed(sid)
