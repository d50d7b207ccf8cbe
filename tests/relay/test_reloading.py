"""Settings that change while the relay runs, and what that does to clients that are there."""

from dataclasses import replace

import pytest

from relay import Limits, PeerPolicy, Settings, SettingsError
from relay.reloading import check_changes
from stunwire import Address, AlternateServer, Class, ErrorCode

PEER = Address("8.8.8.8", 7000)
OTHER = Address("9.9.9.9", 7000)


def _reload(world, **changed) -> None:
    world.settings = replace(world.settings, **changed)
    world.relay.reload(world.settings, world.now)


def _code(reply) -> int | None:
    error = reply.get(ErrorCode)
    return None if error is None else error.code


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"listen": (Address("127.0.0.1", 1),)}, "listen"),
        ({"listen_tcp": (Address("127.0.0.1", 1),)}, "listen_tcp"),
        ({"realm": "elsewhere"}, "realm"),
        ({"port_range": (50000, 50001)}, "port_range"),
        ({"limits": Limits(port_quarantine=1.0)}, "limits.port_quarantine"),
    ],
)
def test_what_cannot_change_is_refused_by_name(changed, name):
    old = Settings(listen=(Address("127.0.0.1", 3478),))
    check_changes(old, replace(old, users={"alice": "wonder"}))
    with pytest.raises(SettingsError, match=rf"restart: {name}$"):
        check_changes(old, replace(old, **changed))


def test_a_refused_reload_changes_nothing(world, client):
    client.allocate()
    with pytest.raises(SettingsError, match="realm"):
        world.relay.reload(replace(world.settings, realm="x", users={}), world.now)
    assert client.refresh(600).cls is Class.SUCCESS


def test_a_user_may_come_and_another_may_go(world, client):
    client.allocate()
    _reload(world, users={"carol": "c"})
    assert world.client(port=40001, user="carol").allocate().cls is Class.SUCCESS
    assert _code(client.refresh(600)) == 401
    assert _code(world.client(port=40002).allocate()) == 401
    world.pass_time(601)
    assert world.relay.counters().allocations == 0


def test_the_nonces_that_clients_hold_stay_good(world, client):
    client.allocate()
    _reload(world, limits=Limits(allocations=5))
    nonce = client.nonce
    assert client.refresh(600).cls is Class.SUCCESS
    assert client.nonce == nonce


def test_permissions_and_channels_that_policy_denies_now_end_at_once_and_the_others_stay(
    world, client
):
    client.allocate()
    client.bind(0x4000, PEER)
    client.bind(0x4001, OTHER)
    client.permit("8.8.4.4")
    routes = world.relay.datapath.routes_to_client(client.number)
    _reload(world, peers=PeerPolicy(deny=("8.8.0.0/16",)))
    assert set(routes) == {OTHER}
    assert not client.send_on(0x4000, b"x")
    assert client.hear(PEER, b"x") is None
    (held,) = world.relay.state.registry.all()
    assert set(held.permissions) == {OTHER.host}
    assert client.send_on(0x4001, b"x")
    assert client.hear(OTHER, b"x")
    assert _code(client.permit(PEER.host)) == 403
    _reload(world, peers=PeerPolicy())
    assert not client.send(PEER, b"x")  # what ended does not come back by itself
    assert client.bind(0x4000, PEER).cls is Class.SUCCESS


def test_a_bandwidth_limit_holds_for_the_channels_there_are_and_can_be_lifted(world, client):
    client.allocate()
    client.bind(0x4000, PEER)
    (held,) = world.relay.state.registry.all()
    (channel,) = held.channels.values()
    _reload(world, limits=Limits(bandwidth_per_user=10))
    assert channel.route.allowance is held.allowance is not None
    assert client.send_on(0x4000, b"." * 10)
    _reload(world, realm=world.settings.realm)
    assert not client.send_on(0x4000, b".")  # a reload alone gives nothing back
    _reload(world, limits=Limits())
    assert channel.route.allowance is None
    assert client.send_on(0x4000, b".")


def test_strangers_get_the_new_rate(world):
    _reload(world, limits=Limits(unauthenticated_burst=1.0, unauthenticated_rate=0.001))
    client = world.client()
    client.challenge()
    with pytest.raises(AssertionError):
        client.challenge()


def test_clients_are_sent_to_the_new_alternate_servers(world, client):
    _reload(world, alternate_servers=(Address("192.0.1.9", 3478),))
    world.relay.drain()
    reply = client.allocate()
    assert reply.get(AlternateServer).address == ("192.0.1.9", 3478)
