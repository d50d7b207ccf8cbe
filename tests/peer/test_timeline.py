"""Phases lie end to end and add up to the set-up time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peer import Timeline
from peer.timeline import MAX_HAPPENINGS, Happening, Step

ORDER = [
    Step.STARTED,
    Step.ICE_STARTED,
    Step.ICE_COMPLETED,
    Step.DTLS_CONNECTED,
    Step.CHANNEL_OPEN,
]


@given(st.floats(0, 1e6), st.lists(st.floats(0, 100), min_size=5, max_size=5))
def test_phases_add_up_to_the_setup_time(origin: float, gaps: list[float]) -> None:
    timeline = Timeline(origin)
    now = origin
    for step, gap in zip(ORDER, gaps, strict=True):
        now += gap
        timeline.mark(step, now)
    assert [phase.name for phase in timeline.phases] == ["signaling", "ICE", "DTLS", "channel open"]
    setup = timeline.setup
    assert setup is not None
    assert sum(phase.duration for phase in timeline.phases) == pytest.approx(setup, abs=1e-6)
    for earlier, later in zip(timeline.phases, timeline.phases[1:], strict=False):
        assert earlier.start + earlier.duration == pytest.approx(later.start, abs=1e-6)


def test_only_the_first_time_of_a_step_counts() -> None:
    timeline = Timeline(10.0)
    timeline.mark(Step.ICE_STARTED, 11.0)
    timeline.mark(Step.ICE_STARTED, 12.0)
    assert timeline.at(Step.ICE_STARTED) == 1.0


def test_phases_end_where_a_step_is_missing() -> None:
    timeline = Timeline(0.0)
    timeline.mark(Step.STARTED, 0.0)
    timeline.mark(Step.ICE_STARTED, 1.0)
    timeline.mark(Step.DTLS_CONNECTED, 3.0)
    assert [phase.name for phase in timeline.phases] == ["signaling"]
    assert timeline.setup is None
    assert timeline.at(Step.CHANNEL_OPEN) is None


def test_steps_are_told_by_time() -> None:
    timeline = Timeline(0.0)
    timeline.mark(Step.GATHERING_ENDED, 5.0)
    timeline.mark(Step.ICE_STARTED, 1.0)
    assert [step for step, _ in timeline.steps] == [Step.ICE_STARTED, Step.GATHERING_ENDED]


def test_what_happens_again_is_noted_with_its_time_up_to_a_bound() -> None:
    timeline = Timeline(10.0)
    for number in range(MAX_HAPPENINGS + 5):
        timeline.note(f"state {number}", 11.0 + number)
    assert len(timeline.happenings) == MAX_HAPPENINGS
    assert timeline.happenings[0] == Happening(1.0, "state 0")


def test_the_set_up_ends_with_the_open_channel() -> None:
    timeline = Timeline(10.0)
    assert timeline.setup_end is None
    timeline.mark(Step.CHANNEL_OPEN, 10.5)
    assert timeline.setup_end == 0.5
