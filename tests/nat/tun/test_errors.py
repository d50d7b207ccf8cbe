"""What the TUN lab's errors are."""

from nat.tun import NoTunError, TunLabError


def test_that_there_is_no_tun_is_an_error_of_the_lab() -> None:
    assert issubclass(NoTunError, TunLabError)
