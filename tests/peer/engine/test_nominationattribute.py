"""NOMINATION survives the wire, and aioice knows it by the code point that libwebrtc uses."""

from aioice import stun

from peer.engine.nominationattribute import CODE, NOMINATION, teach


def test_a_number_comes_out_as_it_went_in() -> None:
    teach()
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes[NOMINATION] = 77
    request.add_message_integrity(b"key")
    data = bytes(request)
    assert CODE.to_bytes(2, "big") + b"\x00\x04" + (77).to_bytes(4, "big") in data
    assert stun.parse_message(data).attributes[NOMINATION] == 77
