"""A server put together as its configuration says."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

import signaling
from hairpin.switchboard.assemble import make_gate, settled, start, start_metrics
from signaling.faults import SettingsError
from signaling.operation.configuration import Configuration, IdentitySettings, make_configuration
from signaling.operation.document import decode_document
from tests.signaling.nodes.redisserver import RedisServer


def test_a_node_among_others_has_a_name_of_its_own() -> None:
    assert settled(Configuration()).settings.node == "local"
    one, two = (settled(Configuration(redis="redis://a")) for _ in range(2))
    assert one.settings.node == one.node != two.node


async def test_without_wishes_there_is_no_gate() -> None:
    async with AsyncExitStack() as stack:
        assert await make_gate(stack, IdentitySettings()) is None


async def test_a_room_of_the_configuration_has_its_key_and_its_bounds() -> None:
    text = b"listen = ['127.0.0.1:0']\nunlisted-rooms = 'refused'\n[rooms.r]\nkey = 'k'\nmax = 1"
    configuration = make_configuration(decode_document(text), {})
    async with AsyncExitStack() as stack:
        server = await start(stack, configuration)
        async with signaling.connect(server.url) as one, signaling.connect(server.url) as two:
            with pytest.raises(signaling.RefusedError, match="403"):
                await one.join("r", key="other")
            with pytest.raises(signaling.RefusedError, match="404"):
                await one.join("elsewhere")
            assert (await one.join("r", key="k")).max == 1
            with pytest.raises(signaling.RefusedError, match="417"):
                await two.join("r", key="k")


async def test_a_unix_socket_may_be_the_only_place_and_no_port_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    configuration = make_configuration(decode_document(b"listen = ['unix:%b']" % bytes(path)), {})
    async with AsyncExitStack() as stack:
        server = await start(stack, configuration)
        assert server.places == (path,)


async def test_a_port_for_metrics_that_is_taken_is_named_with_its_own_option() -> None:
    async with AsyncExitStack() as stack:
        server = await start(stack, Configuration(listen=(("127.0.0.1", 0),)))
        with pytest.raises(SettingsError, match=r"is in use .* --metrics HOST:PORT"):
            await start_metrics(stack, server.addresses[0], server)


async def test_the_queues_of_the_configuration_are_there_and_counted() -> None:
    text = b"listen = ['127.0.0.1:0']\n[queues.duel]\naccept-within = 5.0\n"
    configuration = make_configuration(decode_document(text), {})
    async with AsyncExitStack() as stack:
        server = await start(stack, configuration)
        async with (
            signaling.connect(server.url, peer="a") as one,
            signaling.connect(server.url, peer="b") as two,
        ):
            tickets = [await one.enqueue("duel"), await two.enqueue("duel")]
            matches = await asyncio.gather(*(ticket.match() for ticket in tickets))
            assert matches[0].room == matches[1].room
            page = server.metrics.expose()[0]
    assert b'signaling_tickets{queue="duel",stage="playing"} 2.0' in page
    assert b'signaling_matches_total{outcome="made",queue="duel"} 1.0' in page


async def plays(server: signaling.Server, name: str, beside: signaling.Server | None = None) -> str:
    """Wait in the duel, and say in which room it is played; perhaps over a connection beside, with its token."""
    async with signaling.connect(server.url, peer=name) as client:
        ticket = await client.enqueue("duel")
        match = await ticket.match()
        if beside is None:
            await match.join()
        else:
            async with signaling.connect(beside.url, token=match.token) as game:
                await game.join(match.room)
        return match.room


async def test_a_queue_of_the_configuration_puts_two_players_into_one_room() -> None:
    text = b"listen = ['127.0.0.1:0']\n[queues.duel]\nrating = false"
    configuration = make_configuration(decode_document(text), {})
    async with AsyncExitStack() as stack:
        server = await start(stack, configuration)
        one, other = await asyncio.gather(plays(server, "alice"), plays(server, "bob"))
        assert one == other


async def test_a_queue_of_two_nodes_puts_their_players_into_one_room() -> None:
    with RedisServer() as redis:
        text = f"listen = ['127.0.0.1:0']\nredis = '{redis.url}'\n[queues.duel]\nrating = false"
        configuration = make_configuration(decode_document(text.encode()), {})
        async with AsyncExitStack() as stack:
            east = await start(stack, settled(configuration))
            west = await start(stack, settled(configuration))
            one, other = await asyncio.gather(plays(east, "alice", west), plays(west, "bob"))
            assert one == other
