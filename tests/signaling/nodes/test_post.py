"""The links of a node: made as they are needed, forgotten with those they led to."""

import pytest

from signaling.messages import Ok
from signaling.nodes import codec
from signaling.nodes.calls import Publish
from signaling.nodes.links import NAMES_KEPT
from signaling.nodes.post import FORGOTTEN_AFTER, Post
from signaling.orders import Relay
from signaling.reports import Missed, Relayed, Report


def say(post: Post, node: str, number: int, sid: str = "s") -> None:
    word = codec.write_word(Relay(node, sid, Ok(id=number)))
    assert word is not None
    post.say(node, codec.encode(word), sid, 0.0)


def pass_on(letters: list[Publish], posts: dict[str, Post]) -> list[Report]:
    reports: list[Report] = []
    while letters:
        letter = letters.pop(0)
        heard, answers = posts[letter.node].receive(codec.decode(letter.letter), 0.0)
        reports += heard
        letters += answers
    return reports


@pytest.fixture
def posts() -> dict[str, Post]:
    return {"a": Post("a", 1), "b": Post("b", 2)}


def test_what_is_said_in_one_moment_leaves_in_one_letter_for_each_node() -> None:
    post = Post("a", 1)
    for number in range(10):
        say(post, "bc"[number % 2], number)
    assert [each.node for each in post.take()] == ["b", "c"]
    assert post.take() == []


def test_what_arrives_is_acknowledged_after_a_beat(posts: dict[str, Post]) -> None:
    say(posts["a"], "b", 1)
    assert pass_on(posts["a"].take(), posts) == [Relayed("s", Ok(id=1))]
    assert pass_on(posts["a"].beat(1.0), posts) == []
    assert posts["a"].beat(2.0) == []


def test_one_that_is_dead_is_told_later_whom_it_missed(posts: dict[str, Post]) -> None:
    posts["a"].bury("b", 0.0)
    assert posts["a"].is_dead("b")
    say(posts["a"], "b", 1)
    assert posts["a"].take() == []
    assert posts["a"].beat(1.0) == []
    posts["a"].revive("b")
    assert not posts["a"].is_dead("b")
    say(posts["a"], "b", 2, "t")
    assert pass_on(posts["a"].take(), posts) == [Missed("s"), Relayed("t", Ok(id=2))]


def test_where_nobody_knows_for_whom_the_lost_words_were_anybody_may_have_missed_some(
    posts: dict[str, Post],
) -> None:
    posts["a"].bury("b", 0.0)
    for number in range(NAMES_KEPT + 1):
        say(posts["a"], "b", number, f"s{number}")
    posts["a"].revive("b")
    say(posts["a"], "b", 0, "t")
    assert pass_on(posts["a"].take(), posts) == [Missed(None), Relayed("t", Ok(id=0))]


def test_one_that_was_dead_and_speaks_as_another_process_is_answered(
    posts: dict[str, Post],
) -> None:
    say(posts["b"], "a", 1)
    pass_on(posts["b"].take(), posts)
    posts["a"].bury("b", 0.0)
    say(posts["b"], "a", 2)
    pass_on(posts["b"].take(), posts)
    say(posts["a"], "b", 1)
    assert posts["a"].take() == []
    posts["b"] = Post("b", 3)
    say(posts["b"], "a", 1)
    pass_on(posts["b"].take(), posts)
    say(posts["a"], "b", 2, "t")
    assert Relayed("t", Ok(id=2)) in pass_on(posts["a"].take(), posts)


def test_one_that_is_dead_for_long_is_forgotten(posts: dict[str, Post]) -> None:
    say(posts["a"], "b", 1)
    posts["a"].bury("b", 0.0)
    posts["a"].beat(FORGOTTEN_AFTER + 1.0)
    say(posts["a"], "b", 2)
    assert pass_on(posts["a"].take(), posts) == [Relayed("s", Ok(id=2))]
