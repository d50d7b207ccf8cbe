"""What a client says."""

import msgspec
import pytest

from signaling.clientmessages import ClientMessage, Hello


def test_the_types_of_a_client_are_told_apart_by_their_tag():
    tags = [kind.__struct_config__.tag for kind in ClientMessage.__args__]
    assert len(tags) == len(set(tags))


@pytest.mark.parametrize("number", [0, -1, 2**53, 1.5])
def test_a_number_is_a_positive_integer_that_javascript_can_hold(number):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode({"t": "hello", "seq": number}), type=Hello)
