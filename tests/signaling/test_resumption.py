"""A token is read as it was written, and by nobody with another key."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from signaling.resumption import Claimant, Tokens

TOKENS = Tokens(b"key")
WRITTEN = TOKENS.write(Claimant("node-1", "5e55", 7))


@given(st.text(), st.from_regex(r"\A[0-9a-f]{1,16}\Z"), st.integers(0, 10**9))
def test_a_token_says_what_was_written(node, sid, generation):
    if any("\ud800" <= letter <= "\udfff" for letter in node):
        return
    claimant = Claimant(node, sid, generation)
    assert TOKENS.read(TOKENS.write(claimant)) == claimant


@pytest.mark.parametrize("token", ["", "x", "é", "AAAA", WRITTEN[:-2], WRITTEN + "AAAA", "=" * 9])
def test_what_is_no_token_is_nobodys(token):
    assert TOKENS.read(token) is None


@pytest.mark.parametrize("place", range(0, len(WRITTEN) - 1, 3))
def test_a_token_that_was_changed_anywhere_is_not_genuine(place):
    other = "A" if WRITTEN[place] != "A" else "B"
    assert TOKENS.read(WRITTEN[:place] + other + WRITTEN[place + 1 :]) is None


def test_another_key_does_not_read_it_and_no_key_is_shown():
    assert Tokens(b"other").read(WRITTEN) is None
    assert "key" not in repr(TOKENS)
