"""Who may be a peer: every IPv4-in-IPv6 form, every row of the deny table, and the relay's own addresses."""

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relay.errors import SettingsError
from relay.interfaces import PeerTransport, RelayInterface
from relay.policy import (
    DENIED_BLOCKS,
    LOCAL_BLOCKS,
    BlockSet,
    Canonical,
    OwnAddresses,
    PeerGate,
    PeerPolicy,
    Reach,
    block,
    canonical,
)
from stunwire import Address

NOBODY = OwnAddresses(listeners=(), interfaces=(), is_allocated=lambda port: True)
PUBLIC_ONLY = PeerPolicy()
OWN = OwnAddresses(
    listeners=(Address("198.51.99.1", 3478), Address("127.0.0.1", 3478)),
    interfaces=(RelayInterface("127.0.0.1", "198.51.99.1", range(50000, 50101)),),
    is_allocated=lambda port: port in (50000, 50050),
)

# The forms that got past other relays: an address that is denied as IPv4 in every dress IPv6 has for it.
DRESSED = (
    "0.0.0.0",
    "127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "fec0::1",
    "ff02::1",
    "192.0.0.8",
    "192.88.99.1",
    "5f00::1",
)
# What scanners of relays try.
SCANNED = (
    "127.0.0.8",
    "127.255.255.254",
    "10.255.255.254",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.0.1",
    "192.168.255.254",
    "169.254.0.1",
    "224.0.0.1",
    "239.255.255.254",
    "100.64.0.1",
    "100.127.255.254",
    "192.0.0.1",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "198.18.0.1",
    "198.19.255.254",
    "240.0.0.1",
    "255.255.255.255",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "100::1",
    "4000::1",
    "8000::1",
)
PUBLIC = (
    "8.8.8.8",
    "1.1.1.1",
    "172.15.255.255",
    "172.32.0.0",
    "100.128.0.0",
    "2606:4700::1111",
    "2a00::1",
)


def _objection(
    host: str, policy: PeerPolicy = PUBLIC_ONLY, own: OwnAddresses = NOBODY
) -> str | None:
    gate = PeerGate(policy, own)
    by_host = gate.objection_to_host(host)
    assert (gate.objection(Address(host, 9)) is None) == (by_host is None)
    return by_host


@pytest.mark.parametrize("host", DRESSED + SCANNED)
def test_an_address_that_is_not_public_is_denied_by_default_in_every_form(host: str) -> None:
    assert _objection(host) is not None


@pytest.mark.parametrize("host", PUBLIC)
def test_a_public_address_is_allowed_by_default(host: str) -> None:
    assert _objection(host) is None


@pytest.mark.parametrize("row", DENIED_BLOCKS, ids=lambda row: f"{row.name} {row.first:x}")
def test_both_ends_of_every_row_are_denied(row) -> None:
    make = ipaddress.IPv4Address if row.version == 4 else ipaddress.IPv6Address
    assert _objection(str(make(row.first))) == row.name
    assert _objection(str(make(row.last))) == row.name


IPV4 = st.integers(0, 2**32 - 1)
FORMS = ("::ffff:{}", "::{}", "::ffff:0:{}", "64:ff9b::{}")


@given(IPV4, st.sampled_from(FORMS))
@example(0x7F000001, "::{}")
def test_an_ipv4_address_in_ipv6_clothes_is_judged_as_the_ipv4_address(
    value: int, form: str
) -> None:
    plain = str(ipaddress.IPv4Address(value))
    if form == "::{}" and value <= 1:
        return  # :: and ::1 are IPv6's own
    assert canonical(form.format(plain)) == Canonical(4, value)
    gate = PeerGate(PeerPolicy(), NOBODY)
    assert gate.objection_to_host(form.format(plain)) == gate.objection_to_host(plain)


@given(IPV4)
def test_6to4_is_denied_whatever_is_inside(value: int) -> None:
    assert _objection(str(ipaddress.IPv6Address(0x2002 << 112 | value << 80))) == "6to4"


@given(
    st.one_of(
        IPV4.map(ipaddress.IPv4Address), st.integers(0, 2**128 - 1).map(ipaddress.IPv6Address)
    )
)
def test_the_table_agrees_with_a_walk_through_all_its_rows(address) -> None:
    here = canonical(str(address))
    inside = [
        row
        for row in DENIED_BLOCKS
        if row.version == here.version and row.first <= here.value <= row.last
    ]
    found = BlockSet(DENIED_BLOCKS).find(here)
    assert (found is None) == (not inside)
    if found:
        assert found.first <= here.value <= found.last


@given(st.text(max_size=40))
def test_a_host_that_is_no_address_is_denied_not_an_exception(text: str) -> None:
    assert _objection(text) is not None or canonical(text)


def test_ipv6_ranges_are_compared_as_numbers_not_byte_by_byte() -> None:
    rows = BlockSet([block("2001:db8:ff00::/40", "x")])
    assert rows.find(canonical("2001:db8:ff80::1"))
    assert rows.find(canonical("2001:db9:ff80::1")) is None


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "100.64.0.1", "::1", "fd00::1", "::ffff:10.0.0.1"],
)
def test_reach_local_opens_loopback_and_private_networks(host: str) -> None:
    assert _objection(host, PeerPolicy(reach=Reach.LOCAL)) is None


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "198.51.100.1", "2002:7f00:1::"]
)
def test_reach_local_opens_nothing_else(host: str) -> None:
    assert _objection(host, PeerPolicy(reach=Reach.LOCAL)) is not None


