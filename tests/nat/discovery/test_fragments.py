"""A request that takes two packets is sent beside one that does not."""

import dataclasses

import nat
from nat.choices import Fragments
from nat.discovery.transactions import Purpose

from .simulated import diagnose


def test_what_a_nat_does_to_pieces_shows_and_the_plain_request_passes() -> None:
    for fragments in (Fragments.OUT_OF_ORDER, Fragments.DROPPED):
        run = diagnose(dataclasses.replace(nat.PORT_RESTRICTED_CONE, fragments=fragments))
        plain, padded = sorted(run.of(Purpose.FRAGMENTS), key=lambda each: each.padding)
        assert plain.trial == padded.trial
        assert plain.answers
        assert not plain.padding
        assert padded.padding == 1500
        assert bool(padded.answers) is (fragments is Fragments.OUT_OF_ORDER)
        if padded.answers:
            assert padded.answers[0].padding == 1500
            assert padded.answers[0].size > 1500
