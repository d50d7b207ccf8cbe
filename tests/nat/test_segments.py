"""Tests of `nat.segments`: TCP segments as a NAT sees them: those of the simulator, and real ones."""

import pytest

from nat.segments import HEADER, Flags, Kind, RawSegment, Segment


def test_data_takes_sequence_numbers_by_its_length_and_fin_one():
    assert Segment(Kind.DATA, 5, data=b"abc").end == 8
    assert Segment(Kind.FIN, 8).end == 9


def test_a_segment_has_the_size_of_its_header_and_data():
    assert len(Segment(Kind.DATA, data=b"abc")) == HEADER + 3


@pytest.mark.parametrize("kind", Kind)
def test_the_flags_of_a_kind_are_those_its_words_name(kind):
    words = kind.value.removesuffix(", please answer").split(", ")
    flags = Flags(0)
    for word in words:
        flags |= Flags[word]
    assert Segment(kind).flags == flags


def test_a_real_segment_has_the_size_of_all_of_it():
    assert len(RawSegment(Flags.SYN, b"x" * 32)) == 32
