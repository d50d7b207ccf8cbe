"""Servers and addresses from the command line become the configuration of a session."""

import pytest
import typer

from hairpin.calling.connecting import Connecting
from peer import IceTransportPolicy


def test_options_become_a_configuration_and_a_password_is_in_no_repr() -> None:
    given = Connecting(turn=["turn:host"], user="ann:hush", relay_only=True, host=["127.0.0.1"])
    made = given.configuration()
    assert made.policy is IceTransportPolicy.RELAY
    assert made.host_addresses == ("127.0.0.1",)
    assert made.use_signaled_servers
    assert len(made.servers) == 1
    assert "hush" not in repr(given)


@pytest.mark.parametrize(
    "wrong",
    [
        Connecting(user="nobody"),
        Connecting(turn=["turn:host"]),
        Connecting(stun=["host"]),
    ],
)
def test_what_makes_no_sense_is_a_bad_parameter(wrong: Connecting) -> None:
    with pytest.raises(typer.BadParameter):
        wrong.configuration()
