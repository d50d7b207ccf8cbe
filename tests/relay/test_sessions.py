"""What an operator sees of live allocations, and how some are ended."""

from typing import Any

import pytest

from relay.counters import Usage
from relay.outputs import CloseRelaySocket
from relay.sessions import EVERY, MOST_ENDED, MOST_IN_A_PAGE, Selection, end_some, page
from stunwire import Address, ErrorCode, Method, mint

PEER = Address("8.8.8.8", 4000)


def sessions(world: Any, selection: Selection = EVERY, after: int = 0, limit: int = 1000) -> Any:
    registry = world.relay.state.registry
    return page(registry, selection, after=after, limit=limit, now=world.now)


def fill(world: Any, count: int) -> list[Any]:
    clients = [world.client(port=40000 + n) for n in range(count)]
    for client in clients:
        client.allocate()
    return clients


def test_a_session_says_whose_it_is_and_what_it_holds_and_relayed(world: Any) -> None:
    client = world.client()
    client.allocate()
    client.permit("8.8.8.8", "8.8.4.4")
    client.bind(0x4001, PEER)
    world.now += 5
    client.send_on(0x4001, b"12345")
    (session,) = sessions(world).sessions
    assert session.user == "alice"
    assert session.five_tuple == client.five_tuple
    assert session.relayed == client.relayed
    assert (session.age, session.expires_in) == (5, 595)
    assert (session.permissions, session.channels, session.connections) == (2, 1, 0)
    assert session.usage == Usage(to_peer_packets=1, to_peer_bytes=5)


def test_a_session_does_not_change_after_it_was_described(world: Any) -> None:
    client = world.client()
    client.allocate()
    client.bind(0x4001, PEER)
    (session,) = sessions(world).sessions
    client.send_on(0x4001, b"12345")
    assert session.usage == Usage()


def test_pages_together_are_every_session_once_and_in_order(make_world: Any) -> None:
    world = make_world()
    fill(world, 25)
    numbers: list[int] = []
    after: int | None = 0
    while after is not None:
        found = sessions(world, after=after, limit=10)
        numbers += [one.number for one in found.sessions]
        after = found.go_on_after
    assert len(numbers) == 25
    assert numbers == sorted(set(numbers))


def test_a_page_has_a_bound_whatever_is_asked_for(make_world: Any) -> None:
    world = make_world(users={f"u{n}": "x" for n in range(3)})
    for n in range(3):
        for port in range(100):
            world.client(f"203.0.113.{n + 1}", 1000 + port, f"u{n}").allocate()
    assert len(sessions(world, limit=10**9).sessions) == MOST_IN_A_PAGE
    assert len(sessions(world, limit=-1).sessions) == 1


def test_sessions_are_selected_by_user_address_port_and_number(world: Any) -> None:
    alice, bob = world.client(), world.client("203.0.113.10", 40001, "bob")
    alice.allocate()
    bob.allocate()

    def users(**selection: Any) -> list[str]:
        return [one.user for one in sessions(world, Selection(**selection)).sessions]

    assert users(user="alice") == ["alice"]
    assert users(host="203.0.113.10") == ["bob"]
    assert users(port=40000) == ["alice"]
    assert users(host="203.0.113.10", port=40000) == []
    assert users(number=bob.number) == ["bob"]
    assert users() == ["alice", "bob"]


def test_an_address_that_is_none_is_the_callers_fault() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        Selection(host="nowhere")


def test_the_user_of_a_time_limited_credential_is_selected_by_the_name_in_it(
    make_world: Any,
) -> None:
    world = make_world(rest_secrets=("s",))
    credential = mint("s", "carol", 600, world.unix_now)
    client = world.client(user=credential.username)
    client.password = credential.password
    client.allocate()
    for name in ("carol", credential.username):
        assert len(sessions(world, Selection(user=name)).sessions) == 1


def test_ended_allocations_close_their_sockets_and_the_client_hears_437(world: Any) -> None:
    alice, bob = world.client(), world.client("203.0.113.10", 40001, "bob")
    alice.allocate()
    bob.allocate()
    ended = end_some(world.relay.state.registry, Selection(user="alice"), world.now)
    assert (ended.count, ended.left) == (1, 0)
    assert CloseRelaySocket(alice.number) in ended.outputs
    assert "operator" in str(ended.outputs)
    error = alice.request(Method.REFRESH).get(ErrorCode)
    assert error is not None
    assert error.code == 437
    assert [one.user for one in sessions(world).sessions] == ["bob"]


def test_many_are_ended_some_at_a_time(make_world: Any) -> None:
    world = make_world()
    fill(world, 60)
    for client in (world.client("203.0.113.77", 1000 + n, "bob") for n in range(60)):
        client.allocate()
    registry = world.relay.state.registry
    first, second = (end_some(registry, EVERY, world.now) for _ in range(2))
    assert (first.count, first.left) == (MOST_ENDED, 120 - MOST_ENDED)
    assert (second.count, second.left) == (120 - MOST_ENDED, 0)
    assert not registry.all()
