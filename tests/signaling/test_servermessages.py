"""What the server says."""

from signaling.servermessages import UNNUMBERED, ServerMessage


def test_the_types_of_the_server_are_told_apart_by_their_tag():
    tags = [kind.__struct_config__.tag for kind in ServerMessage.__args__]
    assert len(tags) == len(set(tags))


def test_what_bears_no_number_is_a_message():
    assert set(UNNUMBERED) <= set(ServerMessage.__args__)
