"""Any bytes whatever give a value or `DecodeError`: the wire under atheris.

Run with `.venv/bin/python tests/fuzz/fuzz_stunwire.py -runs=100000`; the arguments are libFuzzer's.
"""

import sys
from contextlib import suppress

try:
    import atheris
except ImportError:
    sys.exit("atheris is not installed here: pip install 'hairpin[fuzz]', then run this again")

with atheris.instrument_imports(include=["stunwire"]):
    import stunwire

COOKIE = bytes.fromhex("2112a442")
KEY = b"key"
CLIENT = ("192.0.2.1", 4000)
NONCES = stunwire.NonceMaker(b"0123456789abcdef")


def fuzz_message(data: bytes) -> None:
    """A message that decodes can be asked everything, and comes back when it is encoded."""
    try:
        message = stunwire.decode(data)
    except stunwire.DecodeError:
        return
    assert message.unknown_required is not None
    for algorithm in stunwire.Integrity:
        assert not message.verify(KEY, algorithm, shortest=16), "a seal that nobody made"
    plain = message.unprotected()
    try:
        again = plain.encode(integrity=stunwire.IntegrityKey(KEY), fingerprint=True)
    except ValueError:
        # More may be read than may be sent: RFC 8489 §14.3 has 763 and 508 bytes.
        return
    decoded = stunwire.decode(again)
    assert decoded.unprotected() == plain
    assert decoded.verify(KEY, stunwire.Integrity.SHA1)


def fuzz_attributes(data: bytes) -> None:
    """The same bytes as the attributes behind a good header, so that they get past it at once."""
    body = data[: len(data) & ~3]
    fuzz_message(b"\x00\x01" + len(body).to_bytes(2, "big") + COOKIE + bytes(12) + body)


def fuzz_stream(data: bytes) -> None:
    """A stream gives the same frames in one piece and in two, up to the same garbage."""
    whole, halves = stunwire.StreamCutter(), stunwire.StreamCutter()
    middle = data[0] % (len(data) + 1) if data else 0
    in_one, in_two = feed(whole, data), feed(halves, data[:middle], data[middle:])
    assert in_one == in_two
    assert whole.waiting == halves.waiting
    for frame in in_one[0]:
        fuzz_message(frame)
        fuzz_channel_data(frame)


def feed(cutter: stunwire.StreamCutter, *chunks: bytes) -> tuple[list[bytes], bool]:
    """The frames, and whether the stream was lost."""
    frames: list[bytes] = []
    try:
        for chunk in chunks:
            frames += cutter.feed(chunk)
    except stunwire.StreamError as error:
        return [*frames, *error.frames], True
    return frames, False


def fuzz_channel_data(data: bytes) -> None:
    """ChannelData that decodes is encoded to the same bytes, without what stood behind it."""
    with suppress(stunwire.DecodeError):
        frame = stunwire.decode_channel_data(data)
        assert data.startswith(frame.encode())


def fuzz_text(data: bytes) -> None:
    """No name, nonce or realm of a stranger stops anything."""
    text = data.decode("utf-8", "replace")
    assert NONCES.check(text, CLIENT, 0) is stunwire.NonceVerdict.FOREIGN
    stunwire.security_features(text)
    stunwire.rest_expiry(text)
    stunwire.long_term_key(text, text, text)
    with suppress(stunwire.PreparationError):
        stunwire.opaque_string(text)
    with suppress(stunwire.PreparationError):
        stunwire.saslprep(text)


def fuzz(data: bytes) -> None:
    """Everything that a stranger's bytes can reach."""
    stunwire.classify(data[0] if data else 0)
    fuzz_message(data)
    fuzz_attributes(data)
    fuzz_channel_data(data)
    fuzz_stream(data)
    fuzz_text(data)


if __name__ == "__main__":
    atheris.Setup(sys.argv, fuzz)
    atheris.Fuzz()
