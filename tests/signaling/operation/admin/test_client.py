"""Asking a server, and what answers instead of one."""

from pathlib import Path

import pytest

from operating.messages import encode
from signaling.faults import AdminError
from signaling.operation.admin.client import AdminClient
from signaling.operation.admin.messages import AskStatus, Draining, Refused, Sessions, Status
from tests.operating.answering import answering


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (encode(Refused(why="not so")), "^not so$"),
        (b"HTTP/1.1 400\n", "no server of ours"),
        (b"", "closed the connection"),
        (encode(Draining(sessions=1, seconds=1.0)), "expected Status"),
    ],
)
def test_what_is_no_answer_is_one_sentence(directory: Path, answer: bytes, why: str) -> None:
    with (
        answering(directory / "s", answer),
        AdminClient(directory / "s") as client,
        pytest.raises(AdminError, match=why),
    ):
        client.ask(AskStatus(), Status)


def test_an_answer_of_several_lines_is_heard_to_its_end(directory: Path) -> None:
    lines = encode(Sessions(sessions=(), more=True)) + encode(Sessions(sessions=()))
    with answering(directory / "s", lines), AdminClient(directory / "s") as client:
        assert list(client.sessions()) == []


def test_where_nothing_is_the_way_out_is_named(directory: Path) -> None:
    with pytest.raises(AdminError, match="Is the server running, with --admin"):
        AdminClient(directory / "s").__enter__()
