"""Tests of `nat.translation.rules`: what follows from a behaviour."""

import pytest

from nat import parse
from nat.translation.rules import Rules


@pytest.mark.parametrize(
    ("text", "consequences"),
    [
        ("ei/apd", (False, False, False, True)),
        ("ei/apd sessions=conntrack", (True, False, True, True)),
        ("ei/ei sessions=conntrack", (True, False, False, True)),
        ("ei/apd sessions=conntrack filter_scope=endpoint", (True, False, False, True)),
        ("ei/apd ports=overloading", (False, True, False, True)),
        ("ei/apd unsolicited=clash", (False, True, False, True)),
        ("ei/apd alg=rewrite", (False, False, False, False)),
        ("ei/apd filter_lifetime=9", (False, False, False, False)),
    ],
)
def test_consequences_follow_from_settings(text, consequences):
    one = Rules(parse(text))
    assert (one.tracks, one.shares, one.sessions_decide, one.may_be_quick) == consequences
