"""A bot answers whoever speaks to it, and never keeps another program busy."""

import pytest

from hairpin.calling.replies import HELP, Replies


def bot(*, echo: bool = False, silent: bool = False) -> Replies:
    return Replies("Bot", echo=echo, stats=lambda: "direct, 2 ms", silent=silent)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/help", HELP),
        (" /HELP me", HELP),
        ("/stats", "direct, 2 ms"),
        ("/echo what", "It is /echo on or /echo off."),
        ("/dance", f"I do not know /dance.\n{HELP}"),
        ("hello", "I have read “hello”. Write /help to learn what I can do."),
    ],
)
def test_a_text_has_its_answer(text: str, said: str) -> None:
    assert bot().hear(text, 10.0, alone=True) == [said]


def test_an_echo_is_turned_on_and_off_by_a_word() -> None:
    replies = bot()
    assert "test picture" in replies.greeting()[0]
    replies.hear("/echo on", 10.0, alone=True)
    assert replies.echo
    assert replies.hear("one two", 11.0, alone=False) == ["one two"]
    replies.hear("/echo off", 12.0, alone=True)
    assert not replies.echo
    assert "yourself" in bot(echo=True).greeting()[0]


def test_among_others_it_answers_only_when_it_is_spoken_to() -> None:
    replies = bot()
    assert replies.hear("how are you?", 10.0, alone=False) == []
    assert replies.hear("how are you, BOT?", 11.0, alone=False) != []


def test_its_own_words_that_come_back_are_not_answered() -> None:
    replies = bot()
    (greeting,) = replies.greeting()
    assert replies.hear(greeting, 10.0, alone=True) == []
    (answer,) = replies.hear("x", 11.0, alone=True)
    assert replies.hear(answer, 12.0, alone=True) == []


def test_a_flood_is_answered_a_few_times_and_then_once_a_second() -> None:
    replies = bot()
    answers = [replies.hear(f"flood {n}", 10.0 + n / 100, alone=True) for n in range(1000)]
    assert 10 <= sum(map(len, answers)) <= 16


def test_another_bot_is_not_spoken_to() -> None:
    replies = bot(silent=True)
    assert replies.greeting() == []
    assert replies.hear("/help", 10.0, alone=True) == []


def test_a_long_text_is_not_quoted_whole() -> None:
    assert len(bot().hear("x" * 4000, 10.0, alone=True)[0]) < 300
