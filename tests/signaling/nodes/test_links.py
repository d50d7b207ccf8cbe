"""A link over a channel that loses, repeats and reorders: once and in order, or known to be lost."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.nodes import links
from signaling.nodes.letters import Had, Sent, Skip, Words
from signaling.nodes.links import Incoming, Lost, Outgoing


def word(text: str) -> bytes:
    return msgspec.msgpack.encode(text)


class Pair:
    """Two ends, what is under way between them, and what arrived."""

    def __init__(self) -> None:
        self.now = 0.0
        self.said: list[tuple[str, str]] = []
        self.heard: list[str] = []
        self.lost: set[str] = set()
        self.everybody_lost = False
        self.process = 7
        self.out = Outgoing("a", self.process, 1)
        self.into = Incoming("b", 9)
        self.under_way: list[Words | Sent | Skip | Had] = []

    def say(self, sid: str) -> None:
        text = f"{sid}:{len(self.said)}"
        self.said.append((sid, text))
        self.out.say(word(text), sid, self.now)

    def flush(self) -> None:
        self.under_way += self.out.flush()

    def beat(self) -> None:
        self.under_way += self.out.beat(self.now)

    def deliver(self, index: int = 0, *, keep: bool = False) -> None:
        letter = self.under_way[index]
        if not keep:
            del self.under_way[index]
        if isinstance(letter, Had):
            self.under_way += self.out.receive_had(letter)
        elif isinstance(letter, Sent):
            self.under_way += self.into.receive_sent(letter, self.now)
        elif isinstance(letter, Words):
            self._take(self.into.receive_words(letter, self.now))
        else:
            self._take(self.into.receive_skip(letter))

    def settle(self) -> None:
        for _ in range(20):
            self.now += 1.0
            self.flush()
            self.beat()
            while self.under_way:
                self.deliver()

    def _take(self, heard: tuple[list[bytes | Lost], list[Had]]) -> None:
        arrived, answers = heard
        self.under_way += answers
        for each in arrived:
            if isinstance(each, bytes):
                self.heard.append(msgspec.msgpack.decode(each))
            elif each.sids is None:
                self.everybody_lost = True
            else:
                self.lost |= set(each.sids)

    def check(self) -> None:
        """What was heard came once and in order; whoever missed something knows."""
        order = [text for _, text in self.said]
        places = [order.index(text) for text in self.heard]
        assert places == sorted(set(places))
        last = places[-1] if places else -1
        for sid, text in self.said[: last + 1]:
            assert text in self.heard or sid in self.lost or self.everybody_lost


STEPS = ("say", "say", "flush", "beat", "deliver", "deliver", "repeat", "lose", "any", "wait")


def play(pair: Pair, step: str, pick: int) -> None:
    match step:
        case "say":
            pair.say("xyz"[pick % 3])
        case "wait":
            pair.now += (0.1, 0.5, 40.0)[pick % 3]
        case "flush" | "beat":
            getattr(pair, step)()
        case "die" | "live":
            getattr(pair.out, "bury" if step == "die" else "revive")()
        case _ if pair.under_way:
            play_letter(pair, step, pick % len(pair.under_way))


def play_letter(pair: Pair, step: str, index: int) -> None:
    match step:
        case "lose":
            del pair.under_way[index]
        case "deliver":
            pair.deliver()
        case _:
            pair.deliver(index, keep=step == "repeat")


@settings(max_examples=150, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from((*STEPS, "die", "live")), st.integers(0, 50)), max_size=80
    )
)
def test_every_word_comes_once_and_in_order_or_its_receiver_knows(
    steps: list[tuple[str, int]],
) -> None:
    pair = Pair()
    for step, pick in steps:
        play(pair, step, pick)
        pair.check()
    pair.out.revive()
    pair.settle()
    pair.check()
    missing = {sid for sid, text in pair.said if text not in pair.heard}
    assert pair.everybody_lost or missing <= pair.lost
    assert pair.out.is_idle


@pytest.fixture
def pair() -> Pair:
    return Pair()


def test_words_of_one_moment_travel_in_one_letter(pair: Pair) -> None:
    for _ in range(50):
        pair.say("x")
    pair.flush()
    assert len(pair.under_way) == 1
    pair.deliver()
    assert len(pair.heard) == 50


def test_a_letter_is_no_longer_than_it_may_be(pair: Pair) -> None:
    for _ in range(3):
        pair.out.say(word("x" * 200_000), "s", 0.0)
    assert len(pair.out.flush()) == 3


def test_a_hole_is_noticed_by_the_next_word_and_filled(pair: Pair) -> None:
    pair.say("x")
    pair.flush()
    pair.under_way.clear()
    pair.say("x")
    pair.flush()
    while pair.under_way:
        pair.deliver()
    assert pair.heard == ["x:0", "x:1"]
    assert not pair.lost


def test_a_hole_at_the_end_is_noticed_by_the_beat(pair: Pair) -> None:
    pair.say("x")
    pair.flush()
    pair.under_way.clear()
    pair.beat()
    while pair.under_way:
        pair.deliver()
    assert pair.heard == ["x:0"]
    pair.beat()
    pair.deliver()
    pair.deliver()
    assert pair.out.is_idle
    pair.beat()
    assert not pair.under_way


def test_what_is_kept_is_bounded_and_what_is_not_kept_is_known_by_receiver(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "KEPT", 4)
    for sid in "xxyzzz":
        pair.say(sid)
    pair.flush()
    pair.under_way.clear()
    pair.settle()
    assert pair.heard == ["y:2", "z:3", "z:4", "z:5"]
    assert pair.lost == {"x"}


def test_receivers_beyond_counting_are_all_of_them(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "KEPT", 1)
    monkeypatch.setattr(links, "NAMES_KEPT", 2)
    for sid in "uvwxyz":
        pair.say(sid)
    pair.settle()
    assert pair.everybody_lost


def test_what_stands_behind_a_hole_is_bounded(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "KEPT", 8)
    for number in range(2, 30):
        raw = msgspec.Raw(word(str(number)))
        pair.into.receive_words(Words("a", 7, 1, number, (raw,)), 0.0)
    raw = msgspec.Raw(word("1"))
    arrived, _ = pair.into.receive_words(Words("a", 7, 1, 1, (raw,)), 0.0)
    assert len(arrived) == 9


def test_another_process_of_the_name_begins_anew(pair: Pair) -> None:
    pair.say("x")
    pair.flush()
    pair.deliver()
    pair.into = Incoming("b", 10)
    pair.say("y")
    pair.settle()
    assert pair.heard[-1] == "y:1"
    assert not pair.everybody_lost


def test_another_process_of_the_name_hears_whose_words_were_buried_before_it_spoke(
    pair: Pair,
) -> None:
    pair.say("x")
    pair.settle()
    pair.into = Incoming("b", 10)
    pair.say("y")
    pair.flush()
    pair.under_way.clear()
    pair.out.bury()
    pair.out.revive()
    pair.say("z")
    pair.settle()
    assert pair.lost == {"y"}
    assert pair.heard[-1] == "z:2"
    assert not pair.everybody_lost


def test_a_later_process_of_the_sender_is_heard_and_the_earlier_no_more(pair: Pair) -> None:
    pair.say("x")
    old = pair.out.flush()[0]
    pair.out = Outgoing("a", 8, 1)
    pair.say("y")
    pair.flush()
    pair.deliver()
    assert isinstance(old, Words)
    assert pair.into.receive_words(old, 0.0) == ([], [])
    assert pair.into.receive_words(replace_number(old), 0.0) == ([], [])
    assert pair.heard == ["y:1"]


def replace_number(letter: Words) -> Words:
    return msgspec.structs.replace(letter, number=2)


def test_an_answer_to_another_process_is_passed_over(pair: Pair) -> None:
    pair.say("x")
    pair.flush()
    assert pair.out.receive_had(Had("b", 9, 6, 1, 0, again=True)) == []
    assert pair.out.receive_had(Had("b", 9, 7, 2, 0, again=True)) == []
    assert pair.out.receive_had(Had("b", 9, 7, 1, 5, again=True)) == []
