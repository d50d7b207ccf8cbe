"""Servers are read as people write them, and looked up within a bound; what is wrong is named."""

import asyncio
from collections.abc import Sequence

import pytest

from nat.discovery.evidence import Evidence
from nat.discovery.plan import StunServer
from nat.discovery.recorder import Recorder
from nat.discovery.servers import (
    BUILT_IN,
    LOOK_UP,
    ServerError,
    Target,
    find_targets,
    name_of,
    parse_server,
)
from nat.discovery.transactions import Transport
from stunwire import Address

from .scripted import ScriptedNetwork, ScriptedUdp, run

UDP, TCP, TLS = Transport
SIX = Address("2001:db8::1", 3478)
FOUR = Address("198.51.100.1", 3478)


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("stun.example.org", StunServer("stun.example.org", 3478)),
        (" stun.example.org:19302 ", StunServer("stun.example.org", 19302)),
        ("stun:stun.example.org", StunServer("stun.example.org", 3478)),
        ("STUN:stun.example.org:3479", StunServer("stun.example.org", 3479)),
        ("stun:stun.example.org?transport=udp", StunServer("stun.example.org", 3478)),
        ("stun:stun.example.org?transport=tcp", StunServer("stun.example.org", 3478, TCP)),
        ("stuns:stun.example.org", StunServer("stun.example.org", 5349, TLS)),
        ("tcp:stun.example.org:80", StunServer("stun.example.org", 80, TCP)),
        ("tls:192.0.2.1", StunServer("192.0.2.1", 5349, TLS)),
        ("192.0.2.1", StunServer("192.0.2.1", 3478)),
        ("2001:db8::1", StunServer("2001:db8::1", 3478)),
        ("[2001:db8::1]", StunServer("2001:db8::1", 3478)),
        ("[2001:db8::1]:3479", StunServer("2001:db8::1", 3479)),
        ("stun:[2001:db8::1]:3479", StunServer("2001:db8::1", 3479)),
        ("stun:3479", StunServer("stun", 3479)),
        ("srv:example.org", StunServer("_stun-behavior._udp.example.org", 0)),
        ("_stun._udp.example.org", StunServer("_stun._udp.example.org", 0)),
        ("_stun._tcp.example.org", StunServer("_stun._tcp.example.org", 0, TCP)),
        ("_stun-behaviors._tcp.a.org", StunServer("_stun-behaviors._tcp.a.org", 0, TLS)),
        ("udp://stun.example.org", StunServer("stun.example.org", 3478)),
    ],
)
def test_what_people_write_is_read(text: str, server: StunServer) -> None:
    assert parse_server(text) == server
    assert parse_server(name_of(server)) == server


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "names no host"),
        ("http://stun.example.org", "has the scheme 'http'"),
        ("stun:", "names no host|port"),
        (":3478", "names no host"),
        ("-q", "is no host"),
        ("turn:203.0.113.7", "is a TURN server: give it with --turn"),
        ("TURNS:example.org:5349?transport=tcp", "is a TURN server"),
        ("example:", "port ''"),
        ("example:x", "port 'x': expected a number from 1 to 65535"),
        ("example:0", "port '0'"),
        ("example:65536", "port '65536'"),
        ("example:٣", "port '٣'"),
        ("srv:example.org:3478", "a port of its own|one of its own"),
        ("_stun.example.org", "no service"),
        ("1:2:3", "no IPv6 address; with a port"),
        ("[example]:3478", "in brackets"),
        ("[2001:db8::1", "in brackets"),
        ("[2001:db8::1]3478", "in brackets"),
        ("user@example", "no host"),
        ("two words", "no host"),
        ("stun:example?transport=sctp", r"expected \?transport="),
        ("stuns:example?transport=udp", r"expected \?transport="),
    ],
)
def test_what_is_none_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ServerError, match=words):
        parse_server(text)


def test_the_built_in_list_has_several_and_names_only() -> None:
    assert len({each.host for each in BUILT_IN}) >= 3
    assert all(parse_server(name_of(each)) == each for each in BUILT_IN)
    assert not any(each.host[0].isdigit() for each in BUILT_IN)


class _Network(ScriptedNetwork):
    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        if host == "slow":
            await asyncio.sleep(60)
        return await super().resolve(host, port)


def _find(
    *servers: StunServer, refusals: dict[Address, str] | None = None
) -> tuple[tuple[Target, ...], Evidence, float]:
    names = {"dual": [SIX, Address("2001:db8::2", 3478), FOUR, Address("198.51.100.2", 3478)]}
    places = {"_stun-behavior._udp.a.org": [("gone", 1), ("dual", 3478)]}
    network = _Network(names=names, places=places)
    if refusals:
        opening = network.open_udp

        async def open_udp(towards: Address, **options: object) -> ScriptedUdp:
            if towards in refusals:
                raise OSError(101, refusals[towards])
            return await opening(towards)

        network.open_udp = open_udp  # type: ignore[method-assign,assignment]

    async def main() -> tuple[tuple[Target, ...], Evidence, float]:
        recorder = Recorder(network)
        found = await find_targets(servers, network, recorder)
        assert all(each.is_closed for each in network.sockets)
        return found, recorder.evidence(), network.now()

    return run(main())


def test_the_first_address_of_each_family_is_asked() -> None:
    found, evidence, _ = _find(StunServer("dual"))
    assert {each.address for each in found} == {SIX, FOUR}
    assert {each.name for each in found} == {"dual:3478"}
    assert set(evidence.servers[0].addresses) == {SIX, FOUR}


def test_what_does_not_resolve_is_written_down_and_holds_up_nobody_for_long() -> None:
    found, evidence, seconds = _find(StunServer("gone"), StunServer("slow"), StunServer("dual"))
    assert {each.name for each in found} == {"dual:3478"}
    assert seconds == pytest.approx(LOOK_UP)
    assert "gone does not resolve" in evidence.servers[0].failure
    assert "no answer within 2 s" in evidence.servers[1].failure


def test_a_family_to_which_there_is_no_way_is_left_out_and_said_if_there_is_no_other() -> None:
    found, evidence, _ = _find(StunServer("dual"), refusals={SIX: "no way to six"})
    assert {each.address for each in found} == {FOUR}
    assert not evidence.servers[0].failure
    found, evidence, _ = _find(StunServer("dual"), refusals={SIX: "no six", FOUR: "no four"})
    assert not found
    assert evidence.servers[0].failure == "no four; no six"


def test_a_server_that_is_named_twice_is_asked_once() -> None:
    found, _, _ = _find(StunServer("dual"), StunServer("dual"))
    assert len(found) == 2


def test_a_service_is_its_first_place_that_resolves() -> None:
    found, evidence, _ = _find(parse_server("srv:a.org"), parse_server("srv:b.org"))
    assert {each.address for each in found} == {SIX, FOUR}
    assert evidence.servers[0].name == "_stun-behavior._udp.a.org"
    assert evidence.servers[1].failure == "_stun-behavior._udp.b.org does not resolve"
