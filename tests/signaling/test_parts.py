"""The words of the protocol, with their bounds."""

import msgspec
import pytest

from signaling.parts import PeerName, RoomName


@pytest.mark.parametrize(("kind", "longest"), [(PeerName, 64), (RoomName, 128)])
def test_a_name_has_bounds_and_no_control_characters(kind, longest):
    assert msgspec.convert("x" * longest, kind)
    for wrong in ("", "x" * (longest + 1), "a\nb", "\x7f"):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, kind)
