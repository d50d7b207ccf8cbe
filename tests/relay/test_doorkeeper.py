"""Who asks: once proven it costs less, and what changes counts from the next request on."""

from dataclasses import replace

import pytest

from relay import Password
from relay.outputs import SendToClient
from relay.users import UserList
from stunwire import (
    Class,
    ErrorCode,
    IntegrityKey,
    Lifetime,
    Message,
    Method,
    Nonce,
    Realm,
    Username,
    decode,
    mint,
)


def _code(reply: Message | None) -> int | None:
    assert reply is not None
    error = reply.get(ErrorCode)
    return None if error is None else error.code


def test_a_password_that_was_right_once_does_not_make_another_right(world):
    client = world.client()
    assert client.allocate().cls is Class.SUCCESS
    client.password = "wrong"
    assert _code(client.refresh(600)) == 401
    client.password = "wonder"
    assert client.refresh(600).cls is Class.SUCCESS


def test_a_key_that_fits_nothing_lets_nobody_in(world):
    client = world.client()
    client.challenge()
    for name in ("alice", "nobody", ""):
        message = Message.request(
            Method.ALLOCATE, b"t" * 12, Username(name), Realm("lab.example"), Nonce(client.nonce)
        )
        data = message.encode(integrity=IntegrityKey(b""))
        replies = [one for one in client.raw(data) if isinstance(one, SendToClient)]
        assert _code(decode(replies[0].data)) == 401


def test_a_credential_that_has_been_proven_ends_when_it_expires(make_world):
    world = make_world(rest_secrets=("shared",))
    minted = mint("shared", "carol", ttl=100, unix_now=world.unix_now)
    one, other = (world.client(port=40000 + n, user=minted.username) for n in range(2))
    for client in (one, other):
        client.password = minted.password
    assert one.allocate(Lifetime(600)).cls is Class.SUCCESS
    world.pass_time(99)
    assert one.refresh(600).cls is Class.SUCCESS
    world.pass_time(2)
    assert one.refresh(600).cls is Class.SUCCESS  # calls outlast credentials
    assert _code(other.allocate()) == 401


@pytest.mark.parametrize("gone", ["settings", "file"])
def test_who_has_been_proven_is_refused_once_gone(make_world, gone):
    listed = UserList.of({"carol": Password("sing")}, "lab.example")
    world = make_world(listed=listed)
    name, password = ("alice", "wonder") if gone == "settings" else ("carol", "sing")
    client = world.client(user=name)
    client.password = password
    assert client.allocate().cls is Class.SUCCESS
    if gone == "settings":
        world.relay.reload(replace(world.settings, users={"bob": "builder"}), world.now)
    else:
        world.relay.change_users(UserList())
    assert _code(client.refresh(600)) == 401
