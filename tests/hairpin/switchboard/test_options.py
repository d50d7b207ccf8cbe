"""The flags of `hairpin signaling`."""

from hairpin.switchboard.options import Flags
from signaling.operation.document import Document


def test_flags_say_what_a_file_would_and_nothing_where_they_are_silent() -> None:
    assert Flags().document() == Document()
    said = Flags(listen=["a:1"], turn=["turn:a"], turn_secret="hunter2", max_message=9).document()
    assert (said.listen, said.ice.turn, said.ice.secret) == (("a:1",), ("turn:a",), "hunter2")
    assert said.limits.message == 9
    assert "hunter2" not in repr(Flags(turn_secret="hunter2", redis="redis://:hunter2@a"))
