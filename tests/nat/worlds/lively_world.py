"""A program that plays a world in which everything happens, and prints what came of it."""

from nat.worlds import parse, play

WORLD = """
seed = 11

[nat.home-a]
behavior = "restricted-cone"
[nat.carrier]
behavior = "symmetric"
lan = "100.64.0.0/10"
[nat.home-b]
network = "carrier"

[host.server]
run = ["echo", "stun"]
[host.alice]
network = "home-a"
run = [{ program = "ping", to = "server", count = 40, size = 900 }, { program = "mapped", server = "server" }]
[host.bob.interfaces]
wifi = { network = "home-b" }
mobile = { network = "carrier" }
[host.carol]
network = "home-b"
run = { program = "ping", to = "server", count = 300, interval = 0.1 }

[link.server]
latency = "20 ms"
jitter = "10 ms"
duplication = "5 %"
reordering = true
[link.carrier]
burst = { to-bad = "2 %", to-good = "30 %" }
[link.alice]
mtu = 600
[link.home-b]
up = { bandwidth = "3 kbit/s", queue = "1 kB" }

[[event]]
at = 5
reboot = "home-a"
[[event]]
at = 8
move = "alice"
to = "home-b"
[[event]]
at = 10
renumber = "carrier"
[[event]]
at = 12
partition = [["carol"], ["server"]]
[[event]]
at = 14
heal = true
[[event]]
at = 16
block-udp = "home-b"
[[event]]
at = 18
unblock-udp = "home-b"
[[event]]
at = 20
link = "carol"
cut = true
[[event]]
at = 22
link = "carol"
cut = false
"""


def main() -> None:
    result = play(parse(WORLD))
    for outcome in result.outcomes:
        print(outcome.host, outcome.program, outcome.value, outcome.error)
    reasons = {event.reason.name for event in result.simulation.dropped() if event.reason}
    print(len(result.simulation.trace), *sorted(reasons))
    print(result.lasted, result.simulation.trace_digest())


if __name__ == "__main__":
    main()
