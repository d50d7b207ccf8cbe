"""TLS without a socket: any cut of the records, goodbyes, and any bytes at all."""

import ssl
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay import HangUp, StreamLimits
from relay.certificates import make_context
from relay.stream import Close, Cut, Stream, TakeFrames, WriteBytes
from relay.tls import TlsSession
from stunwire import Carrier, ChannelData, Message, Method

BINDING = Message.request(Method.BINDING, b"t" * 12).encode()
DATA = ChannelData(0x4001, b"hello")
QUIET = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class TlsClient:
    """A client's side of TLS, on buffers."""

    def __init__(self, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3, alpn: tuple = ()) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reads no authorities, which takes long
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = version
        if alpn:
            context.set_alpn_protocols(list(alpn))
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing)
        self.is_ready = False

    def hear(self, data: bytes) -> bytes:
        self.incoming.write(data)
        try:
            if not self.is_ready:
                self.tls.do_handshake()
                self.is_ready = True
            return self.tls.read(65536)
        except ssl.SSLWantReadError:
            return b""

    def shake_hands(self, session: TlsSession) -> None:
        self.hear(b"")
        while not (self.is_ready and session.is_ready):
            self.hear(session.decrypt(self.outgoing.read()).reply)


@pytest.fixture(scope="module")
def context(certificate) -> ssl.SSLContext:
    return make_context(certificate)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_what_one_side_says_the_other_hears(context, version):
    client, session = TlsClient(version), TlsSession(context)
    client.shake_hands(session)
    client.tls.write(b"hello")
    assert session.decrypt(client.outgoing.read()).plain == b"hello"
    assert client.hear(session.encrypt(bytes(40_000))) == bytes(16384)  # one record at a time


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (("stun.turn",), "stun.turn"),
        (("stun.nat-discovery",), "stun.nat-discovery"),
        (("h2", "stun.turn"), "stun.turn"),
        (("h2",), None),
        ((), None),
    ],
)
def test_the_protocol_is_agreed_upon_where_the_client_asks(context, offered, chosen):
    client, session = TlsClient(alpn=offered), TlsSession(context)
    client.shake_hands(session)
    assert client.tls.selected_alpn_protocol() == chosen


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_1_1_is_refused_with_an_alert(context):
    client = TlsClient()
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    client.tls = old.wrap_bio(client.incoming, client.outgoing)
    client.hear(b"")
    refused = TlsSession(context).decrypt(client.outgoing.read())
    assert "PROTOCOL" in refused.problem
    assert refused.reply[0] == 0x15  # RFC 8446 §5.1: an alert


def test_a_goodbye_is_heard_and_answered(context):
    client, session = TlsClient(), TlsSession(context)
    client.shake_hands(session)
    client.tls.write(b"last words")
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.unwrap()
    heard = session.decrypt(client.outgoing.read())
    assert (heard.plain, heard.ended, heard.problem) == (b"last words", True, None)
    client.incoming.write(session.encrypt(b"an answer") + session.say_goodbye())
    assert client.tls.read(100) == b"an answer"
    client.tls.unwrap()


@QUIET
@given(places=st.lists(st.integers(0, 10_000)))
def test_the_frames_are_the_same_however_the_records_are_cut(context, places):
    client, session = TlsClient(), TlsSession(context)
    stream = Stream(StreamLimits(), range(0x40, 0x50), 0.0, tls=session)
    client.hear(b"")
    while not client.is_ready:
        for output in stream.receive_bytes(client.outgoing.read(), 1.0):
            client.hear(output.data)
    client.tls.write(BINDING + DATA.encode(Carrier.STREAM) + BINDING)
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.unwrap()
    wire = client.outgoing.read()
    frames, last = [], None
    edges = [0, *sorted(place % len(wire) for place in places), len(wire)]
    for start, stop in pairwise(edges):
        piece = wire[start:stop]
        for output in stream.receive_bytes(piece, 2.0):
            last = output
            if isinstance(output, TakeFrames):
                frames += output.frames
    assert frames == [BINDING, DATA.encode(), BINDING]
    assert last == Close()
    assert stream.encode(BINDING, 0) is not None  # what came before the goodbye is answered
    assert stream.next_deadline() is None
    assert stream.part()
    assert stream.encode(BINDING, 0) is None


@QUIET
@given(chunks=st.lists(st.binary(max_size=100), max_size=10))
def test_whatever_bytes_come_instead_of_tls_it_is_an_alert_and_one_cut(context, chunks):
    stream = Stream(StreamLimits(), range(0x40, 0x50), 0.0, tls=TlsSession(context))
    outputs = [o for chunk in chunks for o in stream.receive_bytes(chunk, 1.0)]
    cuts = [o for o in outputs if isinstance(o, Cut)]
    assert len(cuts) <= 1
    assert all(cut.why is HangUp.NOT_TLS for cut in cuts)
    assert not [o for o in outputs if not isinstance(o, Cut | WriteBytes)]


@QUIET
@given(at=st.integers(0), bit=st.integers(0, 7))
def test_a_record_that_was_changed_on_its_way_ends_the_connection(context, at, bit):
    client, session = TlsClient(), TlsSession(context)
    client.shake_hands(session)
    client.tls.write(BINDING)
    wire = bytearray(client.outgoing.read())
    wire[5 + at % (len(wire) - 5)] ^= 1 << bit
    heard = session.decrypt(bytes(wire))
    assert heard.plain == b""
    assert heard.problem is not None


def test_a_handshake_that_stops_half_way_has_ten_seconds(context):
    client = TlsClient()
    stream = Stream(StreamLimits(), range(0x40, 0x50), 0.0, tls=TlsSession(context))
    client.hear(b"")
    (hello,) = stream.receive_bytes(client.outgoing.read(), 1.0)
    assert isinstance(hello, WriteBytes)
    assert stream.encode(BINDING, 0) is None  # nothing is said before the handshake is done
    assert stream.handle_timer(9.9, in_use=False) == []
    (cut,) = stream.handle_timer(10.0, in_use=False)
    assert cut.why is HangUp.NO_HANDSHAKE


def test_after_the_handshake_the_first_message_has_ten_seconds_of_its_own(context):
    client = TlsClient()
    stream = Stream(StreamLimits(), range(0x40, 0x50), 0.0, tls=TlsSession(context))
    client.hear(b"")
    for _ in range(2):
        for output in stream.receive_bytes(client.outgoing.read(), 8.0):
            client.hear(output.data)
    assert stream.next_deadline() == 18.0
    (cut,) = stream.handle_timer(18.0, in_use=False)
    assert cut.why is HangUp.NO_MESSAGE
