"""Tests of `nat.portmap.choosing`: the best protocol that is there opens the port, and nothing stays behind."""

import asyncio
import dataclasses

import pytest

from nat import PORT_RESTRICTED_CONE
from nat.packets import Protocol
from nat.portmap import (
    NoGatewayError,
    RefusedError,
    SilentError,
    UnsupportedError,
    Wanted,
    choosing,
)
from nat.portmap.choosing import ORDER, Way, make_client, open_by_any, open_or_close
from nat.portmap.sockets import Sockets
from nat.simulator import Simulation

GAME = Wanted(Protocol.UDP, 5000, 8080, 600)
PCP, PMP, UPNP = ORDER


@pytest.mark.parametrize(
    ("spoken", "best"),
    [
        (ORDER, PCP),
        ((PMP, UPNP), PMP),
        ((PCP, UPNP), PCP),
        ((UPNP,), UPNP),
    ],
)
def test_the_best_protocol_that_is_there_is_taken_at_once(make_home, spoken, best) -> None:
    home = make_home(spoken)
    _, grant = home.run(open_by_any(home.network, GAME))
    assert grant.spoken is best
    assert home.mappings == [("UDP", 5000, 8080)]
    assert home.simulation.now < 0.2


@pytest.mark.parametrize("spoken", ORDER)
def test_only_the_protocols_that_are_allowed_are_used(make_home, spoken) -> None:
    home = make_home()
    _, grant = home.run(open_by_any(home.network, GAME, spoken=[spoken]))
    assert grant.spoken is spoken


def test_who_opens_no_port_is_said_for_each_protocol(make_home) -> None:
    home = make_home(())
    with pytest.raises(SilentError) as silent:
        home.run(open_by_any(home.network, GAME))
    text = str(silent.value)
    assert text.startswith("no port was opened: pcp: 192.168.1.1 did not answer on port 5351")
    assert "; nat-pmp: " in text
    assert "; upnp: no UPnP gateway has answered" in text
    assert home.simulation.now < 2


def test_that_one_has_refused_weighs_most(make_home) -> None:
    full = dataclasses.replace(PORT_RESTRICTED_CONE, quota=1)
    home = make_home((PCP,), full)

    async def main():
        await open_by_any(home.network, GAME)
        await open_by_any(home.network, Wanted(Protocol.UDP, 6000))

    with pytest.raises(RefusedError, match="no room for another mapping") as no:
        home.run(main())
    assert (no.value.code, no.value.retry_after) == (8, 30)


def test_a_gateway_that_speaks_none_is_said_to(make_home) -> None:
    home = make_home((UPNP,))
    with pytest.raises((UnsupportedError, SilentError), match="no port was opened: pcp"):
        home.run(open_by_any(home.network, GAME, spoken=(PCP, PMP)))


def test_a_machine_without_a_router_says_so() -> None:
    simulation = Simulation(1)
    host = simulation.host("server")
    with pytest.raises(NoGatewayError, match="no default router"):
        simulation.run(host.run(open_by_any(Sockets(), GAME, spoken=(PCP, PMP))))


def test_a_system_that_does_not_tell_its_router_says_why() -> None:
    class Foreign(Sockets):
        def gateway(self, family):
            raise OSError("not known on this system")

    with pytest.raises(NoGatewayError, match="not known on this system"):
        make_client(Foreign(), PCP)
    assert make_client(Foreign(), PCP, Way(gateway="192.168.1.1")).gateway == "192.168.1.1"
    assert make_client(Foreign(), UPNP).gateway is None


def test_no_protocol_at_all_is_the_callers_mistake(make_home) -> None:
    home = make_home()
    with pytest.raises(ValueError, match="at least one protocol"):
        home.run(open_by_any(home.network, GAME, spoken=()))


def test_an_answer_that_is_lost_leaves_nothing_open(make_home) -> None:
    home = make_home((PMP,))

    async def main():
        client = make_client(home.network, PMP)
        await client.look()
        home.simulation.link(
            home.alice, down=dataclasses.replace(home.alice.port.down.quality, loss=1)
        )
        home.simulation.at(
            home.simulation.now + 2, lambda: home.simulation.link(home.alice, loss=0)
        )
        with pytest.raises(SilentError):
            await open_or_close(client, GAME)

    home.run(main())
    assert home.mappings == []


def test_nothing_stays_open_where_it_is_interrupted_while_other_looks_end(
    make_home, monkeypatch
) -> None:
    """A look over HTTP takes up to a second to close its connection."""
    home = make_home((PCP, PMP))

    async def is_there(client, look=choosing._is_there):
        if client.spoken is PCP:
            return await look(client)
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(1)

    monkeypatch.setattr(choosing, "_is_there", is_there)

    async def main():
        opening = asyncio.create_task(open_by_any(home.network, GAME))
        await asyncio.sleep(0.5)
        opened = home.mappings
        opening.cancel()
        await asyncio.wait([opening])
        return opened, opening.cancelled()

    assert home.run(main()) == ([("UDP", 5000, 8080)], True)
    assert home.mappings == []
