"""Servers and addresses from the command line become the configuration of a session."""

import pytest
import typer

from hairpin.calling.connecting import Connecting
from peer import IceTransportPolicy


def test_options_become_a_configuration_and_a_password_is_in_no_repr() -> None:
    given = Connecting(turn=["turn:host"], user="ann:hush", relay_only=True, host=["127.0.0.1"])
    made = given.configuration("ws://host")
    assert made.policy is IceTransportPolicy.RELAY
    assert made.host_addresses == ("127.0.0.1",)
    assert made.use_signaled_servers
    assert len(made.servers) == 1
    assert "hush" not in repr(given)


def test_a_pinned_server_is_verified_so_and_relays_as_usual() -> None:
    made = Connecting(fingerprint="00" * 32).configuration("wss://host")
    assert made.signaling_tls is not None
    assert made.tls is None


@pytest.mark.parametrize(
    "wrong",
    [
        Connecting(user="nobody"),
        Connecting(turn=["turn:host"]),
        Connecting(stun=["host"]),
        Connecting(fingerprint="00" * 32),
    ],
)
def test_what_makes_no_sense_is_a_bad_parameter(wrong: Connecting) -> None:
    with pytest.raises(typer.BadParameter):
        wrong.configuration("ws://host")
