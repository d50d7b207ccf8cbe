"""Settings that make no sense are refused where they are made."""

from typing import Any

import pytest

from peer import Configuration, ConfigurationError
from signaling import IceServer

DEADLINES = [
    "gathering_deadline",
    "connect_deadline",
    "disconnected_after",
    "consent_deadline",
    "meeting_deadline",
    "close_deadline",
]


@pytest.mark.parametrize("name", DEADLINES)
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_deadline_that_is_not_positive_is_refused_by_name(name: str, value: float) -> None:
    settings: dict[str, Any] = {name: value}
    with pytest.raises(ConfigurationError, match=name):
        Configuration(**settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pacing", 0.004),
        ("pacing", 0.6),
        ("pacing", float("nan")),
        ("ip_versions", ()),
        ("ip_versions", (4, 5)),
        ("port_range", (0, 10)),
        ("port_range", (20, 10)),
        ("port_range", (1, 65536)),
    ],
)
def test_a_value_out_of_its_range_is_refused_by_name(name: str, value: Any) -> None:
    settings: dict[str, Any] = {name: value}
    with pytest.raises(ConfigurationError, match=name):
        Configuration(**settings)


def test_a_session_may_wait_for_ever() -> None:
    assert Configuration(meeting_deadline=None).meeting_deadline is None


def test_servers_that_signaling_names_are_asked_as_well_where_that_is_wanted() -> None:
    named = [IceServer(("stun:198.51.100.1",))]
    assert len(Configuration().with_signaled(named).servers) == 1
    alone = Configuration(use_signaled_servers=False)
    assert alone.with_signaled(named) is alone
