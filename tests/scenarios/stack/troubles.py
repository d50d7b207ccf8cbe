"""Faults of every kind, one after the other and over one another, as the seed has it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from nat.simulator import Host
from tests.scenarios.stack.users import User
from tests.scenarios.stack.world import ROOMS, Node, World

Trouble: TypeAlias = Callable[[World], Awaitable[None]]

SHORT = (0.1, 0.5, 1.5, 4.0)
LONG = (0.5, 3.0, 7.0, 12.0)


async def trouble(world: World) -> None:
    """Make some trouble, part of it at the same time; now and then only what nobody should notice."""
    choose = world.choose
    are_free = all(len(user.urls) == world.plan.nodes for user in world.users)
    if world.plan.nodes > 1 and are_free and choose.random() < 0.25:
        await _gentle_trouble(world)
        return
    kinds = [kind for kind, weight in KINDS.items() for _ in range(weight)]
    if world.plan.nodes == 1:
        kinds = [kind for kind in kinds if kind not in OF_MANY]
    async with asyncio.TaskGroup() as group:
        for _ in range(choose.choice((2, 3, 4))):
            kind = choose.choice(kinds)
            under_way = group.create_task(_make(world, kind))
            if choose.random() < 0.5:
                await asyncio.wait([under_way])
            await asyncio.sleep(choose.choice((0.02, 0.3, 2.0)))


def one_kind(kind: Trouble) -> Trouble:
    """Make nothing but this, and once more when all is well again."""

    async def trouble(world: World) -> None:
        await _make(world, kind)
        await world.until_well(world.plan.calm)
        await _make(world, kind)

    return trouble


async def _gentle_trouble(world: World) -> None:
    """Make trouble after which every session goes on."""
    for _ in range(world.choose.choice((2, 3, 4))):
        await _make(world, world.choose.choice(GENTLE))
        await asyncio.sleep(world.choose.choice((0.02, 0.3, 2.0)))
    for user in world.users:
        await user.wait_for_connection(10.0)
    await asyncio.sleep(0.5)
    for user in world.users:
        assert len(user.told.begun) == 1, f"{user.name} has started again, for no reason"


async def _make(world: World, kind: Trouble) -> None:
    world.tell(kind.__name__)
    await kind(world)
    world.tell(f"{kind.__name__} is over")


# --- whom it hits ---------------------------------------------------------------------------------


def _claim(world: World, hosts: list[Host]) -> Host | None:
    """Choose a host that no other trouble has; whoever takes it gives it back."""
    free = [host for host in hosts if host not in world.busy]
    if not free:
        return None
    host = world.choose.choice(free)
    world.busy.append(host)
    world.tell(f"… {host.name}")
    return host


def _claim_node(world: World) -> Node | None:
    host = _claim(world, [node.host for node in world.nodes])
    return next((node for node in world.nodes if node.host is host), None)


def _claim_user(world: World) -> User | None:
    host = _claim(world, [user.host for user in world.users])
    return next((user for user in world.users if user.host is host), None)


async def _pause(world: World, seconds: tuple[float, ...]) -> None:
    await asyncio.sleep(world.choose.choice(seconds))


# --- the network ----------------------------------------------------------------------------------


async def cut_node_from_redis(world: World) -> None:
    node = _claim_node(world)
    if node is not None:
        cuts = world.cut([node.host], [world.redis_host])
        await _pause(world, LONG)
        world.mend(cuts)
        world.busy.remove(node.host)


async def cut_node_from_all(world: World) -> None:
    node = _claim_node(world)
    if node is not None:
        others = [world.redis_host, *(user.host for user in world.users)]
        cuts = world.cut([node.host], others)
        await _pause(world, LONG)
        world.mend(cuts)
        world.busy.remove(node.host)


async def cut_user(world: World) -> None:
    user = _claim_user(world)
    if user is not None:
        cuts = world.cut([user.host], [node.host for node in world.nodes])
        await _pause(world, (*SHORT, *LONG))
        world.mend(cuts)
        world.busy.remove(user.host)


async def blink(world: World) -> None:
    """A user is cut off so shortly that its session waits for it."""
    user = _claim_user(world)
    if user is not None:
        cuts = world.cut([user.host], [node.host for node in world.nodes])
        await _pause(world, SHORT[:3])
        world.mend(cuts)
        world.busy.remove(user.host)


async def cut_user_from_one_node(world: World) -> None:
    user = _claim_user(world)
    if user is not None and user.client is not None:
        name = user.client.welcome.server.node
        cuts = world.cut([user.host], [node.host for node in world.nodes if node.name == name])
        await _pause(world, LONG)
        world.mend(cuts)
    if user is not None:
        world.busy.remove(user.host)


async def lose_packets(world: World) -> None:
    places = [*(user.host for user in world.users), *(node.host for node in world.nodes)]
    host = _claim(world, [*places, world.redis_host])
    if host is not None:
        world.simulation.link(host, loss=world.choose.choice((0.05, 0.3)))
        await _pause(world, (1.0, 4.0))
        world.simulation.link(host, loss=0.0)
        world.busy.remove(host)


async def slow_down(world: World) -> None:
    places = [*(user.host for user in world.users), *(node.host for node in world.nodes)]
    host = _claim(world, [*places, world.redis_host])
    if host is not None:
        before = host.port.quality.latency
        world.simulation.link(host, latency=world.choose.choice((0.3, 1.0)), jitter=0.2)
        await _pause(world, (1.0, 4.0))
        world.simulation.link(host, latency=before, jitter=0.0)
        world.busy.remove(host)


# --- servers --------------------------------------------------------------------------------------


async def restart_redis(world: World) -> None:
    if world.redis_host in world.busy:
        return
    world.busy.append(world.redis_host)
    world.redis.stop()
    await _pause(world, (0.0, 0.4, 2.5, 7.0))
    await world.redis_host.run(world.redis.start(empty=world.choose.random() < 0.5))
    world.busy.remove(world.redis_host)


async def kill_node(world: World) -> None:
    node = _claim_node(world)
    if node is not None:
        address = node.host.address
        await node.kill()
        await _pause(world, SHORT)
        world.plug_in(node, address)
        await node.start()
        world.busy.remove(node.host)


async def drain_node(world: World) -> None:
    node = _claim_node(world)
    if node is not None:
        await node.drain()
        await _pause(world, SHORT)
        await node.start()
        world.busy.remove(node.host)


async def restart_node(world: World) -> None:
    """Stop it without any notice, but in order."""
    node = _claim_node(world)
    if node is not None:
        await node.stop()
        await _pause(world, SHORT)
        await node.start()
        world.busy.remove(node.host)


# --- users ----------------------------------------------------------------------------------------


async def reconnect(world: World) -> None:
    for _ in range(world.choose.choice((1, 1, 3))):
        world.choose.choice(world.users).reconnect()
        await _pause(world, (0.0, 0.05, 0.5))


async def change_rooms(world: World) -> None:
    user = world.choose.choice(world.users)
    before = user.wanted
    user.want(world.choose.choice(([], [ROOMS[1]], [*ROOMS])))
    await _pause(world, (0.0, 0.03, 0.5, 2.0))
    user.want(before)


async def go_and_come(world: World) -> None:
    user = _claim_user(world)
    if user is not None:
        await user.go()
        await _pause(world, (0.0, 0.3, 2.0))
        user.come()
        world.busy.remove(user.host)


async def die_and_come(world: World) -> None:
    user = _claim_user(world)
    if user is not None:
        await user.die()
        await _pause(world, SHORT)
        user.come()
        world.busy.remove(user.host)


async def burst(world: World) -> None:
    """Everybody says much at once."""
    for user in world.users:
        for _ in range(world.choose.choice((3, 20))):
            user.say_to_all()


async def stop_reading(world: World) -> None:
    """A user's machine is too busy to read, while others say more than can wait for it."""
    user = _claim_user(world)
    if user is None:
        return
    transport: Any = user.transport
    if transport is not None and not transport.is_closing():
        transport.pause_reading()
        for _ in range(40):
            for other in world.users:
                for room in other.rosters if other is not user else ():
                    other.say(room, user.name, padding=world.choose.choice((0, 10_000, 30_000)))
            await asyncio.sleep(0.02)
        await _pause(world, LONG)
        if not transport.is_closing():
            transport.resume_reading()
    world.busy.remove(user.host)


KINDS: dict[Trouble, int] = {
    cut_node_from_redis: 2,
    cut_node_from_all: 2,
    cut_user: 3,
    cut_user_from_one_node: 2,
    lose_packets: 2,
    slow_down: 2,
    restart_redis: 3,
    kill_node: 3,
    drain_node: 3,
    restart_node: 1,
    reconnect: 3,
    change_rooms: 2,
    go_and_come: 1,
    die_and_come: 1,
    burst: 2,
    stop_reading: 2,
}
GENTLE = (reconnect, reconnect, drain_node, drain_node, burst, change_rooms, blink)
OF_MANY = (cut_node_from_redis, restart_redis)
