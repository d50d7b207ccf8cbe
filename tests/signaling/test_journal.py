"""What the core notes."""

from signaling.journal import Happening, Noted


def test_two_entries_do_not_share_their_fields():
    one, two = Noted(Happening.REFUSED, "s"), Noted(Happening.REFUSED, "s")
    one.fields["code"] = 400
    assert not two.fields
