"""Tests of `nat.portmap.opening`: a port is open inside the block, and closed after it whatever happens."""

import asyncio

import pytest

from nat.choices import PortMapping
from nat.packets import Protocol
from nat.portmap import SilentError, open_port
from nat.portmap.choosing import GIVING_UP, ORDER
from tests.nat.portmap.conftest import EXTERNAL, GATEWAY


@pytest.mark.parametrize("protocol", [Protocol.UDP, Protocol.TCP])
def test_inside_the_block_it_is_open_with_the_internal_port_s_number(make_home, protocol) -> None:
    home = make_home()

    async def main():
        async with open_port(5000, protocol=protocol) as port:
            assert home.mappings == [(protocol.name, 5000, 5000)]
            assert (port.external, port.internal) == (
                (EXTERNAL, 5000),
                (home.alice.address, 5000),
            )
            assert (port.spoken, port.gateway, port.deleted) == (PortMapping.PCP, GATEWAY, None)
            assert repr(port) == f"<OpenPort {protocol.name} 203.0.113.1:5000>"
        return port

    port = home.run(main())
    assert home.mappings == []
    assert (port.deleted, port.is_open, port.problem) == (True, False, "")


class OopsError(Exception):
    pass


@pytest.mark.parametrize("spoken", ORDER)
@pytest.mark.parametrize("how", ["error", "cancelled", "timeout"])
def test_it_is_closed_however_the_block_ends(make_home, spoken, how) -> None:
    home = make_home((spoken,))

    async def block():
        async with open_port(5000):
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


@pytest.mark.parametrize("spoken", ORDER)
@pytest.mark.parametrize("after", [0.0005, 0.0011, 0.002, 0.003, 0.005, 0.008, 0.011, 0.02])
def test_whenever_it_is_interrupted_nothing_stays_open(make_home, spoken, after) -> None:
    home = make_home((spoken,))

    async def block():
        async with asyncio.timeout(after), open_port(5000, spoken=[spoken]):
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