def test_the_allow_list_wins_over_the_table_and_over_the_deny_list() -> None:
    policy = PeerPolicy(
        allow=("198.51.100.0/24", "10.0.0.7"), deny=("10.0.0.0/8", "198.51.100.0/25")
    )
    assert _objection("198.51.100.9", policy) is None
    assert _objection("10.0.0.7", policy) is None
    assert _objection("10.0.0.8", policy) is not None


def test_the_deny_list_adds_to_the_table_and_wins_over_reach_local() -> None:
    policy = PeerPolicy(reach=Reach.LOCAL, deny=("8.8.8.0/24", "10.0.0.0/8"))
    assert _objection("8.8.8.8", policy) == "denied network 8.8.8.0/24"
    assert _objection("10.0.0.1", policy) == "denied network 10.0.0.0/8"
    assert _objection("192.168.0.1", policy) is None


def test_a_listed_network_in_ipv6_clothes_means_the_ipv4_network() -> None:
    policy = PeerPolicy(allow=("::ffff:10.0.0.0/104",))
    assert _objection("10.9.9.9", policy) is None
    assert _objection("11.0.0.1", PeerPolicy(deny=("::/96",))) is not None


@pytest.mark.parametrize("entry", ["10.0.0.1/8", "example.org", "10.0.0.0/33", ""])
def test_an_entry_that_is_no_network_is_refused_and_named(entry: str) -> None:
    with pytest.raises(SettingsError, match="expected a network"):
        PeerPolicy(allow=(entry,))


@pytest.mark.parametrize("port", [50000, 50050])
@pytest.mark.parametrize("host", ["198.51.99.1", "127.0.0.1"])
def test_the_relays_own_address_is_a_peer_on_a_port_that_is_allocated(host: str, port: int) -> None:
    assert PeerGate(PeerPolicy(), OWN).objection(Address(host, port)) is None


@pytest.mark.parametrize("port", [22, 3478, 50001, 65535])
def test_the_relays_own_address_is_no_peer_on_any_other_port(port: int) -> None:
    gate = PeerGate(PeerPolicy(), OWN)
    assert gate.objection(Address("198.51.99.1", port)) is not None
    assert gate.objection(Address("::ffff:198.51.99.1", port)) is not None


def test_a_listener_is_never_a_peer_even_when_everything_is_allowed() -> None:
    gate = PeerGate(PeerPolicy(reach=Reach.LOCAL, allow=("0.0.0.0/0", "::/0")), OWN)
    assert gate.objection(Address("127.0.0.1", 3478)) == "the relay's own listener"
    assert gate.objection(Address("::ffff:127.0.0.1", 3478)) == "the relay's own listener"
    assert gate.objection(Address("127.0.0.1", 3479)) is None


def test_a_listener_on_every_address_is_no_peer_on_any_that_is_known():
    face = RelayInterface("10.0.0.5", "198.51.99.1", range(50000, 50101))
    own = OwnAddresses((Address("0.0.0.0", 3478),), (face,), lambda port: False)
    gate = PeerGate(PeerPolicy(reach=Reach.LOCAL, allow=("198.51.99.0/24",)), own)
    for host in ("10.0.0.5", "198.51.99.1", "127.0.0.1"):
        assert gate.objection(Address(host, 3478)) == "the relay's own listener"
        assert gate.objection(Address(host, 9999)) is None


def test_a_permission_for_the_relays_own_host_is_given_since_its_ports_are_judged_later() -> None:
    gate = PeerGate(PeerPolicy(), OWN)
    assert gate.objection_to_host("198.51.99.1") is None


def test_a_host_that_only_listens_is_denied() -> None:
    own = OwnAddresses(
        (Address("8.8.4.4", 3478),),
        (RelayInterface("8.8.8.8", "8.8.8.8", range(9)),),
        lambda port: True,
    )
    assert PeerGate(PeerPolicy(), own).objection_to_host("8.8.4.4") == "the relay's own address"


def test_port_zero_is_no_peer() -> None:
    assert PeerGate(PeerPolicy(), NOBODY).objection(Address("8.8.8.8", 0)) == "port 0"


def test_local_blocks_are_a_part_of_the_denied_ones() -> None:
    assert set(LOCAL_BLOCKS) <= set(DENIED_BLOCKS)


@pytest.mark.parametrize(
    ("host", "policy", "comes"),
    [
        ("8.8.8.8", PeerPolicy(), False),
        ("8.8.8.8", PeerPolicy(allow=("8.8.8.0/24",)), True),
        ("::ffff:8.8.8.8", PeerPolicy(allow=("8.8.8.0/24",)), True),
        ("8.8.4.4", PeerPolicy(allow=("8.8.8.0/24",)), False),
        ("127.0.0.1", PeerPolicy(reach=Reach.LOCAL), True),
        ("127.0.0.1", PeerPolicy(), False),
    ],
)
def test_over_tcp_it_can_take_a_network_that_is_named(host, policy, comes) -> None:
    gate = PeerGate(policy, NOBODY, only_listed_over_tcp=True)
    open_gate = PeerGate(policy, NOBODY)
    peer = Address(host, 80)
    assert (gate.objection(peer, PeerTransport.TCP) is None) is comes
    assert gate.objection(peer) == open_gate.objection(peer)  # over UDP nothing is different


def test_over_tcp_relayed_addresses_are_peers_where_networks_must_be_named() -> None:
    face = RelayInterface("198.51.99.1", "198.51.99.1", range(50000, 50101))
    own = OwnAddresses((), (face,), lambda port: False, lambda port: port == 50000)
    gate = PeerGate(PeerPolicy(), own, only_listed_over_tcp=True)
    assert gate.objection(Address("198.51.99.1", 50000), PeerTransport.TCP) is None
    assert gate.objection(Address("198.51.99.1", 50001), PeerTransport.TCP) is not None
