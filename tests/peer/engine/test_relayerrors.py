"""Errors in words."""

import ssl

import pytest

from peer.engine.relayerrors import (
    PeerRefusedError,
    PeerUnreachableError,
    RedirectedError,
    RelayError,
    describe,
)
from peer.turn import Redirected
from stunwire import Address

PEER = ("203.0.113.7", 9)


def test_errors_about_a_peer_name_it() -> None:
    refused, unreachable = PeerRefusedError(PEER, "403 no", 403), PeerUnreachableError(PEER, 3, 1)
    assert (refused.peer, refused.code, unreachable.peer) == (PEER, 403, PEER)
    assert describe(refused) == "the relay refuses 203.0.113.7: 403 no"
    assert describe(unreachable) == "203.0.113.7 is unreachable from the relay (ICMP 3/1)"


def test_a_redirection_says_where_to() -> None:
    error = RedirectedError(Redirected(Address("198.51.100.1", 3478), "turn.example"))
    assert (error.server, error.domain, error.code) == (("198.51.100.1", 3478), "turn.example", 300)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "no answer"),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (RelayError("486 too many", 486), "486 too many"),
        (ssl.SSLError(1, "WRONG_VERSION_NUMBER"), "TLS failed"),
        (ValueError(), "ValueError"),
    ],
)
def test_an_error_is_told_in_words(error: Exception, words: str) -> None:
    assert words in describe(error)
