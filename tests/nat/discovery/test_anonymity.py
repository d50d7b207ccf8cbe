"""Masks: nothing of the original is left, and what is equal stays equal."""

import ipaddress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nat.choices import PortMapping
from nat.discovery.anonymity import anonymize
from nat.discovery.evidence import Evidence, Wish, encode
from nat.discovery.judging import judge
from nat.discovery.surroundings import Attempt, GatewayProbe, Interface, Means
from nat.discovery.transactions import Answer, Purpose, Server, Socket, Transaction, Transport
from stunwire import Address

LOCAL, ROUTER = "192.168.178.23", "192.168.178.1"
OURS, OTHER = Address("87.65.43.21", 40000), "87.65.43.22"
SERVER, ALTERNATE = Address("5.6.7.8", 3478), Address("5.6.9.10", 3479)
STARTED = 1_700_000_123.0


def evidence() -> Evidence:
    answer = Answer(at=0.1, socket=1, source=SERVER, xor_mapped=OURS, mapped=OURS, other=ALTERNATE)
    return Evidence(
        started=STARTED,
        wishes=(Wish.MAPPING,),
        interfaces=(
            Interface(name="eth0", addresses=(LOCAL, "fe80::aa:bbff:fecc:1%eth0"), is_default=True),
            Interface(name="enx00e04c680001", addresses=("2003:aa:bb:cc::7", "10.1.2.3")),
        ),
        gateway=ROUTER,
        gateway6="fe80::1",
        gateway_print="a0b",
        servers=(
            Server(name="stun.mine.corp:3478", addresses=(SERVER,)),
            Server(name="stun.public.example:3478", failure="stun.public.example: no such name"),
            Server(name="5.6.7.8:3478", addresses=(SERVER,)),
        ),
        sockets=(Socket(number=1, transport=Transport.UDP, local=Address(LOCAL, 50000)),),
        transactions=(
            Transaction(
                purpose=Purpose.MAPPING_I,
                server="stun.mine.corp:3478",
                trial=1,
                socket=1,
                target=SERVER,
                answers=(answer,),
            ),
        ),
        attempts=(
            Attempt(
                means=Means.TURN_UDP,
                name="turn:turn.mine.corp:3478",
                failure="cannot reach turn.mine.corp at 5.6.7.8, nor 2003:aa:bb:cc::9: no route",
            ),
        ),
        gateways=(
            GatewayProbe(
                protocol=PortMapping.UPNP, gateway=ROUTER, external=OTHER, device="Anna's FRITZ!Box"
            ),
        ),
    )


def masked() -> Evidence:
    return anonymize(evidence(), well_known=["stun:stun.public.example:3478"])


def test_nothing_is_left_that_tells_whose_evidence_it_is() -> None:
    text = encode(masked()).decode()
    for secret in (
        *(LOCAL, ROUTER, OURS.host, OTHER, SERVER.host, ALTERNATE.host, "10.1.2.3"),
        *("2003:", "fecc", "mine", "corp", "Anna", "FRITZ", "e04c", "a0b", str(int(STARTED))),
    ):
        assert secret not in text
    assert "stun.public.example" in text
    assert masked().anonymous


def test_the_same_address_has_the_same_mask_everywhere() -> None:
    hidden = masked()
    (transaction,) = hidden.transactions
    (answer,) = transaction.answers
    assert answer.source == transaction.target == hidden.servers[0].addresses[0]
    assert hidden.servers[2].name == f"{answer.source.host}:3478"
    assert answer.source.host in hidden.attempts[0].failure
    assert hidden.gateways[0].gateway == hidden.gateway
    assert hidden.sockets[0].local == (hidden.interfaces[0].addresses[0], 50000)
    assert transaction.server == hidden.servers[0].name == "server-1.example:3478"
    assert hidden.attempts[0].name == "turn:server-2.example:3478"


def test_different_addresses_have_different_masks_and_ports_stay() -> None:
    (answer,) = masked().transactions[0].answers
    assert answer.xor_mapped is not None
    assert answer.other is not None
    hosts = {answer.source.host, answer.xor_mapped.host, answer.other.host}
    assert len(hosts | {masked().gateways[0].external}) == 4
    assert (answer.source.port, answer.xor_mapped.port, answer.other.port) == (3478, 40000, 3479)


