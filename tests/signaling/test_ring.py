"""A ring keeps frames in order and knows their bytes."""

import pytest

from signaling.ring import Ring


@pytest.fixture
def ring():
    return Ring([b"1", b"22", b"333", b"4444"])


def test_its_size_is_that_of_its_frames(ring):
    assert ring.size == 10
    assert Ring().size == 0


def test_the_oldest_are_dropped_first(ring):
    assert ring.drop(2) == 3
    assert ring.frames == [b"333", b"4444"]
    assert ring.size == 7


@pytest.mark.parametrize(
    ("most", "most_bytes", "excess"),
    [(4, 10, 0), (3, 10, 1), (4, 9, 1), (4, 8, 2), (2, 9, 2), (2, 4, 3), (0, 10, 4), (4, 0, 4)],
)
def test_as_many_are_too_many_as_must_go_for_count_and_bytes(ring, most, most_bytes, excess):
    assert ring.excess(most, most_bytes) == excess
