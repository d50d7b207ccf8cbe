"""Several ports of ours are seen one after the other; two of them are neighbours."""

import nat
from nat.discovery.transactions import Purpose

from .simulated import diagnose, mapped


def test_ports_are_asked_in_a_row_and_the_odd_one_of_a_pair_comes_first() -> None:
    run = diagnose(nat.PORT_RESTRICTED_CONE)
    asked = run.of(Purpose.PORTS)
    local = {each.number: each.local.port for each in run.evidence.sockets}
    assert len(asked) == 6
    assert len({each.trial for each in asked}) == 1
    assert [each.sent[0] for each in asked] == sorted(each.sent[0] for each in asked)
    odd, even = (local[each.socket] for each in asked[:2])
    assert odd % 2 == 1
    assert even == odd - 1
    assert len({local[each.socket] for each in asked}) == 6


def test_a_nat_that_counts_shows_its_step() -> None:
    counting = nat.Behavior(
        nat.PORT_RESTRICTED_CONE.mapping,
        nat.PORT_RESTRICTED_CONE.filtering,
        ports=nat.PortAssignment.SEQUENTIAL,
    )
    ports = [mapped(each).port for each in diagnose(counting).of(Purpose.PORTS)]
    assert sorted(ports) == ports
    assert ports[1] - ports[0] == 1


def test_without_a_nat_there_is_nothing_to_see() -> None:
    assert not diagnose(None).of(Purpose.PORTS)