def test_the_router_stays_in_the_local_network() -> None:
    hidden = masked()
    network = ipaddress.ip_network(f"{hidden.sockets[0].local.host}/24", strict=False)
    assert ipaddress.ip_address(str(hidden.gateway)) in network
    assert ipaddress.ip_address(hidden.interfaces[1].addresses[1]) not in network


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.9.8.7", "10.0.0.0/8"),
        ("172.31.8.7", "172.16.0.0/12"),
        ("192.168.8.7", "192.168.0.0/16"),
        ("100.72.1.2", "100.64.0.0/10"),
        ("169.254.1.2", "169.254.0.0/16"),
        ("192.0.0.2", "192.0.0.0/24"),
        ("8.8.8.8", "203.0.113.0/24"),
        ("fe80::77", "fe80::/64"),
        ("fd12:3456::1", "fd00::/8"),
        ("2a00:1450::1", "2001:db8::/32"),
        ("64:ff9b::808:808", "64:ff9b::/96"),
        ("::ffff:8.8.8.8", "::ffff:0:0/96"),
    ],
)
def test_a_mask_is_of_the_kind_of_what_it_hides(address: str, network: str) -> None:
    mask = ipaddress.ip_address(str(anonymize(Evidence(gateway=address)).gateway))
    assert mask in ipaddress.ip_network(network)
    assert mask != ipaddress.ip_address(address)


@pytest.mark.parametrize(
    "address", ["0.0.0.0", "127.0.0.1", "::", "::1", "239.255.255.250", "ff02::1"]
)
def test_what_says_nothing_of_anybody_stays(address: str) -> None:
    assert anonymize(Evidence(gateway=address)).gateway == address


@pytest.mark.parametrize(
    ("words", "masked"),
    [
        ("Server Do53:192.168.178.1@53 answered SERVFAIL", "Server Do53:192.168.0.1@53 answered"),
        ("from a:b:8.8.8.8", "from a:b:203.0.113.1"),
        ("http://192.168.178.1:49000/igd.xml: no answer", "http://192.168.0.1:49000/igd.xml: no"),
        (
            "it was redirected to /login?mac=00-e0-4c-68-00-01&ip=c0a8b217",
            "redirected to elsewhere",
        ),
        ("it was redirected to https://login.hotel.example/?room=7", "redirected to elsewhere"),
        ("no page at https://www.mine.corp:8443/me", "no page at https://server-1.example"),
        ("device 00:E0:4C:68:00:01 is gone", "device 00-00-5E-00-53-00 is gone"),
        ("http://known.example/success.txt", "http://known.example/success.txt"),
    ],
)
def test_texts_of_others_lose_what_tells_of_somebody(words: str, masked: str) -> None:
    attempt = Attempt(means=Means.HTTP, name="", failure=words)
    (hidden,) = anonymize(Evidence(attempts=(attempt,)), well_known=["known.example"]).attempts
    assert masked in hidden.failure
    for secret in ("178", "8.8.8.8", "mac=", "hotel", "mine", "e0", "E0"):
        assert secret not in hidden.failure


@pytest.mark.parametrize(
    "name", ["tcp:stun.mine.corp:3478", "tls:stun.mine.corp:5349", "http://stun.mine.corp/page"]
)
def test_a_servers_name_is_known_in_whatever_form_it_was_given(name: str) -> None:
    server = Server(name=name, failure="Stun.Mine.Corp does not resolve: no such name")
    hidden = anonymize(Evidence(servers=(server,))).servers[0]
    assert hidden.failure == "server-1.example does not resolve: no such name"
    assert hidden.name.startswith(f"{name.partition('stun')[0]}server-1.example")


def test_one_name_may_be_the_beginning_of_another() -> None:
    servers = (Server(name="stun.mine:3478"), Server(name="stun.mine.corp:3478"))
    hidden = anonymize(Evidence(servers=servers)).servers
    assert [each.name for each in hidden] == ["server-1.example:3478", "server-2.example:3478"]


