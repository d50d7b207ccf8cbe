"""The way out, asked of the system: the loopback is on every machine, and nowhere is on none."""

import socket

import pytest

from operating.ways import leave_through, sockname_towards, source_towards


def test_the_way_to_oneself_begins_at_oneself() -> None:
    assert source_towards(("127.0.0.1", 9)) == "127.0.0.1"


def test_the_way_over_ipv6_is_asked_of_ipv6() -> None:
    assert source_towards(("::1", 9, 0, 0)) == "::1"


def test_the_whole_name_has_the_zone_of_ipv6_as_well() -> None:
    assert sockname_towards(("::1", 9, 0, 0))[2:] == (0, 0)


def test_where_there_is_no_way_the_system_says_so() -> None:
    with pytest.raises(OSError, match=r"denied|unreachable"):
        source_towards(("255.255.255.255", 9))


def test_a_way_through_an_interface_that_is_not_there_is_none() -> None:
    with pytest.raises(OSError, match="No such device"):
        source_towards(("127.0.0.1", 9), "nothing0")


def test_whoever_may_not_choose_the_interface_leaves_by_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Refusing(socket.socket):
        def setsockopt(self, *_: object) -> None:
            raise PermissionError(1, "Operation not permitted")

    with Refusing(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        leave_through(opened, "nothing0")
