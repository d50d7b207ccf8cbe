"""Who comes."""

import pytest

from signaling.matchmaking.season.population import Population


def test_a_ticket_has_as_many_players_as_the_shares_of_parties_say() -> None:
    assert Population().players_a_ticket == 1
    assert Population(parties={1: 3, 2: 1}).players_a_ticket == pytest.approx(1.25)
