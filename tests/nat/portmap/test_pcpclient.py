"""Tests of `nat.portmap.pcpclient`: a simulated NAT opens and closes ports by PCP."""

import dataclasses

import pytest

from nat import PORT_RESTRICTED_CONE
from nat.choices import PortMapping
from nat.packets import Protocol
from nat.portmap import PcpClient, RefusedError, UnsupportedError, Wanted
from nat.portmap.choosing import open_by_any
from nat.portmap.errors import MalformedError
from nat.portmapping.pcp import Opcode, Pcp, Result
from nat.portmapping.pcp import RefusedError as PcpRefusedError
from tests.nat.portmap.conftest import GATEWAY

WEB = Wanted(Protocol.UDP, 5000, 8080, 600)
ONLY = (PortMapping.PCP,)


def test_a_look_opens_nothing(make_home) -> None:
    home = make_home(ONLY)
    look = home.run(PcpClient(home.network, GATEWAY).look())
    assert (look.external, look.epoch) == (None, 0)
    assert home.mappings == []


def test_after_a_reboot_the_same_external_port_is_asked_for(make_home) -> None:
    home = make_home(ONLY)

    async def main():
        client, wanted = PcpClient(home.network, GATEWAY), Wanted(Protocol.UDP, 5000)
        first = await client.open(wanted)
        home.nat.reboot()
        return first.external, (await client.open(wanted)).external

    first, again = home.run(main())
    assert first == again


def test_somebody_else_on_this_machine_cannot_end_it(make_home) -> None:
    home = make_home(ONLY)

    async def main():
        await PcpClient(home.network, GATEWAY).open(WEB)
        await PcpClient(home.network, GATEWAY).close(WEB)

    with pytest.raises(RefusedError, match="the mapping is somebody else's") as no:
        home.run(main())
    assert (no.value.code, no.value.retry_after) == (2, 1800)
    assert home.mappings == [("UDP", 5000, 8080)]


def test_a_refusal_is_said_in_words(make_home) -> None:
    full = dataclasses.replace(PORT_RESTRICTED_CONE, quota=1)
    home = make_home(ONLY, full)

    async def main():
        await PcpClient(home.network, GATEWAY).open(WEB)
        await PcpClient(home.network, GATEWAY).open(Wanted(Protocol.UDP, 6000))

    with pytest.raises(RefusedError, match="no room for another mapping") as no:
        home.run(main())
    assert (no.value.code, no.value.retry_after) == (8, 30)


def test_a_gateway_with_nat_pmp_alone_is_known_by_its_version(make_home) -> None:
    home = make_home((PortMapping.NAT_PMP,))
    with pytest.raises(UnsupportedError, match="does not speak PCP"):
        home.run(PcpClient(home.network, GATEWAY).look())


@pytest.mark.parametrize("is_shorter", [True, False])
def test_what_may_not_be_closed_is_asked_for_with_the_shortest_life(
    make_house, monkeypatch, is_shorter
) -> None:
    """As miniupnpd has it that takes its own renewed pinholes for somebody else's."""
    home = make_house()
    check = Pcp._check_nonce

    def refuse(self, protocol, internal, nonce, now):
        check(self, protocol, internal, nonce, now)
        if refuse.everything or refuse.lifetime == 0:
            raise PcpRefusedError(Result.NOT_AUTHORIZED)

    def note(self, data, source, lifetime, now, serve=Pcp._map):
        refuse.lifetime = lifetime
        return serve(self, data, source, lifetime, now)

    refuse.everything = False
    monkeypatch.setattr(Pcp, "_check_nonce", refuse)
    monkeypatch.setattr(Pcp, "_map", note)

    async def main():
        client = PcpClient(home.network, home.gateway)
        await client.open(WEB)
        refuse.everything = not is_shorter
        await client.close(WEB)

    words = "; it ends by itself within 120 s" if is_shorter else "is somebody else's"
    with pytest.raises(RefusedError, match=words):
        home.run(main())
    (hole,) = home.mapper.explicit_mappings(home.simulation.now)
    assert (hole.expires - home.simulation.now < 121) is is_shorter


def test_a_port_for_no_time_at_all_is_none(make_home, monkeypatch) -> None:
    home = make_home(ONLY)

    def serve(self, data, source, lifetime, now, serve=Pcp._map):
        return 0, serve(self, data, source, lifetime, now)[1]

    monkeypatch.setattr(Pcp, "_map", serve)
    with pytest.raises(MalformedError, match="has opened a port, number 8080 for 0 s"):
        home.run(PcpClient(home.network, GATEWAY).open(WEB))


@pytest.mark.parametrize("result", [Result.UNSUPP_OPCODE, Result.NOT_AUTHORIZED])
def test_a_gateway_that_knows_no_announce_may_still_open_ports(
    make_home, monkeypatch, result
) -> None:
    home = make_home(ONLY)

    def serve(self, data, source, now, serve=Pcp._serve):
        if data[1] == Opcode.ANNOUNCE:
            raise PcpRefusedError(result)
        return serve(self, data, source, now)

    monkeypatch.setattr(Pcp, "_serve", serve)
    opening = open_by_any(home.network, WEB, spoken=[PortMapping.PCP])
    if result is Result.UNSUPP_OPCODE:
        assert home.run(opening)[1].external.port == 8080
    else:
        with pytest.raises(RefusedError, match="turned off in its settings"):
            home.run(opening)
