"""Tests of `nat.trace.lettering`: how wide a text is, and how it is cut and wrapped."""

from hypothesis import given
from hypothesis import strategies as st

from nat.trace.lettering import cut, width, wrap

texts = st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=80)


def test_wide_letters_are_wider_than_narrow_ones_and_bold_ones_wider_still():
    assert width("mmm", 10) > width("aaa", 10) > width("iii", 10)
    assert width("aaa", 10, bold=True) > width("aaa", 10)
    assert width("aaa", 20) == 2 * width("aaa", 10)


def test_what_fits_is_not_cut():
    assert cut("hello", 100, 10) == "hello"
    assert cut("hello, how are you", 50, 10) == "hello, h…"


@given(texts, st.integers(30, 300))
def test_what_is_cut_fits(text, most):
    assert width(cut(text, most, 10), 10) <= most


@given(texts, st.integers(30, 300), st.integers(1, 4))
def test_what_is_wrapped_fits_and_loses_nothing_unless_it_says_so(text, most, lines):
    found = wrap(text, most, 10, lines)
    assert len(found) <= lines
    assert all(width(line, 10) <= most for line in found)
    if "…" not in "".join(found):
        assert " ".join(found).split() == text.split()
