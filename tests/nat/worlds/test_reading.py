"""Tests of `nat.worlds.reading`: TOML in, a plan out, or every fault with its line."""

import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nat.worlds import PlanError, parse, read

WORLD = """
seed = 7
duration = "1 min"
[nat.home]
[host.server]
run = "echo"
[host.alice]
network = "home"
run = { program = "ping", to = "server", start-count = 5, service = true }
[host.bob.interfaces]
wifi = { network = "home" }
mobile = { address = ["198.51.100.9", "2001:db8::9"] }
[names]
"stun.example" = "198.51.100.1"
"""


def test_a_world_is_read():
    plan = parse(WORLD)
    assert (plan.seed, plan.duration) == (7, 60.0)
    server, alice, bob = plan.hosts
    assert [program.name for program in server.programs] == ["echo"]
    (ping,) = alice.programs
    assert (ping.name, dict(ping.options)) == ("ping", {"to": "server", "start_count": 5})
    assert ping.is_service
    assert [(one.name, one.addresses) for one in bob.interfaces] == [
        ("wifi", ("192.168.1.3",)), ("mobile", ("198.51.100.9", "2001:db8::9")),
    ]  # fmt: skip
    assert dict(plan.names) == {"stun.example": ("198.51.100.1",)}


def test_all_faults_are_told_in_the_order_of_their_lines(tmp_path):
    path = tmp_path / "world.toml"
    path.write_text("[host.alice]\nnetwork = 'home'\nrun = 5\n[nat.house]\nlan = 5\n[hots.bob]\n")
    with pytest.raises(PlanError) as caught:
        read(path)
    assert [fault.line for fault in caught.value.faults] == [2, 3, 5, 6]
    assert str(caught.value).startswith(
        f"{path} cannot be played, it has 4 faults:\n  line 2, host"
    )
    assert "unknown key 'hots'; allowed: seed, duration" in str(caught.value)


def test_what_is_no_toml_is_refused_with_its_line():
    with pytest.raises(PlanError, match=r"it is not TOML: .*line 2"):
        parse("seed = 1\nwhat?")


_KEYS = st.sampled_from(
    ["nat", "host", "link", "event", "firewall", "a", "b", "network", "lan", "at", "run", "seed"]
)
_VALUES = st.sampled_from(
    ["1", "-1", '"a"', '"10.0.0.0/24"', "[]", "{}", "true", '["a", "b"]', "0.5"]
)
_HEADERS = st.builds("[{}.{}]".format, _KEYS, _KEYS) | st.just("[[event]]")
_PAIRS = st.builds("{} = {}".format, _KEYS, _VALUES)


@given(
    st.lists(_HEADERS | _PAIRS | st.text(string.printable, max_size=5), max_size=12).map("\n".join)
)
def test_any_text_is_a_world_or_refused(text):
    with contextlib.suppress(PlanError):
        assert all(nat.external for nat in parse(text).nats)
