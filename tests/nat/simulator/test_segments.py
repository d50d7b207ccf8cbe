"""Tests of `nat.simulator.segments`: what TCP connections of the simulator say to each other."""

from nat.simulator.segments import HEADER, Kind, Segment


def test_data_takes_sequence_numbers_by_its_length_and_fin_one():
    assert Segment(Kind.DATA, 5, data=b"abc").end == 8
    assert Segment(Kind.FIN, 8).end == 9


def test_a_segment_has_the_size_of_its_header_and_data():
    assert len(Segment(Kind.DATA, data=b"abc")) == HEADER + 3
