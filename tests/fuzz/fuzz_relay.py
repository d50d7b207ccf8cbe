"""Whatever arrives at the relay, under atheris: its core and its streams (relay_play.py, stream_play.py).

Run with `.venv/bin/python tests/fuzz/fuzz_relay.py -runs=20000`; the arguments are libFuzzer's. Without a corpus
among them it begins with one of its own: real messages, and plays that reach far.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

try:
    import atheris
except ImportError:
    sys.exit("atheris is not installed here: pip install 'hairpin[fuzz]', then run this again")

with atheris.instrument_imports(include=["relay", "stunwire"]):
    from relay_clients import PEERS, PLACES, REALM, key_of
    from relay_play import Play
    from relay_readers import Bytes, Recorded
    from stream_play import StreamPlay

    from stunwire import (
        ChannelData,
        Data,
        EvenPort,
        IntegrityKey,
        Lifetime,
        Message,
        Method,
        MobilityTicket,
        Nonce,
        PasswordHash,
        Realm,
        RequestedTransport,
        Username,
        XorPeerAddress,
    )

CORE, DATAGRAMS, STREAM = range(3)
PLAYS = 60
LONGEST = 4096


def fuzz(data: bytes) -> None:
    """One play; the first byte says of what."""
    kind, rest = data[0] % 3 if data else CORE, data[1:]
    if kind == CORE:
        Play(Bytes(rest)).run()
    elif kind == STREAM:
        StreamPlay(Bytes(rest)).run()
    else:
        fuzz_datagrams(rest)


def fuzz_datagrams(data: bytes) -> None:
    """Datagrams and frames as they come: where from, how long, and the bytes themselves."""
    reader = Bytes(data)
    play = Play(Bytes(b""))
    play.has_signed = True  # a mutation of a signed seed may be as good as the seed
    while not reader.is_over:
        place = PLACES[reader.below(len(PLACES))]
        play.say(place, reader.chunk(1000))
        play.look()
    play.end()


def messages() -> Iterator[bytes]:
    """What real clients say."""
    proof = (Username("alice"), Realm(REALM), Nonce("obMatJos2" + "0" * 28))
    peer = XorPeerAddress(PEERS[0])
    for method, wanted in (
        (Method.BINDING, ()),
        (Method.ALLOCATE, (RequestedTransport(17), Lifetime(600))),
        (Method.ALLOCATE, (RequestedTransport(17), EvenPort(reserve_next=True))),
        (Method.ALLOCATE, (RequestedTransport(17), MobilityTicket(b""))),
        (Method.REFRESH, (Lifetime(0),)),
        (Method.CREATE_PERMISSION, (peer,)),
        (Method.CONNECT, (peer,)),
    ):
        yield Message.request(method, b"t" * 12, *wanted).encode(fingerprint=True)
        signed = Message.request(method, b"t" * 12, *wanted, *proof)
        yield signed.encode(integrity=IntegrityKey(key_of("alice", PasswordHash.MD5)))
    yield Message.indication(Method.SEND, b"t" * 12, peer, Data(b"hello")).encode()
    yield ChannelData(0x4000, b"hello").encode()
    yield b"\0\1\0\0" + b"0123456789abcdef"  # RFC 3489 §8.1: without a cookie
    yield b"GET / HTTP/1.1\r\n\r\n"


def seeds() -> Iterator[bytes]:
    """Where mutations begin."""
    for number, message in enumerate(messages()):
        framed = bytes((number % len(PLACES),)) + len(message).to_bytes(2, "big") + message
        yield bytes((DATAGRAMS,)) + framed * 2
    for kind, play in ((CORE, Play), (STREAM, StreamPlay)):
        for seed in range(PLAYS):
            recorded = Recorded(seed)
            play(recorded).run()
            yield bytes((kind,)) + recorded.data[:LONGEST]


def main() -> None:
    """Fuzz, from the given corpus or from our own."""
    arguments = sys.argv
    if not any(not argument.startswith("-") for argument in arguments[1:]):
        corpus = Path(tempfile.mkdtemp(prefix="fuzz-relay-"))
        for number, seed in enumerate(seeds()):
            (corpus / f"seed-{number}").write_bytes(seed)
        arguments = [*arguments, str(corpus)]
    if not any(argument.startswith("-max_len") for argument in arguments):
        arguments = [*arguments, f"-max_len={LONGEST}"]
    atheris.Setup(arguments, fuzz)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
