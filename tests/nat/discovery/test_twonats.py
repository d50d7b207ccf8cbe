"""Two behind NATs of their own: what upsets a NAT, and pools, take certainty away where they matter."""

import pytest

from nat.behavior import Behavior
from nat.choices import Pooling
from nat.discovery.findings import known
from nat.discovery.prediction import Certainty, predict
from tests.nat.discovery.sides import AD, APD, EI, YES, elsewhere, side

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
def test_an_icmp_error_may_end_a_mapping_unless_everybody_is_let_in(
    here: Behavior, there: Behavior, certainty: Certainty
) -> None:
    for a, b in ((here, there), (there, here)):
        assert predict(side(a), elsewhere(b)).certainty is certainty


def test_addresses_from_a_pool_make_filters_by_address_unsure() -> None:
    asked, asking = Behavior(EI, AD), Behavior(APD, APD)
    assert predict(side(asked), elsewhere(asking)).certainty is LIKELY
    pool = known(Pooling.ARBITRARY, "")
    assert predict(side(asked), elsewhere(asking, pooling=pool)).certainty is UNCERTAIN
