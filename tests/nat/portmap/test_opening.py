"""Tests of `nat.portmap.opening`: a port is open inside the block, and closed after it whatever happens."""

import asyncio

import pytest

from nat.choices import PortMapping
from nat.packets import Protocol
from nat.portmap import SilentError, UnsupportedError, open_port
from nat.portmap.choosing import GIVING_UP
from stunwire import Family
from tests.nat.portmap.conftest import PLACES, Home, House


@pytest.mark.parametrize("protocol", [Protocol.UDP, Protocol.TCP])
@pytest.mark.parametrize("place", [Home, House])
def test_inside_the_block_it_is_open_with_the_internal_port_s_number(place, protocol) -> None:
    home = place()

    async def main():
        async with open_port(5000, protocol=protocol, **home.way) as port:
            assert home.mappings == [(protocol.name, 5000, 5000)]
            assert (port.external, port.internal) == (
                (home.address, 5000),
                (home.alice.address, 5000),
            )
            assert (port.spoken, port.gateway, port.deleted) == (
                PortMapping.PCP,
                home.gateway,
                None,
            )
            assert repr(port) == f"<OpenPort {protocol.name} {port.external}>"
        return port

    port = home.run(main())
    assert home.mappings == []
    assert (port.deleted, port.is_open, port.problem) == (True, False, "")


class OopsError(Exception):
    pass


@pytest.mark.parametrize(("place", "spoken"), PLACES)
@pytest.mark.parametrize("how", ["error", "cancelled", "timeout"])
def test_it_is_closed_however_the_block_ends(place, spoken, how) -> None:
    home = place((spoken,))

    async def block():
        async with open_port(5000, **home.way):
            assert home.mappings
            if how == "error":
                raise OopsError
            await asyncio.Event().wait()

    async def main():
        task = asyncio.create_task(block())
        await asyncio.sleep(1)
        if how == "cancelled":
            task.cancel()
        if how == "timeout":
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(task, 1)
            return
        with pytest.raises((OopsError, asyncio.CancelledError)):
            await task

    home.run(main())
    assert home.mappings == []


@pytest.mark.parametrize(("place", "spoken"), PLACES)
@pytest.mark.parametrize("after", [0.0005, 0.0011, 0.002, 0.003, 0.005, 0.008, 0.011, 0.02])
def test_whenever_it_is_interrupted_nothing_stays_open(place, spoken, after) -> None:
    home = place((spoken,))

    async def block():
        async with asyncio.timeout(after), open_port(5000, spoken=[spoken], **home.way):
            await asyncio.Event().wait()

    async def main():
        with pytest.raises(TimeoutError):
            await block()

    home.run(main())
    assert home.mappings == []


def test_a_gateway_that_has_gone_holds_nobody_up(make_home) -> None:
    home = make_home()

    async def main():
        async with open_port(5000) as port:
            home.simulation.link(home.alice, loss=1)
            began = home.simulation.now
        return port, home.simulation.now - began

    port, took = home.run(main())
    assert took <= GIVING_UP + 0.1
    assert port.deleted is False
    assert "did not answer" in port.problem


def test_where_no_gateway_opens_ports_the_block_is_not_entered(make_home) -> None:
    async def main():
        async with open_port(5000):
            pytest.fail("there is no port")

    with pytest.raises(SilentError, match="no port was opened"):
        make_home(()).run(main())


def test_a_port_out_of_range_is_told_before_anything_is_sent(make_home) -> None:
    home = make_home()

    async def main():
        async with open_port(70_000):
            pass

    with pytest.raises(ValueError, match="from 1 to 65535, not 70000"):
        home.run(main())
    assert not home.simulation.trace.sent()


def test_another_external_port_may_be_wished_or_none_in_particular(make_home) -> None:
    home = make_home()

    async def main():
        async with (
            open_port(5000, external_port=80) as one,
            open_port(6000, external_port=0) as any_,
        ):
            return one.external.port, any_.external.port

    one, other = home.run(main())
    assert one == 80
    assert other not in {0, 80}


def test_a_stranger_comes_in_by_a_pinhole_while_it_is_open_and_not_before_or_after(
    make_house,
) -> None:
    home = make_house()

    async def main():
        found = [await home.knock((home.address, 5000))]
        async with open_port(5000, family=Family.IPV6) as port:
            found.append(await home.knock(port.external))
            found.append(await home.knock(port.external._replace(port=5001)))
        found.append(await home.knock(port.external))
        return found

    assert home.run(main()) == [False, True, False, False]


def test_a_pinhole_that_nobody_could_close_ends_by_itself(make_house) -> None:
    home = make_house()

    async def main():
        async with open_port(5000, family=Family.IPV6, lifetime=600) as port:
            home.simulation.link(home.alice, loss=1)
        home.simulation.link(home.alice, loss=0)
        found = [port.deleted, await home.knock(port.external)]
        await asyncio.sleep(600)
        return [*found, await home.knock(port.external)]

    assert home.run(main()) == [False, True, False]


@pytest.mark.parametrize("place", [Home, House])
def test_the_address_of_a_socket_says_where_what_comes_in_goes(place) -> None:
    home = place()
    second = home.address[:-1] + "9" if place is House else "192.168.1.9"
    home.alice.attach(home.nat, home.alice.address, second)

    async def main():
        async with open_port(5000, host=second) as port:
            return port.internal, await home.knock(port.external)

    assert home.run(main()) == ((second, 5000), True)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"host": "192.168.1.2", "family": Family.IPV6}, "of IPv6, not 192.168.1.2, which is of"),
        ({"host": "fe80::1"}, "fe80::1 counts on its own link"),
        ({"host": "alice"}, "an address of IPv4, not 'alice'"),
        ({"gateway": "192.168.1.1", "family": Family.IPV6}, "the gateway is an address of IPv6"),
    ],
)
def test_an_address_that_cannot_be_is_told_before_anything_is_sent(make_house, how, words) -> None:
    home = make_house()

    async def main():
        async with open_port(5000, **how):
            pass

    with pytest.raises(ValueError, match=words):
        home.run(main())
    assert not home.simulation.trace.sent()


def test_that_nat_pmp_has_no_pinholes_is_said(make_house) -> None:
    async def main():
        async with open_port(5000, family=Family.IPV6, spoken=[PortMapping.NAT_PMP]):
            pass

    with pytest.raises(UnsupportedError, match="NAT-PMP opens no pinholes in firewalls of IPv6"):
        make_house().run(main())
