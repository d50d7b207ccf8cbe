"""Bounds of DTLS sessions: nonsense is refused."""

import pytest

from relay import DtlsLimits, SettingsError


def test_a_handshake_has_less_time_and_room_than_a_session():
    limits = DtlsLimits()
    assert limits.handshake < limits.idle
    assert limits.handshakes < limits.sessions
    assert limits.handshakes_per_source < limits.sessions_per_source


@pytest.mark.parametrize("name", DtlsLimits.__slots__)
@pytest.mark.parametrize("value", [0, -1])
def test_a_bound_that_lets_nothing_in_is_refused_by_name(name, value):
    with pytest.raises(SettingsError, match=f"{name} to be more than 0, got {value}"):
        DtlsLimits(**{name: value})
