"""Tests of `nat.portmap.natpmpclient`: a simulated NAT opens and closes ports by NAT-PMP."""

import dataclasses

import pytest

from nat import PORT_RESTRICTED_CONE
from nat.choices import PortMapping
from nat.packets import Protocol
from nat.portmap import NatPmpClient, RefusedError, UnsupportedError, Wanted
from nat.portmap.errors import NoExternalAddressError
from nat.portmapping.natpmp import NatPmp, Result
from tests.nat.portmap.conftest import EXTERNAL, GATEWAY

WEB = Wanted(Protocol.UDP, 5000, 8080, 600)
ONLY = (PortMapping.NAT_PMP,)


def test_a_look_tells_the_external_address_and_opens_nothing(make_home) -> None:
    home = make_home(ONLY)
    look = home.run(NatPmpClient(home.network, GATEWAY).look())
    assert (look.external, look.epoch) == (EXTERNAL, 0)
    assert home.mappings == []


def test_another_port_is_given_where_the_wanted_one_is_taken(make_home) -> None:
    home = make_home(ONLY)
    bob = home.nat.host("bob")

    async def main():
        await bob.run(NatPmpClient(home.network, GATEWAY).open(WEB))
        return await NatPmpClient(home.network, GATEWAY).open(WEB)

    assert home.run(main()).external.port != 8080


def test_a_refusal_is_said_in_words(make_home) -> None:
    full = dataclasses.replace(PORT_RESTRICTED_CONE, quota=1)
    home = make_home(ONLY, full)

    async def main():
        await NatPmpClient(home.network, GATEWAY).open(WEB)
        await NatPmpClient(home.network, GATEWAY).open(Wanted(Protocol.UDP, 6000))

    with pytest.raises(
        RefusedError, match=r"192.168.1.1 refuses by NAT-PMP: out of resources"
    ) as no:
        home.run(main())
    assert no.value.code == 4


def test_a_gateway_with_pcp_alone_is_known_by_its_version(make_home) -> None:
    home = make_home((PortMapping.PCP,))
    with pytest.raises(UnsupportedError, match="does not speak NAT-PMP"):
        home.run(NatPmpClient(home.network, GATEWAY).look())


@pytest.mark.parametrize(
    ("result", "error"),
    [(Result.NETWORK_FAILURE, RefusedError), (Result.SUCCESS, NoExternalAddressError)],
)
def test_a_gateway_without_an_external_address_leaves_nothing_open(
    make_home, monkeypatch, result, error
) -> None:
    home = make_home(ONLY)

    def announcement(self, now):
        return self._head(0, result, now) + bytes(4)

    monkeypatch.setattr(NatPmp, "announcement", announcement)
    with pytest.raises(error, match="no external address"):
        home.run(NatPmpClient(home.network, GATEWAY).open(WEB))
    assert home.mappings == []


def test_after_a_reboot_the_port_that_was_given_is_asked_for(make_home) -> None:
    """RFC 6886 §3.3: and not the one that was wished at first."""
    home = make_home(ONLY)
    bob = home.nat.host("bob")

    async def main():
        await bob.run(NatPmpClient(home.network, GATEWAY).open(WEB))
        client = NatPmpClient(home.network, GATEWAY)
        first = await client.open(WEB)
        home.nat.reboot()
        return first.external, (await client.open(WEB)).external

    first, again = home.run(main())
    assert first == again
    assert first.port != WEB.external_port
