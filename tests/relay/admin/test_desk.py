"""What is answered to an operator."""

import asyncio
import json
from typing import Any

import pytest

from relay.admin.desk import Desk, Orders
from relay.counters import DropReason, Usage
from relay.errors import SettingsError
from relay.fivetuple import FiveTuple, Transport
from relay.outputs import UsersFileRead
from relay.sessions import Page, Selection, Session
from relay.settings import Settings
from stunwire import Address, rest_password


async def nothing() -> None:
    """Read nothing again."""


def ask(server: Any, orders: Orders | None = None, **request: Any) -> Any:
    desk = Desk(server, orders or Orders(lambda: None, nothing), process=42, since=1000.0)
    line = json.dumps({"version": 1, **request}).encode()
    return json.loads(asyncio.run(desk.answer(line, unix_now=1_700_000_000.0, now=1060.0)))


def test_status_says_whom_it_serves_and_what_it_counted(server: Any) -> None:
    server.counters.refusals[401] = 2
    server.counters.drops[DropReason.GARBAGE] = 5
    status = ask(server, ask="status")
    assert status["stage"] == "serving"
    assert (status["process"], status["uptime"], status["realm"]) == (42, 60.0, "lab")
    assert status["listeners"] == [
        {"transport": "udp", "address": "127.0.0.1:3478"},
        {"transport": "tls", "address": "[2001:db8::1]:5349"},
    ]
    assert (status["allocations"], status["most-allocations"]) == (3, 10_000)
    assert status["refusals"] == {"401": 2}
    assert status["drops"] == {"neither STUN nor channel data": 5}
    assert "hunter2" not in json.dumps(status)


def test_status_says_that_it_drains(server: Any) -> None:
    server.draining = True
    assert ask(server, ask="status")["stage"] == "draining"


def test_sessions_are_given_as_they_are_with_where_to_go_on(server: Any) -> None:
    five_tuple = FiveTuple(Address("2001:db8::9", 9), Address("192.0.2.1", 1), Transport.TCP)
    relayed = Address("192.0.2.1", 50000)
    session = Session(7, "alice", five_tuple, relayed, 1.5, 9.0, 1, 2, 3, Usage(1, 2, 3, 4))
    server.page = Page((session,), 7)
    answer = ask(server, ask="sessions", user="alice", client="[2001:db8::9]:9", after=3, limit=1)
    assert server.asked == [(Selection(user="alice", host="2001:db8::9", port=9), 3, 1)]
    assert answer["next"] == 7
    (one,) = answer["sessions"]
    assert one["client"] == "[2001:db8::9]:9"
    assert one["relayed"] == "192.0.2.1:50000"
    assert one["transport"] == "tcp"
    assert one["traffic"]["to-client-bytes"] == 4


@pytest.mark.parametrize(
    ("client", "host", "port"),
    [
        ("192.0.2.9", "192.0.2.9", None),
        ("192.0.2.9:7", "192.0.2.9", 7),
        ("2001:DB8::1", "2001:db8::1", None),
        ("[2001:db8::1]", "2001:db8::1", None),
        ("[2001:db8::1]:7", "2001:db8::1", 7),
    ],
)
def test_a_client_is_an_address_with_or_without_a_port(
    server: Any, client: str, host: str, port: int | None
) -> None:
    assert ask(server, ask="disconnect", client=client)["ended"] == 2
    assert server.disconnected == [Selection(host=host, port=port)]


def test_a_client_that_is_no_address_is_refused(server: Any) -> None:
    answer = ask(server, ask="disconnect", client="example.org")
    assert answer["answer"] == "refused"
    assert "example.org" in answer["why"]


def test_disconnecting_nobody_in_particular_is_refused(server: Any) -> None:
    assert ask(server, ask="disconnect")["complaint"] == "bad request"
    assert not server.disconnected


def test_disconnect_says_how_many_are_left(server: Any) -> None:
    answer = ask(server, ask="disconnect", user="alice")
    assert (answer["ended"], answer["left"]) == (2, 1)


def test_drain_and_reload_are_passed_on(server: Any) -> None:
    heard: list[str] = []

    async def reload() -> None:
        heard.append("reload")

    orders = Orders(lambda: heard.append("drain"), reload)
    assert ask(server, orders, ask="drain")["allocations"] == 3
    assert ask(server, orders, ask="reload")["answer"] == "reloaded"
    assert heard == ["drain", "reload"]


def test_a_reload_that_is_refused_says_why(server: Any) -> None:
    async def reload() -> None:
        raise SettingsError("cannot change without a restart: realm")

    answer = ask(server, Orders(lambda: None, reload), ask="reload")
    assert answer["complaint"] == "refused"
    assert "realm" in answer["why"]


def test_a_reload_says_what_came_of_the_users_file(server: Any) -> None:
    def come_of(news: UsersFileRead) -> Any:
        async def reload() -> UsersFileRead:
            return news

        return ask(server, Orders(lambda: None, reload), ask="reload")

    assert come_of(UsersFileRead(3)) == {"answer": "reloaded", "version": 1, "users": 3}
    assert come_of(UsersFileRead(3, warning="beware"))["note"] == "beware"
    bad = come_of(UsersFileRead(problem="users: line 2"))
    assert (bad["complaint"], bad["why"]) == ("refused", "users: line 2. The old users go on.")


def test_a_minted_credential_is_made_with_the_newest_secret_which_is_not_shown(server: Any) -> None:
    answer = ask(server, ask="mint", user="alice", ttl=600)
    assert answer["username"] == "1700000600:alice"
    assert answer["password"] == rest_password("hunter2", "1700000600:alice")
    assert (answer["realm"], answer["expires"]) == ("lab", 1_700_000_600)
    assert "hunter2" not in json.dumps(answer)


def test_nothing_is_minted_without_a_secret_or_for_ever(server: Any) -> None:
    assert "1 to" in ask(server, ask="mint", user="alice", ttl=0)["why"]
    assert "1 to" in ask(server, ask="mint", user="alice", ttl=10**9)["why"]
    server.settings = Settings(listen=(Address("127.0.0.1", 3478),))
    assert "no secret" in ask(server, ask="mint", user="alice", ttl=1)["why"]
