"""Two behind NATs of their own: what upsets a NAT, and pools, take certainty away where they matter."""

import pytest

from nat.behavior import Behavior
from nat.choices import Pooling
from nat.discovery.findings import known
from nat.discovery.prediction import Certainty, Path, predict
from tests.nat.discovery.sides import AD, APD, EI, NO, YES, elsewhere, side

CERTAIN, LIKELY, UNCERTAIN = Certainty
LAX = Behavior(EI, EI)
FRIENDLY = Behavior(EI, AD)


@pytest.mark.parametrize(
    ("here", "there", "calling", "called"),
    [
        # whoever comes second is not heard
        (Behavior(EI, APD), Behavior(EI, APD), UNCERTAIN, UNCERTAIN),
        # who is upset can still be heard by one of them
        (FRIENDLY, Behavior(EI, APD), UNCERTAIN, LIKELY),
        (FRIENDLY, FRIENDLY, LIKELY, LIKELY),
        # it goes on answering the other's packets by ICMP
        (Behavior(EI, APD), LAX, LIKELY, LIKELY),
        # who keeps out nobody gives nothing away
        (LAX, LAX, CERTAIN, CERTAIN),
    ],
)
def test_where_both_nats_clash_the_first_packet_decides(
    here: Behavior, there: Behavior, calling: Certainty, called: Certainty
) -> None:
    for a, b, certainty in ((here, there, calling), (there, here, called)):
        assert predict(side(a, clashes=YES), elsewhere(b, clashes=YES)).certainty is certainty


def test_a_nat_that_clashes_is_better_called_than_calling() -> None:
    friendly, strict = Behavior(EI, AD), Behavior(APD, APD)
    calls = predict(side(friendly, clashes=YES), elsewhere(strict))
    called = predict(side(strict), elsewhere(friendly, clashes=YES))
    assert (calls.certainty, called.certainty) == (UNCERTAIN, LIKELY)
    assert (calls.path, called.path) == (Path.DIRECT, Path.DIRECT)
    assert "who calls" in calls.reason
    assert "who is called" in called.reason


@pytest.mark.parametrize(
    ("here", "there", "certainty"),
    [
        (Behavior(EI, APD), Behavior(EI, APD), LIKELY),
        (LAX, Behavior(EI, APD), LIKELY),  # its own ports are lost when it knocks
        (LAX, Behavior(APD, APD), LIKELY),
        (LAX, LAX, CERTAIN),  # nobody answers by ICMP where everybody is let in
    ],
)
def test_an_icmp_error_may_end_a_mapping_unless_everybody_is_let_in_or_it_was_tried(
    here: Behavior, there: Behavior, certainty: Certainty
) -> None:
    for a, b in ((here, there), (there, here)):
        assert predict(side(a), elsewhere(b)).certainty is certainty
        tried = predict(side(a, forgets=NO), elsewhere(b, forgets=NO))
        assert tried.certainty is CERTAIN


def test_a_nat_that_forgets_at_an_error_is_said_to_do_so() -> None:
    strict = Behavior(EI, APD)
    found = predict(side(strict, forgets=YES), elsewhere(strict, forgets=NO))
    assert (found.certainty, found.is_direct) == (LIKELY, True)
    assert "REQ-12" in found.reason


def test_where_each_target_has_a_mapping_of_its_own_an_error_ends_no_other() -> None:
    """Of 184 such meetings that were played, whatever the other NAT was, each came up."""
    found = predict(side(Behavior(APD, APD)), elsewhere(FRIENDLY, forgets=NO))
    assert found.certainty is CERTAIN


def test_addresses_from_a_pool_make_filters_by_address_unsure() -> None:
    asked, asking = Behavior(EI, AD), Behavior(APD, APD)
    assert predict(side(asked), elsewhere(asking)).certainty is LIKELY
    pool = known(Pooling.ARBITRARY, "")
    assert predict(side(asked), elsewhere(asking, pooling=pool)).certainty is UNCERTAIN
