"""Two behind NATs of their own: what upsets a NAT, and pools, take certainty away where they matter."""

import pytest

from nat.behavior import Behavior
from nat.choices import Pooling
from nat.discovery.findings import known
from nat.discovery.prediction import Certainty, predict
from tests.nat.discovery.sides import AD, APD, EI, NO, YES, elsewhere, side

CERTAIN, LIKELY, UNCERTAIN = Certainty
LAX = Behavior(EI, EI)
FRIENDLY = Behavior(EI, AD)


@pytest.mark.parametrize(
    ("here", "there", "certainty"),
    [
        (Behavior(EI, APD), Behavior(EI, APD), UNCERTAIN),  # whoever comes second is not heard
        (FRIENDLY, Behavior(EI, APD), LIKELY),  # who is upset can still be heard by one of them
        (FRIENDLY, FRIENDLY, LIKELY),
        (Behavior(EI, APD), LAX, LIKELY),  # it goes on answering the other's packets by ICMP
        (LAX, LAX, CERTAIN),  # who keeps out nobody gives nothing away
    ],
)
def test_where_both_nats_clash_the_first_packet_decides(
    here: Behavior, there: Behavior, certainty: Certainty
) -> None:
    for a, b in ((here, there), (there, here)):
        assert predict(side(a, clashes=YES), elsewhere(b, clashes=YES)).certainty is certainty


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
