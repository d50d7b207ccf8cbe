"""Peers that meet with ICE where it is not plain: nested NATs, hairpins, predicted ports, silence."""

import asyncio
import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import pytest

import nat
from hairpin.lab.couples import Couple, play
from hairpin.lab.meeting import Outcome, meet
from hairpin.lab.mix import Place
from nat import DropReason, Hairpinning, PortAssignment
from nat.matrix import NatPair, Pairing
from nat.simulator import Simulation
from peer import Configuration, SessionFailedError, parse_servers
from peer.ice import IceAgent, LineEnd, line
from signaling import IceServer

CARRIER = "100.64.0.0/10"
EI, AD, APD = nat.Dependence
CONE = nat.PORT_RESTRICTED_CONE


def configuration(server: str) -> Configuration:
    servers = parse_servers([IceServer((f"stun:{server}",))])
    return Configuration(servers=servers, connect_deadline=5.0)


# nested NATs


@pytest.mark.parametrize("carrier", nat.ALL_NINE, ids=lambda one: one.short)
def test_a_home_behind_a_carriers_nat_meets_whom_the_composed_nat_would_meet(
    carrier: nat.Behavior,
) -> None:
    """A sample of the 729 that `tests/nat/test_traversal.py` punches through."""
    combinations = list(itertools.product(nat.ALL_NINE, nat.ALL_NINE))[:: 81 // 6]
    for home, remote in combinations:
        places = (Place("nested", (home, carrier), 0.015), Place("plain", (remote,), 0.010))
        met = play(Couple(places, seed=1))
        assert met.direct is met.expected, (home.short, carrier.short, remote.short)


# hairpins


def behind_one_carrier(homes: nat.Behavior, carrier: nat.Behavior) -> Outcome:
    simulation = Simulation(1)
    server = simulation.host("server")
    outer = simulation.nat("carrier", carrier, lan=CARRIER)
    alice, bob = (
        simulation.nat(f"home-{name}", homes, inside=outer).host(name) for name in ("alice", "bob")
    )
    return meet(simulation, alice, bob, with_relay=False, server=server)


@pytest.mark.parametrize("homes", nat.ALL_NINE[:3], ids=lambda one: one.short)
@pytest.mark.parametrize("hairpinning", Hairpinning)
def test_two_homes_of_one_carrier_meet_where_it_hairpins_with_the_external_source(
    homes: nat.Behavior, hairpinning: Hairpinning
) -> None:
    """An internal source is a stranger to homes that filter."""
    carrier = dataclasses.replace(nat.FULL_CONE, hairpinning=hairpinning)
    direct = hairpinning is Hairpinning.EXTERNAL_SOURCE or (
        hairpinning is Hairpinning.INTERNAL_SOURCE and homes.filtering is EI
    )
    assert behind_one_carrier(homes, carrier).connected is direct


@pytest.mark.parametrize("mapping", [AD, APD])
def test_a_hairpin_does_not_help_where_the_carrier_changes_ports(mapping: nat.Dependence) -> None:
    carrier = nat.Behavior(mapping, APD, hairpinning=Hairpinning.EXTERNAL_SOURCE)
    assert not behind_one_carrier(CONE, carrier).connected


# predicted ports


class Guessing:
    """Tells, with each server-reflexive candidate, the ports that follow it, too."""

    def __init__(self, end: LineEnd, guesses: int) -> None:
        self._end = end
        self._guesses = guesses

    async def send(self, text: str) -> None:
        await self._end.send(text)
        words = text.split()
        if "srflx" in words:
            for ahead in range(1, self._guesses + 1):
                guess = [words[0] + str(ahead), *words[1:5], str(int(words[5]) + ahead), *words[6:]]
                await self._end.send(" ".join(guess))

    async def receive(self) -> str:
        return await self._end.receive()


def predicts(guesses: int, seed: int, *, other_lan: str) -> bool:
    """Play a NAT that counts its ports up against one that filters by port."""
    counting = dataclasses.replace(nat.SYMMETRIC, ports=PortAssignment.SEQUENTIAL)
    pair = NatPair(Simulation(seed), Pairing(counting, CONE), lans=("192.168.1.0/24", other_lan))

    async def main() -> bool:
        await pair.serve_stun()
        near, far = line(0.03)
        ends = (Guessing(near, guesses), far)
        done = asyncio.Barrier(2)

        async def side(index: int) -> bool:
            settings = configuration(pair.server.address)
            async with IceAgent(settings, controlling=index == 0) as agent:
                try:
                    await agent.connect(ends[index])
                except SessionFailedError:
                    return False
                finally:
                    await done.wait()
                return True

        async with asyncio.TaskGroup() as group:
            tasks = [
                host.start(group, side(index)) for index, host in enumerate((pair.alice, pair.bob))
            ]
        return all(task.result() for task in tasks)

    return pair.simulation.run(main())


@pytest.mark.parametrize(("other_lan", "enough"), [("192.168.1.0/24", 1), ("192.168.2.0/24", 2)])
def test_ports_that_are_counted_up_can_be_guessed(other_lan: str, enough: int) -> None:
    """A check to a host candidate in another LAN takes a port first; one in the own LAN does not."""
    reached = {
        guesses: sum(predicts(guesses, seed, other_lan=other_lan) for seed in range(6))
        for guesses in range(3)
    }
    assert reached == {guesses: 6 if guesses >= enough else 0 for guesses in range(3)}


# silence


def silence(pause: float, *, keepalive: float | None) -> Simulation:
    """A client behind a NAT is quiet for a while; then the server has something to say."""
    simulation = Simulation(1)
    server = simulation.host("server")
    home = simulation.nat("home", dataclasses.replace(CONE, mapping_lifetime=30.0))
    client = home.host("client")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[Any] = asyncio.Queue()

        class Hearing(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, sender: Any) -> None:
                heard.put_nowait(sender)

        with server:
            speaking, _ = await loop.create_datagram_endpoint(Hearing, local_addr=("0.0.0.0", 7))
        with client:
            asking, _ = await loop.create_datagram_endpoint(
                asyncio.DatagramProtocol, remote_addr=(server.address, 7)
            )
        asking.sendto(b"hello")
        sender = await heard.get()
        end = loop.time() + pause
        while keepalive is not None and loop.time() + keepalive < end:
            await asyncio.sleep(keepalive)
            asking.sendto(b"still here")
        await asyncio.sleep(end - loop.time())
        speaking.sendto(b"news", sender)
        await asyncio.sleep(1)

    simulation.run(main())
    return simulation


def test_a_mapping_expires_in_silence_and_the_trace_says_so() -> None:
    (drop,) = silence(40.0, keepalive=None).dropped()
    assert drop.reason is DropReason.MAPPING_EXPIRED
    assert "had sent nothing for 40.0 s" in drop.detail


@pytest.mark.parametrize(("pause", "keepalive"), [(20.0, None), (300.0, 25.0)])
def test_a_mapping_lives_as_long_as_somebody_speaks_in_time(
    pause: float, keepalive: float | None
) -> None:
    assert silence(pause, keepalive=keepalive).dropped() == []


def connected_call(pair: NatPair, act: Callable[[IceAgent, IceAgent], Any]) -> Any:
    """Connect two ICE agents and do something with them."""

    async def main() -> Any:
        await pair.serve_stun()
        ends = line(0.03)
        agents: list[IceAgent] = []
        connected, over = asyncio.Barrier(3), asyncio.Event()

        async def side(index: int) -> None:
            settings = configuration(pair.server.address)
            async with IceAgent(settings, controlling=index == 0) as agent:
                agents.append(agent)
                await agent.connect(ends[index])
                await connected.wait()
                await over.wait()

        async with asyncio.TaskGroup() as group:
            for index, host in enumerate((pair.alice, pair.bob)):
                host.start(group, side(index))
            await connected.wait()
            try:
                return await act(*agents)
            finally:
                over.set()

    return pair.simulation.run(main())


def test_a_call_in_which_nobody_speaks_outlives_the_mappings_because_consent_is_asked() -> None:
    """RFC 7675 §5.1: every five seconds."""
    brief = dataclasses.replace(CONE, mapping_lifetime=15.0)
    pair = NatPair(Simulation(1), Pairing(brief, brief))

    async def after_ten_minutes(one: IceAgent, other: IceAgent) -> bytes:
        await asyncio.sleep(600)
        await one.send(b"are you still there?")
        return await other.receive()

    assert connected_call(pair, after_ten_minutes) == b"are you still there?"


# reboots and moves


async def is_lost(agent: IceAgent) -> float:
    """Wait until an agent gives its connection up; how long that took."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(agent.receive(), 120)
    return loop.time() - start


def test_a_nat_that_reboots_ends_the_call_within_the_time_of_consent_and_it_can_be_made_anew() -> (
    None
):
    """RFC 7675 §5.1: 30 s. The NAT has other ports then, and the other side's filter drops them."""
    pair = NatPair(Simulation(1), Pairing(CONE, CONE))

    async def reboot(*agents: IceAgent) -> list[float]:
        pair.homes[0].reboot()
        return list(await asyncio.gather(*map(is_lost, agents)))

    assert all(15 < seconds < 45 for seconds in connected_call(pair, reboot))
    assert pair.simulation.dropped(pair.homes[1], DropReason.FILTERED)
    again = meet(pair.simulation, pair.alice, pair.bob, with_relay=False, server=pair.server)
    assert again.connected


def test_a_nat_that_preserves_ports_reboots_unnoticed() -> None:
    preserving = dataclasses.replace(CONE, ports=PortAssignment.PRESERVING)
    pair = NatPair(Simulation(1), Pairing(preserving, CONE))

    async def reboot(one: IceAgent, other: IceAgent) -> bytes:
        pair.homes[0].reboot()
        await asyncio.sleep(60)
        await one.send(b"did you notice?")
        return await other.receive()

    assert connected_call(pair, reboot) == b"did you notice?"


def test_a_host_that_moves_loses_its_call_and_makes_it_anew_from_where_it_is() -> None:
    pair = NatPair(Simulation(1), Pairing(CONE, CONE))
    cafe = pair.simulation.nat("cafe", nat.SYMMETRIC, lan="10.0.0.0/24")

    async def move(*agents: IceAgent) -> list[float]:
        pair.alice.move(cafe)
        return list(await asyncio.gather(*map(is_lost, agents)))

    assert all(15 < seconds < 45 for seconds in connected_call(pair, move))
    assert pair.alice.address.startswith("10.0.0.")
    again = meet(pair.simulation, pair.alice, pair.bob, with_relay=True, server=pair.server)
    assert again.relayed  # the café's NAT is symmetric
