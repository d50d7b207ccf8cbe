"""What is left out of a socket's mode."""

import pytest

from operating.kind import Kind, Sharing


@pytest.mark.parametrize("sharing", Sharing)
def test_nobody_else_may_connect_however_it_is_shared(sharing: Sharing) -> None:
    assert sharing.value & 0o117 == 0o117


def test_who_says_nothing_of_it_shares_with_nobody() -> None:
    assert Kind("relay", ValueError).sharing is Sharing.OWNER
