"""Gathering under names, over both families, and with hosts that stay private."""

import asyncio
from typing import Any

import aioice
import pytest

from peer import Configuration, IceTransportPolicy, PathKind
from peer.engine import mdnsservice

DEAD = "203.0.113.99"


class Mirror(asyncio.DatagramProtocol):
    """A STUN server."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        asked = aioice.stun.parse_message(data)
        answer = aioice.stun.Message(
            aioice.stun.Method.BINDING, aioice.stun.Class.RESPONSE, asked.transaction_id
        )
        answer.attributes["XOR-MAPPED-ADDRESS"] = addr[:2]
        self.transport.sendto(bytes(answer), addr)


def test_stun_over_both_families_and_past_an_address_that_is_dead(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    world = make_world()
    world.alice = world.simulation.host("dual", addresses=("203.0.113.50", "2001:db8:1::5"))
    mirror = world.simulation.host("mirror", addresses=("198.51.100.70", "2001:db8::70"))
    world.simulation.name("stuns", DEAD, "198.51.100.70", "2001:db8::70")

    async def main() -> list[Any]:
        loop = asyncio.get_running_loop()
        with mirror:
            for address in ("198.51.100.70", "2001:db8::70"):
                await loop.create_datagram_endpoint(Mirror, local_addr=(address, 3478))
        with world.alice:
            begun = loop.time()
            agent = make_agent("a", plan(servers("stun:stuns")))
            await agent.gather()
            assert loop.time() - begun < 0.6
            await agent.connection.close()
        return list(agent.found)

    found = world.run(main())
    assert [thing.address[0] for thing in found] == ["2001:db8:1::5", "203.0.113.50"] * 2
    assert [thing.server for thing in found] == [None, None, "stun:stuns", "stun:stuns"]
    assert found[0].priority > found[1].priority


async def test_hosts_are_told_under_names_that_are_answered_for_and_then_not(
    make_agent: Any, plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: dict[str, str] = {}

    class Service:
        def publish(self, host: str) -> str:
            name = f"{len(published)}.local"
            published[name] = host
            return name

        def withdraw(self, name: str) -> None:
            del published[name]

    async def acquire() -> Any:
        return Service()

    monkeypatch.setattr(mdnsservice, "acquire", acquire)
    monkeypatch.setattr(mdnsservice, "release", lambda _: None)
    agent = make_agent("a", plan(host_addresses=("127.0.0.1", "127.0.0.2"), mdns=True))
    await agent.gather()
    assert published == {"0.local": "127.0.0.1", "1.local": "127.0.0.2"}
    assert [one.line.split()[4] for one in agent.found] == ["0.local", "1.local"]
    assert [one.address[0] for one in agent.found] == ["127.0.0.1", "127.0.0.2"]
    assert all(one.told for one in agent.found)
    await agent.connection.close()
    assert not published


async def test_without_multicast_no_address_is_told_in_place_of_a_name(
    make_agent: Any, plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def acquire() -> Any:
        raise OSError(19, "No such device")

    monkeypatch.setattr(mdnsservice, "acquire", acquire)
    agent = make_agent("a", plan(host_addresses=("127.0.0.1",), mdns=True))
    await agent.gather()
    failure, host = agent.found
    assert "no mDNS here" in failure.reason
    assert host.withheld
    await agent.connection.close()


def test_two_sessions_meet_and_no_host_tells_the_other_no_address_of_its_own(
    make_world: Any,
) -> None:
    private = Configuration(policy=IceTransportPolicy.NO_HOST)
    world = make_world(configurations=(private, private))
    heard: list[str] = []

    async def act(session: Any, _: Any) -> None:
        assert session.path.kind is PathKind.REFLEXIVE
        heard.extend(session.remote_candidates)

    world.run(world.pair(act, act))
    assert heard
    assert not [line for line in heard if "192.168." in line]


def test_names_are_told_in_place_of_addresses_and_mean_nothing_in_another_network(
    make_world: Any,
) -> None:
    private = Configuration(mdns=True)
    world = make_world(configurations=(private, private))
    heard: list[str] = []

    async def act(session: Any, _: Any) -> None:
        assert session.path.kind is PathKind.REFLEXIVE
        heard.extend(session.remote_candidates)

    world.run(world.pair(act, act))
    assert len([line for line in heard if ".local " in line]) == 2
    assert not [line for line in heard if "192.168." in line]
