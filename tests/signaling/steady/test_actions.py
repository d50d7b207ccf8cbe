"""What the client's core wants done."""

from signaling.steady.actions import Action, Cut, Write


def test_actions_are_values():
    assert Write(b"x") == Write(b"x")
    assert Cut() == Cut()
    assert len(Action.__args__) == 8
