"""Tests of `nat.discovery.maptesting`: a port is opened, tried from outside, and always closed again."""

import asyncio
import dataclasses

import pytest

import relay
from nat import PORT_RESTRICTED_CONE, SYMMETRIC, Dependence
from nat.choices import PortMapping
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.collecting import Collecting, collect
from nat.discovery.evidence import Wish, encode
from nat.discovery.evidence import decode as decode_evidence
from nat.discovery.plan import Plan, StunServer
from nat.discovery.transactions import Purpose
from nat.firewall import SIMPLE_SECURITY, STRICT
from nat.packets import Drop, DropReason
from nat.portmap.choosing import ORDER6
from stunwire import Address, ChangeRequest, Class, ResponsePort, XorMappedAddress, decode
from tests.nat.discovery.homes import ALICE6, OTHER, OTHER6, SERVER, SERVER6, Home, answering

PLAN = Plan(servers=(StunServer(SERVER.host, SERVER.port),), wishes=frozenset({Wish.MAP_TEST}))
EVERY = tuple(PortMapping)


def home_of(spoken=EVERY, behavior=PORT_RESTRICTED_CONE, **settings):
    return Home(dataclasses.replace(behavior, port_mapping=frozenset(spoken)), **settings)


def left_open(home):
    return home.nat.translator.explicit_mappings(home.simulation.now)


def collected(home, settings=None, *others, plan=PLAN):
    evidence = home.run(collect(plan, AsyncioNetwork()), settings, *others)
    assert left_open(home) == ()
    return {one.protocol: one for one in evidence.map_tests}, evidence


@pytest.mark.parametrize(
    "behavior",
    [
        PORT_RESTRICTED_CONE,
        SYMMETRIC,
        dataclasses.replace(SYMMETRIC, mapping=Dependence.ADDRESS_DEPENDENT),
    ],
    ids=["port-restricted", "symmetric", "ADM"],
)
def test_a_port_lets_a_stranger_in_behind_any_nat_and_is_closed(behavior) -> None:
    tests, evidence = collected(home_of(behavior=behavior))
    assert set(tests) == set(EVERY)
    for one in tests.values():
        assert (one.reached, one.deleted, one.failure) == (True, True, "")
        assert one.external.host == "203.0.113.1"
        assert one.internal.host == "192.168.1.2"
        assert one.lifetime in {119, 120}
    assert {one.purpose for one in evidence.transactions} == {Purpose.MAP_TEST}
    assert evidence.elapsed < 3


@pytest.mark.parametrize("seed", range(4))
def test_lost_packets_make_no_wrong_answer(seed) -> None:
    tests, _ = collected(home_of(seed=seed, loss=0.2))
    assert {one.reached for one in tests.values()} <= {True, None}


def test_where_no_gateway_opens_ports_nothing_was_tested() -> None:
    tests, _ = collected(home_of(()))
    assert tests == {}


def deaf(data, source):
    """Answer as a server does that ignores all that RFC 5780 adds."""
    request = decode(data)
    assert request.cls is Class.REQUEST
    return request.success(XorMappedAddress(Address(*source))).encode()


def strict(data, source):
    """Answer as one does that refuses it (RFC 8489 §6.3.1)."""
    request = decode(data)
    if request.get(ResponsePort) or request.get(ChangeRequest):
        return request.error(420).encode()
    return deaf(data, source)


def coy(data, source):
    """Answer as one does that has RESPONSE-PORT, but sends to nobody else."""
    port = decode(data).get(ResponsePort)
    return deaf(data, source) if port is None or port.port == source[1] else None


@pytest.mark.parametrize("answer", [deaf, strict, coy])
def test_a_server_that_cannot_send_elsewhere_decides_nothing(answer) -> None:
    patient = dataclasses.replace(PLAN, deadline=30)
    tests, _ = collected(home_of([PortMapping.PCP]), None, answering(answer), plan=patient)
    one = tests[PortMapping.PCP]
    assert (one.reached, one.deleted) == (None, True)
    assert one.failure.endswith("cannot send a packet to a port that sent it none")


def test_a_server_that_knows_change_request_alone_will_do() -> None:
    class Halfway(asyncio.DatagramProtocol):
        """Two sockets; RESPONSE-PORT is ignored."""

        def __init__(self, transports):
            self.transports = transports

        def connection_made(self, transport):
            self.transports.append(transport)

        def datagram_received(self, data, addr):
            other = decode(data).get(ChangeRequest) is not None
            self.transports[other].sendto(deaf(data, addr), addr)

    async def serve():
        transports = []
        loop = asyncio.get_running_loop()
        for address in (SERVER, OTHER):
            await loop.create_datagram_endpoint(lambda: Halfway(transports), local_addr=address)
        await asyncio.Event().wait()

    tests, _ = collected(home_of(), None, serve())
    assert [one.reached for one in tests.values()] == [True] * 3


def test_no_server_makes_no_answer_and_the_port_is_closed() -> None:
    nowhere = dataclasses.replace(PLAN, servers=(StunServer("198.51.100.99"),))
    tests, _ = collected(home_of([PortMapping.PCP]), plan=nowhere)
    one = tests[PortMapping.PCP]
    assert (one.reached, one.deleted) == (None, True)
    assert one.failure == "no server has answered that could send a packet to it"


