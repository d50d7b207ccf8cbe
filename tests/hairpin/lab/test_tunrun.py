"""Worlds that are played in the TUN lab: built from plans, with programs beside them."""

import pytest

from hairpin.lab import SERVER
from hairpin.lab.kernelworlds import pair_plan
from hairpin.lab.tunrun import Background, drops, prepare, run_program, with_links
from nat import PORT_RESTRICTED_CONE
from nat.kernel import KernelLabError
from nat.tun import TunLabError

BINDING = r"\0\1\0\0\x21\x12\xa4\x42hairpin-test"


def test_a_background_program_is_quoted_as_for_a_shell() -> None:
    assert Background.parse("bob=sh -c 'sleep 1; echo done'") == Background(
        "bob", ("sh", "-c", "sleep 1; echo done")
    )


@pytest.mark.parametrize("text", ["", "bob", "bob=", "=true", "bob='half"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Background.parse(text)


def test_links_that_are_given_are_those_of_the_nats() -> None:
    plan = pair_plan(PORT_RESTRICTED_CONE, PORT_RESTRICTED_CONE)
    assert with_links(plan, latency=None) is plan
    changed = with_links(plan, latency=0.2, loss=0.1)
    assert [(one.place, one.up.latency, one.down.loss) for one in changed.links] == [
        ("home-a", 0.2, 0.1),
        ("home-b", 0.2, 0.1),
    ]


def test_a_world_has_the_stun_server_and_the_hosts_that_are_asked_for() -> None:
    plan = pair_plan(PORT_RESTRICTED_CONE, PORT_RESTRICTED_CONE)
    world, server = prepare(plan, ["alice"])
    assert [host.name for host in world.hosts] == ["server", "alice", "bob"]
    assert server == "server"
    with pytest.raises(KernelLabError, match="mallory"):
        prepare(plan, ["mallory"])


def test_a_program_that_is_none_is_refused_before_anything_is_made() -> None:
    world, server = prepare(pair_plan(PORT_RESTRICTED_CONE, PORT_RESTRICTED_CONE), [])
    with pytest.raises(TunLabError, match="no-such-program"):
        run_program(world, server, "alice", ["no-such-program"])


@pytest.mark.usefixtures("root")
def test_a_program_beside_is_ended_with_the_lab_and_drops_are_counted() -> None:
    world, server = prepare(pair_plan(PORT_RESTRICTED_CONE, PORT_RESTRICTED_CONE), [])
    beside = [Background("bob", ("sleep", "1000"))]
    send = "exec 3>/dev/udp/203.0.113.2/9; for n in 1 2; do echo $n >&3; done; "
    send += (
        f"exec 4<>/dev/udp/{SERVER}/3478; printf '{BINDING}' >&4; head -c 1 <&4 >/dev/null; kill $$"
    )
    # The server answers later than the other packets are dropped, and on a way as long again.
    status = run_program(world, server, "alice", ["bash", "-c", send], background=beside)
    assert status == 128 + 15
    (drop,) = drops(world)
    assert (drop["where"], drop["reason"], drop["packets"]) == ("home-b", "no_mapping", 2)
