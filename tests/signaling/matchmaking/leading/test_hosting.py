"""Who hosts."""

from signaling.matchmaking.leading.hosting import choose_host, host_order
from signaling.matchmaking.tickets import Openness
from tests.signaling.matchmaking.waiting import solo


def test_openness_counts_before_nearness_and_nearness_before_age() -> None:
    far = solo("far", openness=Openness.OPEN, rtt={"eu": 90.0}, waited=50.0)
    near = solo("near", openness=Openness.OPEN, rtt={"eu": 20.0})
    old = solo("old", openness=Openness.OPEN, rtt={"eu": 20.0}, waited=9.0)
    strict = solo("strict", openness=Openness.STRICT, rtt={"eu": 1.0})
    silent = solo("silent", openness=Openness.OPEN)
    order = host_order([strict, silent, far, near, old])
    assert [player.peer for player in order] == ["old", "near", "far", "silent", "strict"]


def test_the_round_trip_to_the_region_of_the_match_counts() -> None:
    one = solo("one", rtt={"eu": 10.0, "us": 90.0})
    two = solo("two", rtt={"eu": 60.0, "us": 50.0})
    assert choose_host([one, two]).peer == "one"
    assert choose_host([one, two], "us").peer == "two"


def test_a_person_comes_before_a_bot_that_is_reached_no_better() -> None:
    bot = solo("bot", openness=Openness.STRICT, bot=True, rtt={"eu": 1.0}, waited=60.0)
    person = solo("person", openness=Openness.STRICT)
    assert choose_host([bot, person]).peer == "person"
    assert choose_host([solo("open", openness=Openness.OPEN, bot=True), person]).peer == "open"
