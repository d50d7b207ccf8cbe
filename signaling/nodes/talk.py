"""What one node says to others: carried by its links, or answered at once where nobody could hear it."""

from typing import TypeAlias

from signaling.nodes import codec
from signaling.nodes.asked import Asked
from signaling.nodes.given import Given
from signaling.nodes.post import Post
from signaling.orders import Claim, Come, Fence, FenceReached, HandOver, Miss, Relay
from signaling.reports import Claimed, Died, FencePassed, HandedOver, Relayed, Report

Spoken: TypeAlias = Relay | Claim | HandOver | Fence | FenceReached | Miss | Come


class Talk:
    """Puts orders into words, and keeps in mind what they mean for sessions that move.

    Args:
        node: Our own name.
    """

    def __init__(self, node: str, post: Post, asked: Asked, given: Given) -> None:
        self._node = node
        self._post = post
        self._asked = asked
        self._given = given

    def say(self, order: Spoken, now: float, living: set[str], *, is_up: bool) -> list[Report]:
        """Say something to the node that it is for, or to all; `living` are those that are known to be.

        What is for a session on a dead node is lost, unless that is wrong: then the session is told so,
        either where it has gone, or there when the node is back.
        """
        match order:
            case Relay() if order.node == self._node:
                return [Relayed(order.sid, order.message)]
            case Claim() if not is_up or order.node not in living - {self._node}:
                return [HandedOver(order.connection, None)]
            case Fence() if self._post.is_dead(order.node):
                return [FencePassed(order.sid, order.mark, whole=False)]
            case Claim():
                self._asked.claim(order, now)
            case HandOver() if order.state is not None:
                self._given.give(order.connection, now)
        if isinstance(order, Come) or order.node is None:
            for node in sorted(living - {self._node}):
                self._write(order, node, now)
            return []
        self._write(order, order.node, now)
        if isinstance(order, Relay) and self._post.is_dead(order.node):
            return self.say(Miss(None, order.sid), now, living, is_up=is_up)
        return []

    def _write(self, order: Spoken, node: str, now: float) -> None:
        word = codec.write_word(order)
        assert word is not None
        sid = order.sid if isinstance(order, Relay | Miss) else None
        self._post.say(node, codec.encode(word), sid, now)

    def hear(self, report: Report) -> Report:
        """Take note of what another node said."""
        if isinstance(report, HandedOver):
            self._asked.answer_claim(report.connection)
        if isinstance(report, Claimed):
            self._given.ask(report.connection, report.sid)
        return report

    def bury(self, node: str, now: float) -> list[Report]:
        """Hear that a node is dead: it answers nothing any more."""
        self._post.bury(node, now)
        claims = self._asked.take_claims(node=node)
        return [Died(node), *(HandedOver(claim.connection, None) for claim in claims)]
