"""Tests of `nat.portmap.probing`: who is there, all asked at once, with nothing opened."""

import pytest

from nat.portmap import probe
from nat.portmap.choosing import ORDER
from nat.portmap.errors import NoGatewayError, SilentError, UnsupportedError
from nat.simulator import Simulation
from stunwire import Family
from tests.nat.portmap.conftest import EXTERNAL, GATEWAY

PCP, PMP, UPNP = ORDER


def test_all_that_are_there_answer_at_once_and_nothing_is_opened(make_home) -> None:
    home = make_home()
    pcp, pmp, upnp = home.run(probe())
    assert [one.error for one in (pcp, pmp, upnp)] == [None] * 3
    assert [one.gateway for one in (pcp, pmp, upnp)] == [GATEWAY] * 3
    assert [one.look.external for one in (pcp, pmp, upnp)] == [None, EXTERNAL, EXTERNAL]
    assert upnp.look.device == "A NAT of the Hairpin lab"
    assert all(one.asked_at <= one.look.at < 0.2 for one in (pcp, pmp, upnp))
    assert home.mappings == []


@pytest.mark.parametrize("spoken", ORDER)
def test_those_that_are_not_there_are_told_from_those_that_are(make_home, spoken) -> None:
    home = make_home((spoken,))
    found = home.run(probe())
    assert [one.spoken for one in found if one.look is not None] == [spoken]
    assert all(isinstance(one.error, SilentError | UnsupportedError) for one in found if one.error)
    assert home.simulation.now < 2


def test_a_router_that_takes_its_time_is_waited_for(make_home) -> None:
    home = make_home((UPNP,))
    home.simulation.link(home.alice, latency=0.2)
    (found,) = home.run(probe(spoken=[UPNP]))
    assert found.error is None
    assert found.look.external == EXTERNAL
    assert 2 < found.look.at < 4


def test_silence_has_an_end(make_home) -> None:
    home = make_home(())
    found = home.run(probe(patience=1.0))
    assert all(isinstance(one.error, SilentError) for one in found)
    assert home.simulation.now == pytest.approx(1.0, abs=0.01)


def test_a_machine_without_a_router_is_told(make_home) -> None:
    simulation = Simulation(1)
    pcp, pmp, upnp = simulation.run(simulation.host("server").run(probe()))
    assert isinstance(pcp.error, NoGatewayError)
    assert isinstance(pmp.error, NoGatewayError)
    assert isinstance(upnp.error, SilentError)


def test_a_firewall_of_ipv6_is_asked_for_pinholes_and_opens_none(make_house) -> None:
    home = make_house()
    pcp, pmp = home.run(probe(spoken=(PCP, PMP), family=Family.IPV6))
    assert (pcp.gateway, pcp.error, pcp.family) == (home.gateway, None, Family.IPV6)
    assert isinstance(pmp.error, UnsupportedError)
    assert home.mappings == []
