"""The operator's end of the admin socket."""

from pathlib import Path

import pytest

from operating.messages import encode
from relay.admin.client import AdminClient
from relay.admin.messages import (
    AskReload,
    AskSessions,
    AskStatus,
    Complaint,
    Refused,
    Reloaded,
    Sessions,
    SessionStatus,
    Status,
    Traffic,
    decode_request,
)
from relay.errors import AdminError
from tests.operating.answering import answering


def session(number: int) -> SessionStatus:
    return SessionStatus(
        allocation=number,
        user="alice",
        client="192.0.2.1:1",
        transport="udp",
        server="192.0.2.2:2",
        relayed="192.0.2.2:3",
        age=1,
        expires_in=1,
        permissions=0,
        channels=0,
        connections=0,
        traffic=Traffic(to_peer_packets=0, to_peer_bytes=0, to_client_packets=0, to_client_bytes=0),
    )


def test_an_answer_is_given_as_what_was_wanted(directory: Path) -> None:
    with answering(directory / "s", encode(Reloaded())), AdminClient(directory / "s") as client:
        assert client.ask(AskReload(), Reloaded) == Reloaded()


def test_a_refusal_raises_with_the_relays_words(directory: Path) -> None:
    refused = encode(Refused(complaint=Complaint.REFUSED, why="not today"))
    with (
        answering(directory / "s", refused),
        AdminClient(directory / "s") as client,
        pytest.raises(AdminError, match="not today"),
    ):
        client.ask(AskReload(), Reloaded)


@pytest.mark.parametrize(
    ("answer", "words"),
    [(b"hello\n", "no relay of ours"), (encode(Reloaded()), "expected Status"), (b"", "closed")],
)
def test_what_is_no_answer_to_that_raises(directory: Path, answer: bytes, words: str) -> None:
    with (
        answering(directory / "s", answer),
        AdminClient(directory / "s") as client,
        pytest.raises(AdminError, match=words),
    ):
        client.ask(AskStatus(), Status)


def test_every_page_of_sessions_is_asked_for(directory: Path) -> None:
    pages = (
        encode(Sessions(sessions=(session(1), session(2)), next=2)),
        encode(Sessions(sessions=(session(3),), next=None)),
    )
    with answering(directory / "s", *pages) as asked, AdminClient(directory / "s") as client:
        found = [one.allocation for one in client.sessions(user="alice", client=None)]
    assert found == [1, 2, 3]
    assert [decode_request(line) for line in asked] == [
        AskSessions(user="alice"),
        AskSessions(user="alice", after=2),
    ]


def test_where_no_socket_is_the_way_to_get_one_is_told(directory: Path) -> None:
    with pytest.raises(AdminError, match="Is the relay running, with --admin"):
        AdminClient(directory / "s").__enter__()
