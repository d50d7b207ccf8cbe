"""The tree of errors."""

import peer


def test_every_error_of_the_package_is_a_peer_error() -> None:
    for error in (
        peer.ConfigurationError,
        peer.RemoteError,
        peer.SessionFailedError,
        peer.ChannelClosedError,
    ):
        assert issubclass(error, peer.PeerError)


def test_a_configuration_error_is_also_a_value_error() -> None:
    assert issubclass(peer.ConfigurationError, ValueError)