def test_a_gateway_that_opens_nothing_really_is_found_out(monkeypatch) -> None:
    home = home_of([PortMapping.PCP])
    whole = type(home.nat.translator).inbound

    def inbound(self, packet, now):
        opened = {one.external.port for one in self.explicit_mappings(now)}
        if packet.destination.port in opened:
            return Drop(DropReason.FILTERED, "it lies")
        return whole(self, packet, now)

    monkeypatch.setattr(type(home.nat.translator), "inbound", inbound)
    home.nat._inbound = home.nat.translator.inbound
    tests, _ = collected(home)
    one = tests[PortMapping.PCP]
    assert (one.reached, one.deleted) == (False, True)
    assert "did not come in" in one.failure


def test_a_gateway_behind_another_nat_opens_nothing_to_the_internet() -> None:
    home = home_of(())
    carrier = home.simulation.nat("carrier", PORT_RESTRICTED_CONE, lan="100.64.0.0/10")
    behavior = dataclasses.replace(PORT_RESTRICTED_CONE, port_mapping=frozenset(PortMapping))
    inner = home.simulation.nat("inner", behavior, inside=carrier, lan="10.0.0.0/24")
    home.alice, home.nat = inner.host("carol"), inner
    tests, _ = collected(home)
    for one in tests.values():
        assert (one.reached, one.deleted) == (False, True)
        assert "it stands behind another NAT" in one.failure


def test_a_refusal_is_written_down_with_its_code() -> None:
    full = dataclasses.replace(PORT_RESTRICTED_CONE, table_size=1)
    home = home_of([PortMapping.PCP], full)
    tests, _ = collected(home)
    one = tests[PortMapping.PCP]
    assert one.external is None
    assert one.result == 8
    assert "no room" in one.failure


@pytest.mark.parametrize("spoken", EVERY)
@pytest.mark.parametrize("after", [0.001, 0.004, 0.008, 0.02, 0.06, 0.1, 0.15])
def test_whenever_it_is_interrupted_the_port_is_closed_again(spoken, after) -> None:
    home = home_of([spoken])

    async def main():
        collecting = Collecting(PLAN, AsyncioNetwork())
        running = asyncio.create_task(collecting.run())
        await asyncio.sleep(after)
        running.cancel()
        await asyncio.wait([running])
        return collecting.evidence()

    evidence = home.run(main())
    assert left_open(home) == ()
    assert evidence.interrupted
    for one in evidence.map_tests:
        assert one.deleted


def test_a_deadline_closes_the_port_as_well() -> None:
    home = home_of(EVERY)
    tests, evidence = collected(home, plan=dataclasses.replace(PLAN, deadline=0.35))
    assert all(one.deleted for one in tests.values())
    assert evidence.elapsed < 3


PLAN6 = dataclasses.replace(PLAN, servers=(StunServer(SERVER6.host, SERVER6.port),))
RELAY6 = relay.Settings(listen=(SERVER6,), alternate=OTHER6)


def house_of(spoken=ORDER6, firewall=STRICT, **settings):
    home = home_of((), **settings)
    home.add_ipv6(dataclasses.replace(firewall, port_mapping=frozenset(spoken)))
    return home


def collected6(home, *others, plan=PLAN6):
    evidence = home.run(collect(plan, AsyncioNetwork()), None if others else RELAY6, *others)
    assert home.firewall.state.explicit_mappings(home.simulation.now) == ()
    assert evidence.map_tests == ()
    return {one.protocol: one for one in evidence.pinhole_tests}, evidence


@pytest.mark.parametrize("firewall", [STRICT, SIMPLE_SECURITY], ids=["strict", "simple"])
def test_a_pinhole_lets_a_stranger_in_and_is_closed(firewall) -> None:
    tests, evidence = collected6(house_of(firewall=firewall))
    assert set(tests) == set(ORDER6)
    for one in tests.values():
        assert (one.reached, one.deleted, one.failure) == (True, True, "")
        assert one.external == one.internal
        assert (one.internal.host, one.lifetime) == (ALICE6, 120)
    assert decode_evidence(encode(evidence)) == evidence


def test_a_firewall_that_opens_no_pinhole_really_is_found_out(monkeypatch) -> None:
    home = house_of()
    whole = type(home.firewall.state).inbound

    def inbound(self, packet, now):
        opened = {one.external.port for one in self.explicit_mappings(now)}
        if packet.destination.port in opened:
            return Drop(DropReason.FILTERED, "it lies")
        return whole(self, packet, now)

    monkeypatch.setattr(type(home.firewall.state), "inbound", inbound)
    home.firewall._inbound = home.firewall.state.inbound
    for one in collected6(home)[0].values():
        assert (one.reached, one.deleted) == (False, True)
        assert "did not come in" in one.failure


def test_a_pinhole_that_no_server_of_ipv6_can_try_decides_nothing_and_is_closed() -> None:
    tests, _ = collected6(house_of([PortMapping.PCP]), plan=PLAN)
    one = tests[PortMapping.PCP]
    assert (one.reached, one.deleted) == (None, True)
    assert one.failure == "no server has answered that could send a packet to it"


@pytest.mark.parametrize("after", [0.004, 0.02, 0.06, 0.15])
def test_whenever_it_is_interrupted_the_pinhole_is_closed_again(after) -> None:
    home = house_of()

    async def main():
        collecting = Collecting(PLAN6, AsyncioNetwork())
        running = asyncio.create_task(collecting.run())
        await asyncio.sleep(after)
        running.cancel()
        await asyncio.wait([running])

    home.run(main(), RELAY6)
    assert home.firewall.state.explicit_mappings(home.simulation.now) == ()
