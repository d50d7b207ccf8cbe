"""What every transport does with whatever comes over the wire; each test is played with both."""

import asyncio

import pytest

from signaling.codes import CloseCode
from signaling.handshake import Condition
from signaling.pages import Pages, page
from signaling.settings import Limits, Settings
from signaling.transports.listener import Transport

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
SHORT = {"open_timeout": 0.1, "close_timeout": 0.1}


async def test_a_message_comes_in_and_goes_out_as_one_text_frame(make_stand):
    async with make_stand() as stand, stand.dial() as client:
        assert b"101" in await client.open()
        for size in (0, 125, 126, 65535, 65536):
            client.frame(TEXT, b"x" * size)
            assert await client.hear() == (TEXT, b"x" * size)


async def test_our_subprotocol_is_in_the_answer(make_stand):
    async with make_stand() as stand, stand.dial() as client:
        head = (await client.open()).lower()
        assert b"sec-websocket-protocol: hairpin.v1" in head
        assert b"sec-websocket-accept: " in head


async def test_without_our_subprotocol_the_websocket_opens_to_be_closed_with_4406(make_stand):
    async with make_stand() as stand, stand.dial() as client:
        client.writer.write(
            b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert b"101" in await client.head()
        assert await client.hear_close() == CloseCode.VERSION
        assert stand.shell.connections == []


async def test_a_connection_header_with_several_tokens_is_understood(make_stand):
    async with make_stand() as stand, stand.dial() as client:
        client.writer.write(
            b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            b"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Protocol: mqtt, hairpin.v1\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert b"101" in await client.head()


async def test_frames_right_behind_the_request_are_heard(make_stand, raw_frame):
    async with make_stand() as stand, stand.dial() as client:
        await client.open(behind=raw_frame(TEXT, b"early") + raw_frame(TEXT, b"bird"))
        assert [await client.hear() for _ in range(2)] == [(TEXT, b"early"), (TEXT, b"bird")]


async def test_garbage_right_behind_the_request_ends_the_connection(make_stand):
    async with make_stand() as stand, stand.dial() as client:
        client.writer.write(OPENING_AND_END + b"\xff" * 100)
        await client.rest()
        await stand.until(lambda: len(stand.listener) == 0)
        assert stand.shell.heard == []


# --- frames -----------------------------------------------------------------------------------------


async def test_a_binary_frame_is_heard_as_bytes(make_stand):
    async with make_stand() as stand, stand.dial() as client:
        await client.open()
        client.frame(BINARY, b"\x00\xff")
        await client.hear()
        assert stand.shell.heard == [b"\x00\xff"]


async def test_a_fragmented_message_is_put_together_around_a_ping(make_stand):
    async with make_stand() as stand, stand.dial() as client:
        await client.open()
        client.frame(TEXT, "sch\u00f6n".encode()[:4], bits=0)  # in the middle of a character
        client.frame(PING, b"p")
        client.frame(CONTINUATION, b"", bits=0)
        client.frame(CONTINUATION, "sch\u00f6n".encode()[4:])
        assert await client.hear() == (PONG, b"p")
        assert await client.hear() == (TEXT, "sch\u00f6n".encode())
        client.frame(TEXT, b"again")
        assert await client.hear() == (TEXT, b"again")
        assert stand.shell.heard == ["sch\u00f6n", "again"]


VIOLATIONS = {
    "text that is no UTF-8": ([(TEXT, b"\xff\xfe", 0x80)], 1007),
    "fragments that are no UTF-8": ([(TEXT, b"a", 0), (CONTINUATION, b"\xff", 0x80)], 1007),
    "a continuation of nothing": ([(CONTINUATION, b"x", 0x80)], 1002),
    "a message inside another": ([(TEXT, b"a", 0), (TEXT, b"b", 0x80)], 1002),
    "a fragmented ping": ([(PING, b"", 0)], 1002),
    "a ping of 126 bytes": ([(PING, b"x" * 126, 0x80)], 1002),
    "an opcode nobody knows": ([(3, b"", 0x80)], 1002),
    "the bit of a compressed frame": ([(TEXT, b"x", 0xC0)], 1002),
    "another reserved bit": ([(TEXT, b"x", 0x90)], 1002),
    "a message above the limit": ([(TEXT, b"x" * 2001, 0x80)], 1009),
    "fragments above the limit": ([(TEXT, b"x" * 1500, 0), (CONTINUATION, b"x" * 501, 0)], 1009),
    "a close with half a code": ([(CLOSE, b"\x03", 0x80)], 1002),
    "a close with a code of nobody's": ([(CLOSE, (1005).to_bytes(2, "big"), 0x80)], 1002),
    "a close with a code above all": ([(CLOSE, (5000).to_bytes(2, "big"), 0x80)], 1002),
    "a close whose reason is no UTF-8": ([(CLOSE, b"\x03\xe8\xff", 0x80)], 1007),
}


@pytest.mark.parametrize(("frames", "code"), VIOLATIONS.values(), ids=VIOLATIONS)
async def test_what_is_no_websocket_traffic_is_closed_with_its_code(make_stand, frames, code):
    async with make_stand(message=1000) as stand, stand.dial() as client:
        await client.open()
        for opcode, payload, bits in frames:
            client.frame(opcode, payload, bits=bits)
        assert await client.hear_close() == code
        await client.rest()
        await stand.until(lambda: stand.shell.ended)
        assert stand.shell.ended == [(code, True)]
        assert stand.shell.heard == []


async def test_an_unmasked_frame_is_closed_with_1002(make_stand):
    async with make_stand() as stand, stand.dial() as client:
        await client.open()
        client.frame(TEXT, b"x", mask=False)
        assert await client.hear_close() == CloseCode.PROTOCOL_ERROR


async def test_one_who_announces_a_giant_frame_is_not_read_from_any_more(make_stand):
    async with make_stand() as stand, stand.dial() as client:
        await client.open()
        client.writer.write(b"\x81\xff" + (2**40).to_bytes(8, "big") + b"mask")
        with_the_rest = asyncio.create_task(keep_writing(client))
        assert await client.hear_close() == CloseCode.MESSAGE_TOO_BIG
        await stand.until(lambda: stand.shell.ended)
        with_the_rest.cancel()


async def keep_writing(client) -> None:
    try:
        while True:
            client.writer.write(b"x" * 65536)
            await client.writer.drain()
    except ConnectionError:
        return


async def test_a_ping_is_answered_with_what_it_carried(make_stand):
    async with make_stand() as stand, stand.dial() as client:
        await client.open()
        client.frame(PING, b"who goes there")
        assert await client.hear() == (PONG, b"who goes there")
        client.frame(PONG, b"unasked")
        client.frame(TEXT, b"on it goes")
        assert await client.hear() == (TEXT, b"on it goes")


# --- closing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
async def test_a_close_is_answered_with_the_same_code_and_the_socket_closed(make_stand, code):
    async with make_stand() as stand, stand.dial() as client:
        await client.open()
        client.frame(CLOSE, code.to_bytes(2, "big") + b"bye")
        assert await client.hear_close() == code
        assert await client.rest() == b""
        await stand.until(lambda: stand.shell.ended)
        assert stand.shell.ended == [(code, False)]


async def test_a_close_without_a_code_is_1005(make_stand):
    async with make_stand() as stand, stand.dial() as client:
        await client.open()
        client.frame(CLOSE)
        await client.rest()
        await stand.until(lambda: stand.shell.ended)
        assert stand.shell.ended == [(1005, False)]


async def test_one_who_hangs_up_without_a_word_has_1006(make_stand):
    async with make_stand() as stand:
        async with stand.dial() as client:
            await client.open()
        await stand.until(lambda: stand.shell.ended)
        assert stand.shell.ended == [(1006, False)]


async def test_what_was_sent_before_the_close_arrives_before_it(make_stand):
    async with make_stand() as stand, stand.dial() as client:
        await client.open()
        connection = stand.shell.connections[0]
        connection.send(b"one")
        connection.send(b"two")
        connection.close(4409, "replaced")
        connection.send(b"too late")
        assert [await client.hear() for _ in range(2)] == [(TEXT, b"one"), (TEXT, b"two")]
        assert await client.hear() == (CLOSE, (4409).to_bytes(2, "big") + b"replaced")


async def test_a_closing_handshake_that_nobody_answers_is_over_in_time(make_stand):
    async with make_stand(Settings(close_timeout=0.1)) as stand, stand.dial() as client:
        await client.open()
        stand.shell.connections[0].close(4403, "go")
        assert await client.hear_close() == 4403
        client.frame(TEXT, b"never heard")
        await stand.until(lambda: stand.shell.ended)
        assert stand.shell.ended == [(4403, True)]
        assert stand.shell.heard == []


async def test_one_who_closes_and_never_reads_is_cut_in_time(make_stand):
    limits = Limits(outbox=2**26)
    async with (
        make_stand(Settings(limits=limits, close_timeout=0.1)) as stand,
        stand.dial() as client,
    ):
        await client.open()
        connection = stand.shell.connections[0]
        client.writer.transport.pause_reading()
        for _ in range(100):
            connection.send(b"x" * 100_000)
        client.writer.write_eof()
        await stand.until(lambda: stand.shell.ended)


# --- before a websocket is open ---------------------------------------------------------------------

OPENING_AND_END = (
    b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: hairpin.v1\r\n\r\n"
)
GARBAGE = {
    "bytes": b"\x00\xff\xfe\x80 garbage\r\n\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
    "half a line": b"GET\r\n\r\n",
    "a POST": b"POST /v1/ws HTTP/1.1\r\n\r\n",
    "no upgrade": b"GET /v1/ws HTTP/1.1\r\n\r\n",
    "another version": OPENING_AND_END.replace(b"Version: 13", b"Version: 8"),
    "half a key": OPENING_AND_END.replace(b"AAAAAAAAAAAAAAAAAAAAAA==", b"AAAA"),
    "a folded header": b"GET /v1/ws HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
async def test_garbage_is_answered_with_an_http_error_and_noted(make_stand, garbage):
    async with make_stand() as stand, stand.dial() as client:
        client.writer.write(garbage)
        assert (await client.rest()).startswith(b"HTTP/1.1 4")
        await stand.until(lambda: stand.shell.failures)
        assert len(stand.shell.failures) == 1


@pytest.mark.parametrize(
    "endless", [b"G" * 40_000, b"GET /v1/ws HTTP/1.1\r\n" + b"A: b\r\n" * 10_000]
)
async def test_a_request_without_end_is_not_read_to_the_end(make_stand, endless):
    async with make_stand() as stand, stand.dial() as client:
        client.writer.write(endless)
        answer = await client.rest()
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
        await stand.until(lambda: stand.shell.failures)


@pytest.mark.parametrize("half", [b"", b"GET /v1/ws HTT", b"\x16\x03\x01 half a TLS hello"])
async def test_one_who_never_sends_a_whole_request_is_cut_off(make_stand, half):
    async with make_stand(Settings(**SHORT)) as stand, stand.dial() as client:
        client.writer.write(half)
        assert await client.rest() == b""
        await stand.until(lambda: stand.shell.failures)
        assert stand.shell.failures == ["no request in time"]


async def test_a_request_that_comes_byte_by_byte_is_read(make_stand):
    async with make_stand() as stand, stand.dial() as client:
        for at in range(len(OPENING_AND_END)):
            client.writer.write(OPENING_AND_END[at : at + 1])
            await asyncio.sleep(0)
        assert b"101" in await client.head()


async def test_health_is_answered_and_the_connection_closed(make_stand):
    async with make_stand() as stand, stand.dial() as client:
        client.writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await client.rest()
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\nContent-Length: 3\r\n" in answer
        assert b"connection: close" in answer.lower()
        assert answer.endswith(b"\r\n\r\nok\n")


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_page_is_served_and_head_brings_its_head(make_stand, transport, method, coding):
    made = page("a.js", b"let a;\n" * 20_000)
    form = made.form(coding)
    async with make_stand(Settings(pages=Pages({"/a.js": made}))) as stand, stand.dial() as client:
        asked = f"{method} /a.js HTTP/1.1\r\nHost: x\r\nAccept-Encoding: {coding}\r\n\r\n"
        client.writer.write(asked.encode())
        head = (await client.head()).lower()
        body = await client.rest()
    if method == "HEAD" and transport is Transport.PICOWS:
        assert head.startswith(b"http/1.1 400 ")  # it lets nothing but GET through
        return
    assert head.startswith(b"http/1.1 200 ok\r\n")
    assert f"\r\ncontent-length: {len(form.body)}\r\n".encode() in head
    assert f"\r\netag: {form.etag}\r\n".encode() in head
    assert (b"\r\ncontent-encoding: gzip\r\n" in head) == (coding == "gzip")
    assert body == (form.body if method == "GET" else b"")


async def test_a_draining_server_answers_503_and_when_to_come_again(make_stand):
    async with make_stand() as stand, stand.dial() as client:
        stand.shell.condition = Condition(draining=True)
        head = await client.open()
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 1" in head


async def test_a_foreign_origin_is_answered_with_403(make_stand):
    settings = Settings(origins=("https://good.example",))
    async with make_stand(settings) as stand:
        async with stand.dial() as client:
            assert b"403" in await client.open("Origin: https://evil.example")
        async with stand.dial() as client:
            assert b"101" in await client.open("Origin: https://good.example")
        assert stand.shell.connections[0].origin == "https://good.example"


# --- who does not read, who is not there --------------------------------------------------------------


async def test_one_who_does_not_read_is_noticed_and_nobody_else(make_stand):
    async with make_stand() as stand, stand.dial() as slow, stand.dial() as other:
        await slow.open()
        await other.open()
        connection = stand.shell.connections[0]
        slow.writer.transport.pause_reading()
        while not stand.shell.slow:
            stand.shell.send(connection, b"x" * 60_000)
            other.frame(TEXT, b"still here")
            assert await other.hear() == (TEXT, b"still here")
        assert stand.shell.slow == [connection]
        await stand.until(lambda: stand.shell.ended)
        assert stand.shell.ended == [(CloseCode.SLOW_CONSUMER, True)]


async def test_one_who_asks_without_end_and_never_reads_the_answers_is_cut(make_stand, raw_frame):
    questions = raw_frame(PING, b"x" * 125) * 1000
    async with make_stand(outbox=20_000) as stand, stand.dial() as client:
        await client.open()
        client.writer.transport.pause_reading()
        async with asyncio.timeout(20):
            while not stand.shell.ended:
                client.writer.write(questions)
                await asyncio.sleep(0)
        assert stand.shell.ended == [(CloseCode.SLOW_CONSUMER, True)]


async def test_one_who_is_silent_is_pinged_and_then_cut(make_stand):
    settings = Settings(ping_interval=0.08, ping_timeout=0.08, close_timeout=0.2)
    async with make_stand(settings) as stand, stand.dial() as client:
        await client.open()
        assert (await client.hear())[0] == PING
        assert await client.rest() == b""
        assert stand.shell.ended == [(CloseCode.ABNORMAL, False)]


async def test_one_who_answers_pings_stays(make_stand):
    settings = Settings(ping_interval=0.08, ping_timeout=20)  # the next ping is for who answered
    async with make_stand(settings) as stand, stand.dial() as client:
        await client.open()
        for _ in range(4):
            opcode, payload = await client.hear()
            assert opcode == PING
            client.frame(PONG, payload)
        assert stand.shell.ended == []
