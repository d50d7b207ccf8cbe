"""`meet` in a world file: two hosts of a room find a path, or say that there is none."""

from hairpin.lab.rooms import Rooms
from nat import worlds

WORLD = """
[nat.home-a]
behavior = "BEHAVIOR"
[nat.home-b]
behavior = "symmetric"
[host.server]
run = "stun"
[host.alice]
network = "home-a"
run = { program = "meet", server = "server", stay = STAY }
[host.bob]
network = "home-b"
run = { program = "meet", server = "server", stay = STAY }
"""


def play(behavior: str, *, stay: float = 1.0, more: str = "") -> list[str]:
    text = WORLD.replace("BEHAVIOR", behavior).replace("STAY", str(stay)) + more
    result = worlds.play(worlds.parse(text), {"meet": Rooms().meet})
    return [str(one.value or one.error) for one in result.outcomes[1:]]


def test_a_path_is_named_by_both_ends() -> None:
    alice, bob = play("full-cone")
    assert alice.startswith("direct, reflexive: server-reflexive 203.0.113.1:")
    assert bob.startswith("direct, reflexive: peer-reflexive 203.0.113.2:")


def test_where_there_is_none_both_say_so() -> None:
    for text in play("symmetric"):
        assert text.startswith("no path: local candidates host, server-reflexive")


def test_a_path_that_is_lost_is_told() -> None:
    reboot = '[[event]]\nat = 5\nreboot = "home-b"\n'
    assert "the path was lost" in play("full-cone", stay=90.0, more=reboot)


def test_there_is_no_room_for_a_third() -> None:
    third = '[host.carol]\nrun = { program = "meet" }\n'
    assert "two hosts are in the room 'room' already" in play("full-cone", more=third)
