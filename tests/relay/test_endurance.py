"""A thousand hours in seconds, and a flood: what lasts long or comes in masses leaves nothing behind."""

import gc
import sys
import tracemalloc

from relay import Limits
from stunwire import (
    AdditionalAddressFamily,
    Address,
    Class,
    EvenPort,
    Lifetime,
    Message,
    Method,
    RequestedTransport,
    ReservationToken,
    decode,
)

SERVER = Address("198.51.99.1", 3478)
PEER = Address("192.0.1.7", 7000)
HOURS = 1000
HELD = 500
MANY = 20_000


def _hour(world, hour: int) -> None:
    """Let four clients come: one stays for the hour, one for two families, one for a pair, one says goodbye."""
    staying, dual, pair, polite = (world.client(port=4 * (hour % 500) + n) for n in range(1, 5))
    assert staying.allocate(Lifetime(3600)).cls is Class.SUCCESS
    assert dual.allocate(AdditionalAddressFamily(2)).cls is Class.SUCCESS
    token = pair.allocate(EvenPort(reserve_next=True)).get(ReservationToken)
    polite.allocate(*((token,) if hour % 2 else ()))
    polite.permit(PEER.host)
    polite.refresh(0)
    staying.bind(0x4000 + hour % 0x1000, PEER)
    for _ in range(2):
        world.pass_time(1800)
        assert staying.refresh(3600).cls is Class.SUCCESS
        assert staying.permit(PEER.host).cls is Class.SUCCESS
    world.outputs.clear()
    world.opened.clear()
    world.closed.clear()


def _blocks() -> int:
    """Count the blocks of memory that Python holds, which costs nothing, unlike tracing them."""
    gc.collect()
    return sys.getallocatedblocks()


def test_a_thousand_hours_of_allocations_refreshes_and_expiries_leave_memory_flat(make_world):
    world = make_world(
        listen=(SERVER, Address("2a00::1", 3478)),
        port_range=(50000, 50031),
        limits=Limits(port_quarantine=30.0),
    )
    start, registry = world.now, world.relay.state.registry
    for hour in range(HOURS // 2):
        _hour(world, hour)
    before = _blocks()
    for hour in range(HOURS // 2, HOURS + 100):
        _hour(world, hour)
    grown = _blocks() - before
    assert world.now - start >= HOURS * 3600
    assert grown < HOURS // 4  # under half a block an hour, of some hundred that each one takes
    world.pass_time(3600)
    assert len(registry) == 0
    assert registry.next_deadline() is None
    assert len(registry.deadlines) == 0


def test_allocations_that_are_held_cost_little_and_a_minute_of_refreshes_leaves_memory_flat(
    make_world,
):
    plenty = Limits(
        allocations_per_user=HELD, allocations_per_source=HELD, unauthenticated_burst=2 * HELD
    )
    world = make_world(limits=plenty)
    clients = [world.client(port=1024 + n) for n in range(HELD)]
    tracemalloc.start()
    for client in clients:
        assert client.allocate(Lifetime(600)).cls is Class.SUCCESS
        world.outputs.clear()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < HELD * 2000  # some 1,100 bytes in the relay, the rest in the clients
    blocks = []
    for _ in range(3):
        for client in clients:
            assert client.refresh(600).cls is Class.SUCCESS
        world.outputs.clear()
        world.pass_time(20)
        blocks.append(_blocks())
    assert len(world.relay.state.registry) == HELD
    assert blocks[-1] - blocks[0] < HELD // 10


def test_a_flood_of_forged_allocates_leaves_memory_flat_and_answers_no_more_than_the_cap(
    make_world,
):
    limits = Limits(unauthenticated_total_rate=1000.0, unauthenticated_total_burst=1000.0)
    world = make_world(limits=limits)
    request = Message.request(Method.ALLOCATE, b"t" * 12, RequestedTransport(17)).encode()

    def flood(first: int, last: int) -> int:
        """Send from another address and port each time, a thousand in a second."""
        answers = 0
        for n in range(first, last):
            world.now += 0.0001
            source = Address(
                f"{n % 200 + 1}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", 1024 + n % 64000
            )
            outputs = world.relay.receive_datagram(
                request, source, SERVER, unix_now=world.unix_now, now=world.now
            )
            answers += len(outputs)
            if n == first:
                assert decode(outputs[0].data).cls is Class.ERROR
        return answers

    flood(0, 500)
    before = _blocks()
    answers = flood(500, 500 + MANY)
    assert _blocks() - before < MANY // 100
    assert answers <= 1000 + 1000 * MANY * 0.0001 + 1
    assert len(world.relay.state.registry) == 0
    assert world.relay.next_deadline() is None
