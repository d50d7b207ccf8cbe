"""What is said is printed; an echo says it again, and shows again what it is shown."""

import io
from types import SimpleNamespace
from typing import Any

import pytest

from hairpin.calling.manners import CallManners
from hairpin.calling.plan import CallPlan, Doing
from hairpin.calling.screen import Screen


@pytest.mark.parametrize(
    ("doing", "printed"),
    [
        (Doing.NOTHING, "Aoi: hello\nAoi: you\n"),
        (Doing.ECHO, "Aoi: hello\nAoi: you\n"),
        (Doing.CHAT, "hello\nyou\n"),
    ],
)
def test_messages_are_printed_and_sent_back_by_an_echo_alone(doing: Doing, printed: str) -> None:
    echoed: list[Any] = []
    session: Any = SimpleNamespace(remote_meta={"name": "Aoi"}, remote="m1")
    media: Any = SimpleNamespace(echo=lambda *told: echoed.append(told))
    out = io.StringIO()
    manners = CallManners(doing, session, media, Screen(CallPlan(room="r", doing=doing), out))
    track: Any = SimpleNamespace(kind="audio")
    manners.take(track)
    assert manners.greeting() == ()
    assert list(manners.answer("hello\nyou")) == (["hello\nyou"] if doing is Doing.ECHO else [])
    assert out.getvalue() == printed
    assert echoed == ([(session, track, "audio")] if doing is Doing.ECHO else [])
