"""Settings that make no sense are refused where they are made."""

import pytest

from peer import Configuration, ConfigurationError


@pytest.mark.parametrize(
    "name", ["gathering_deadline", "connect_deadline", "meeting_deadline", "close_deadline"]
)
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_deadline_that_is_not_positive_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Configuration(**{name: value})  # type: ignore[arg-type]


def test_a_session_may_wait_for_ever() -> None:
    assert Configuration(meeting_deadline=None).meeting_deadline is None
