"""The open gate."""

from signaling.gate import ANONYMOUS, Admit, Admitted, Authenticate, Authenticated, OpenGate


def test_the_open_gate_lets_everybody_in_and_looks_at_no_token():
    gate = OpenGate()
    asked = Authenticate("c", "any token", "alice", "192.0.2.1")
    assert gate.carry(asked) == [Authenticated("c", ANONYMOUS)]
    assert gate.carry(Admit("s", "r", "alice", "key", {}, "")) == [Admitted("s", "r")]
