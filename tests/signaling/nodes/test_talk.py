"""What is said to one node or to all, and what is answered because nobody could hear it."""

import pytest

from signaling.messages import Ok
from signaling.nodes import codec
from signaling.nodes.asked import Asked
from signaling.nodes.given import Given
from signaling.nodes.letters import Words
from signaling.nodes.post import Post
from signaling.nodes.talk import Spoken, Talk
from signaling.orders import Claim, Come, Fence, HandOver, Miss, Relay
from signaling.reports import Claimed, Died, FencePassed, HandedOver, Missed, Relayed, Report

LIVING = {"a", "b", "c"}


class Node:
    """One node's talk and all that it needs."""

    def __init__(self) -> None:
        self.post, self.asked, self.given = Post("a", 1), Asked(2.0), Given()
        self.talk = Talk("a", self.post, self.asked, self.given)

    def say(self, order: Spoken, *, is_up: bool = True) -> list[Report]:
        return self.talk.say(order, 0.0, LIVING, is_up=is_up)

    def said(self) -> list[tuple[str, int]]:
        letters = [(each.node, codec.decode(each.letter)) for each in self.post.take()]
        return [(node, len(letter.words)) for node, letter in letters if isinstance(letter, Words)]


@pytest.fixture
def node() -> Node:
    return Node()


def test_a_word_goes_to_the_node_that_it_is_for_and_news_of_a_session_to_all_others(
    node: Node,
) -> None:
    assert node.say(Relay("b", "s", Ok(id=1))) == []
    assert node.say(Miss("b", "s")) == []
    assert node.said() == [("b", 2)]
    assert node.say(Come("s")) == []
    assert node.said() == [("b", 1), ("c", 1)]


def test_a_session_on_a_dead_node_has_missed_what_it_is_sent_wherever_it_is(node: Node) -> None:
    node.talk.bury("c", 0.0)
    assert node.talk.say(Relay("c", "s", Ok(id=1)), 0.0, {"a", "b"}, is_up=True) == []
    (published,) = node.post.take()
    letter = codec.decode(published.letter)
    assert isinstance(letter, Words)
    assert (published.node, codec.read_word(letter.words[0], "a")) == ("b", Missed("s"))


def test_a_message_to_ourselves_takes_no_way_round(node: Node) -> None:
    assert node.say(Relay("a", "s", Ok(id=1))) == [Relayed("s", Ok(id=1))]
    assert node.said() == []


def test_a_fence_over_a_dead_node_fails_at_once_and_over_one_that_is_not_known_it_is_tried(
    node: Node,
) -> None:
    node.talk.bury("z", 0.0)
    assert node.say(Fence("z", "s", "a", 7)) == [FencePassed("s", 7, whole=False)]
    assert node.say(Fence("y", "s", "a", 8)) == []
    assert node.said() == [("y", 1)]


@pytest.mark.parametrize(("target", "is_up"), [("z", True), ("a", True), ("b", False)])
def test_a_session_is_claimed_of_others_that_live_and_can_be_reached(
    node: Node, target: str, *, is_up: bool
) -> None:
    assert node.say(Claim(target, "s", 1, 0, "c1"), is_up=is_up) == [HandedOver("c1", None)]


def test_a_claim_is_answered_in_the_end_if_its_node_dies(node: Node) -> None:
    node.say(Claim("b", "s", 1, 0, "c1"))
    assert node.talk.hear(HandedOver("c2", b"")) == HandedOver("c2", b"")
    assert node.talk.bury("b", 0.0) == [Died("b"), HandedOver("c1", None)]


def test_a_session_that_is_given_away_is_remembered(node: Node) -> None:
    node.talk.hear(Claimed("b", "s", 1, 0, "c1"))
    node.say(HandOver("b", "c1", None))
    assert node.given.sids == []
    node.say(HandOver("b", "c1", b"state"))
    assert node.given.sids == ["s"]
