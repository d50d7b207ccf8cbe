"""A prediction in one sentence."""

from nat.behavior import Behavior
from nat.discovery.findings import unknown
from nat.discovery.prediction import predict
from tests.nat.discovery.sides import EI, elsewhere, side

LAX = Behavior(EI, EI)


def test_the_sentence_names_the_other_way() -> None:
    found = predict(side(mapping=unknown("lost")), elsewhere())
    assert found.sentence.startswith("They may meet directly, or else through a relay.")
    found = predict(side(LAX), elsewhere(LAX))
    assert found.sentence.startswith("They meet directly. Both NATs")