@pytest.mark.parametrize("outer", ["9.9.9.9", "10.7.7.7", "100.64.1.2", "192.0.0.2", OURS.host])
def test_the_same_is_concluded_of_what_stands_before_the_router(outer: str) -> None:
    told = GatewayProbe(protocol=PortMapping.UPNP, answered_at=1.0, external=outer)
    whole = msgspec.structs.replace(evidence(), gateways=(told,))
    sent = tuple(msgspec.structs.replace(each, sent=(0.0,)) for each in whole.transactions)
    whole = msgspec.structs.replace(whole, transactions=sent)
    here, there = (judge(each).families[0] for each in (whole, anonymize(whole)))
    assert here.external
    for name in ("double", "carrier_grade"):
        found, again = getattr(here, name), getattr(there, name)
        assert (found.status, found.value) == (again.status, again.value)


def named() -> Evidence:
    """Names that somebody has chosen, where evidence has them."""
    probe = GatewayProbe(protocol=PortMapping.UPNP, answered_at=1.0, device="Anna's Box")
    return Evidence(
        interfaces=(
            Interface(name="eth0", addresses=(LOCAL,), is_default=True, routers=(ROUTER,)),
            Interface(name="wg-acme", addresses=("100.70.1.2", "fe80::7%wg-acme"), is_default=True),
            Interface(name="wg-acme.5", addresses=("10.9.0.2",)),
        ),
        sockets=tuple(
            Socket(number=n, transport=Transport.UDP, local=Address(host, 5000 + n), interface=name)
            for n, (host, name) in enumerate([("100.70.1.2", "wg-acme"), ("10.9.9.9", "acme-gone")])
        ),
        attempts=(
            Attempt(
                means=Means.TCP,
                name="tcp:a.example",
                failure="interface wg-acme has no IPv6 address",
            ),
        ),
        gateways=(probe, msgspec.structs.replace(probe, protocol=PortMapping.PCP)),
    )


def test_interfaces_and_devices_have_one_mask_each_wherever_they_are_named() -> None:
    hidden = anonymize(named())
    assert [each.name for each in hidden.interfaces] == [f"interface {n}" for n in (1, 2, 3)]
    assert [each.interface for each in hidden.sockets] == ["interface 2", "interface 4"]
    assert "fe80::1%interface 2" in hidden.interfaces[1].addresses
    assert hidden.attempts[0].failure == "interface interface 2 has no IPv6 address"
    assert [each.device for each in hidden.gateways] == ["device 1", "device 1"]
    text = encode(hidden).decode()
    assert not [secret for secret in ("acme", "eth0", "Anna", "wg") if secret in text]
    assert anonymize(Evidence(sockets=masked().sockets)).sockets[0].interface == ""


def test_that_an_interface_is_a_tunnel_is_known_without_its_name() -> None:
    sent = Transaction(
        purpose=Purpose.MAPPING_I, server="a", trial=0, socket=0, target=SERVER, sent=(0.0,)
    )
    answer = Answer(at=0.1, socket=0, source=SERVER, xor_mapped=OURS)
    asked = (msgspec.structs.replace(sent, answers=(answer,)),)
    whole = msgspec.structs.replace(named(), transactions=asked)
    here, there = (judge(each) for each in (whole, anonymize(whole)))
    assert here.verdict == there.verdict
    assert here.outlook.is_chosen is there.outlook.is_chosen is True
    for report in (here, there):
        found = report.families[0].carrier_grade
        assert not found.is_known
        assert "is a tunnel" in found.why
    assert there.outlook.through == ("interface 2",)


def test_what_is_anonymous_stays_as_it_is() -> None:
    assert anonymize(masked()) == masked()


@given(st.lists(st.ip_addresses(), unique=True, max_size=40))
def test_masks_are_one_to_one(hosts: list[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> None:
    addresses = tuple(str(host) for host in hosts)
    hidden = anonymize(Evidence(interfaces=(Interface(name="eth0", addresses=addresses),)))
    (interface,) = hidden.interfaces
    assert len(set(interface.addresses)) == len(addresses)


def test_more_strangers_than_documentation_has_addresses_for_are_still_told_apart() -> None:
    addresses = tuple(f"8.8.{n // 256}.{n % 256}" for n in range(1000))
    hidden = anonymize(Evidence(interfaces=(Interface(name="eth0", addresses=addresses),)))
    assert len(set(hidden.interfaces[0].addresses)) == 1000


@given(st.text(alphabet="0123456789abcdef:.[] ", max_size=60))
def test_any_text_can_be_masked(text: str) -> None:
    anonymize(Evidence(gateway=text))
