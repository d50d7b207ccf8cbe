"""What the trace of a world costs: noting a row while the world runs, and asking afterwards."""

import time
from collections.abc import Callable
from functools import partial

from nat import Address, Packet, Protocol
from nat.simulator.clock import Clock
from nat.trace import Trace, Verdict
from nat.wireformat import decode, encode

PACKETS = 50_000
ROWS = 4 * PACKETS
PACKET = Packet(
    Protocol.UDP, Address("192.168.1.2", 5000), Address("203.0.113.1", 4711), b"x" * 100
)


def fill(trace: Trace) -> None:
    for _ in range(PACKETS):
        number = trace.sent("alice", PACKET)
        trace.note(Verdict.TRANSLATED, "home-a", PACKET, number)
        trace.note(Verdict.TRANSLATED, "home-b", PACKET, number)
        trace.note(Verdict.DELIVERED, "bob", PACKET, number)


def measure(name: str, action: Callable[[], object], each: int) -> None:
    best = min(timed(action) for _ in range(3))
    print(f"{name:<44} {best / each * 1e6:7.2f} µs")


def timed(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def repeat(action: Callable[[object], object], argument: object) -> None:
    for _ in range(10_000):
        action(argument)


def main() -> None:
    measure("a row of a trace", lambda: fill(Trace(Clock())), ROWS)
    measure("a row of a trace that is off", lambda: fill(Trace(Clock(), 0)), ROWS)
    trace = Trace(Clock())
    fill(trace)
    start = time.process_time()
    events = trace.events
    print(f"{'a row as an event, once':<44} {(time.process_time() - start) / ROWS * 1e6:7.2f} µs")
    measure("a row in a digest", trace.digest, ROWS)
    measure("a row in a table", events.text, ROWS)
    measure("a row in a capture", events.pcapng, ROWS)
    for size in (100, 1200):
        packet = PACKET._replace(payload=b"x" * size)
        data = encode(packet)
        measure(f"a packet of {size} bytes to the wire", partial(repeat, encode, packet), 10_000)
        measure(f"a packet of {size} bytes from the wire", partial(repeat, decode, data), 10_000)


if __name__ == "__main__":
    main()
