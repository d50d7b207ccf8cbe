"""The server on loopback, spoken to over raw websockets and raw TCP."""

import asyncio
import logging

import pytest
from websockets.exceptions import InvalidStatus

from signaling.codes import CloseCode, ErrorCode
from signaling.settings import IceSettings, Limits, Settings
from stunwire.credentials import rest_password

UNHURRIED = Limits(rate=1e6, burst=10**6)
OPENING = (
    b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: hairpin.v1\r\n\r\n"
)


async def join(wire, name, *rooms):
    await wire.ask("hello", peer=name)
    for room in rooms:
        assert (await wire.ask("join", room=room))["t"] == "joined"


async def test_two_members_meet_and_signal_over_real_websockets(serve, dial):
    async with serve() as server, dial(server.url) as alice, dial(server.url) as bob:
        await join(alice, "alice", "r")
        await join(bob, "bob", "r")
        assert (await alice.hear())["t"] == "peer.join"
        await bob.say("signal", room="r", to="alice", kind="offer", data={"sdp": "v=0\r\n"})
        heard = await alice.hear()
        assert (heard["from"], heard["data"]) == ("bob", {"sdp": "v=0\r\n"})


async def test_two_rooms_do_not_hear_each_other(serve, dial):
    async with (
        serve() as server,
        dial(server.url) as alice,
        dial(server.url) as bob,
        dial(server.url) as eve,
    ):
        await join(alice, "alice", "red")
        await join(eve, "eve", "green")
        await join(bob, "bob", "red")
        await bob.say("state", room="red", meta={"x": 1})
        await bob.say("signal", room="red", to="alice", kind="offer")
        answer = await eve.ask("signal", id=1, room="red", to="alice", kind="offer")
        assert answer["code"] == 404
        assert [(await alice.hear())["t"] for _ in range(3)] == [
            "peer.join",
            "peer.state",
            "signal",
        ]
        assert await eve.ask("ping", id=2) == {"t": "pong", "id": 2}
        assert await alice.ask("ping", id=2) == {"t": "pong", "id": 2}


async def test_the_welcome_carries_turn_credentials_that_the_secret_explains(serve, dial):
    ice = IceSettings(stun_urls=("stun:s",), turn_urls=("turn:t",), secret="k", ttl=60)
    async with serve(Settings(ice=ice)) as server, dial(server.url) as alice:
        welcome = await alice.ask("hello")
        stun, turn = welcome["ice"]
        assert stun == {"urls": ["stun:s"]}
        assert turn["username"].endswith(f":{welcome['sid']}")
        assert turn["credential"] == rest_password("k", turn["username"])
        assert welcome["ice_ttl_s"] == 60


async def test_the_address_has_the_real_port(serve):
    async with serve(port=0) as server:
        ((host, port),) = server.addresses
        assert host == "127.0.0.1"
        assert port > 0
        assert server.url == f"ws://127.0.0.1:{port}/v1/ws"


async def test_a_port_in_use_is_an_oserror(serve):
    async with serve() as server:
        with pytest.raises(OSError, match="in use"):
            async with serve(port=server.addresses[0][1]):
                pass


# --- before the welcome -----------------------------------------------------------------------


@pytest.mark.parametrize("offered", [None, ("mqtt",), ("hairpin.v2",)])
async def test_without_our_subprotocol_the_websocket_is_closed_with_4406(serve, dial, offered):
    async with serve() as server, dial(server.url, subprotocols=offered) as wire:
        assert await wire.close_code() == CloseCode.VERSION


async def test_our_subprotocol_is_chosen_among_several(serve, dial):
    async with serve() as server, dial(server.url, subprotocols=("x", "hairpin.v1")) as wire:
        assert wire.websocket.subprotocol == "hairpin.v1"


async def test_who_says_no_hello_is_closed_with_4408(serve, dial):
    async with serve(Settings(hello_timeout=0.05)) as server, dial(server.url) as wire:
        assert (await wire.hear())["name"] == "hello_timeout"
        assert await wire.close_code() == CloseCode.HELLO_TIMEOUT


async def test_who_says_hello_in_time_stays(serve, dial):
    """Alice's hello comes with her request, so that a machine which stands still makes nobody late."""
    async with serve(Settings(hello_timeout=0.05)) as server:
        reader, writer = await asyncio.open_connection(*server.addresses[0])
        writer.write(OPENING + b"\x81\x8d\0\0\0\0" + b'{"t":"hello"}')
        async with asyncio.timeout(20), dial(server.url) as quiet:
            await reader.readuntil(b'"welcome"')
            assert await quiet.close_code() == CloseCode.HELLO_TIMEOUT
            writer.write(b"\x81\x8c\0\0\0\0" + b'{"t":"ping"}')
            await reader.readuntil(b'"pong"')
        writer.transport.abort()


async def test_a_foreign_origin_is_refused_and_an_allowed_or_absent_one_is_not(serve, dial):
    async with serve(Settings(origins=("https://good.example",))) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with dial(server.url, origin="https://evil.example"):
                pass
        assert refused.value.response.status_code == 403
        async with dial(server.url, origin="https://good.example") as wire:
            assert (await wire.ask("hello"))["t"] == "welcome"
        async with dial(server.url) as wire:
            assert (await wire.ask("hello"))["t"] == "welcome"


# --- bad input --------------------------------------------------------------------------------


async def test_a_bad_message_is_answered_logged_and_disturbs_nobody(serve, dial, caplog):
    async with serve() as server, dial(server.url) as alice, dial(server.url) as bob:
        await join(alice, "alice", "r")
        await join(bob, "bob", "r")
        await alice.hear()
        for frame in ("{", '{"t":"nonsense"}', b"\x00\x01", '{"t":"join","room":1}'):
            await bob.websocket.send(frame)
            assert (await bob.hear())["code"] == 400
        assert await bob.ask("ping") == {"t": "pong"}
        assert await alice.ask("ping") == {"t": "pong"}
        refusals = [line for line in caplog.messages if "refused: 400 bad_message" in line]
        assert len(refusals) == 4


async def test_a_control_character_does_not_reach_the_log_as_such(serve, dial, caplog):
    async with serve() as server, dial(server.url) as alice:
        await alice.ask("hello")
        await alice.ask("leave", room="a\u200b\u2028b")
        await alice.ask("\x1b[31mred\n")
        assert all(line.isprintable() for line in caplog.messages)


async def test_a_message_above_the_limit_is_answered_and_closed_with_4413(serve, dial):
    async with serve() as server, dial(server.url) as alice:
        await alice.ask("hello")
        answer = await alice.ask("signal", room="r", to="x", kind="offer", data="x" * 65536)
        assert (answer["code"], answer["fatal"]) == (413, True)
        assert await alice.close_code() == CloseCode.TOO_BIG


async def test_a_message_above_twice_the_limit_is_not_read_and_closed_with_1009(
    serve, dial, caplog
):
    async with serve() as server, dial(server.url) as alice, dial(server.url) as bob:
        await join(alice, "alice", "r")
        await join(bob, "bob", "r")
        await bob.say("signal", room="r", to="alice", kind="offer", data="x" * 2**20)
        assert await bob.close_code() == CloseCode.MESSAGE_TOO_BIG
        assert [(await alice.hear())["t"] for _ in range(2)] == ["peer.join", "peer.leave"]
        assert any("ended with 1009 message_too_big" in line for line in caplog.messages)


async def test_text_that_is_no_utf8_is_closed_with_1007(serve, dial, caplog):
    async with serve() as server, dial(server.url) as alice:
        await alice.ask("hello")
        await alice.websocket.send(b"\xff\xfe", text=True)
        assert await alice.close_code() == CloseCode.INVALID_DATA
    assert any("ended with 1007 invalid_data" in line for line in caplog.messages)


async def test_a_frame_that_breaks_the_websocket_protocol_is_closed_with_1002_and_noted(
    serve, caplog
):
    async with serve() as server:
        reader, writer = await asyncio.open_connection(*server.addresses[0])
        writer.write(OPENING)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        writer.write(b"\xff" * 100)
        assert (1002).to_bytes(2, "big") in await reader.read()
        writer.close()
    assert any("ended with 1002 protocol_error" in line for line in caplog.messages)


async def test_garbage_right_behind_the_request_is_noted_and_ends_the_connection(serve, caplog):
    async with serve() as server:
        await ask_http(server, OPENING + b"\xff" * 100)
    noted = ("frames before the handshake", "ended with 1002 protocol_error")
    assert any(each in line for line in caplog.messages for each in noted)


async def test_a_flood_is_refused_then_closed_with_4529(serve, dial):
    limits = Limits(burst=5, rate=0.01)
    async with serve(Settings(limits=limits)) as server, dial(server.url) as alice:
        await alice.ask("hello")
        for _ in range(20):
            await alice.say("ping")
        assert await alice.close_code() == CloseCode.RATE_LIMITED
        assert server.counters.errors[ErrorCode.RATE_LIMITED] == 6


async def ask_http(server, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*server.addresses[0])
    writer.write(request)
    async with asyncio.timeout(20):
        try:
            answer = await reader.read()
        except ConnectionResetError:  # there was more to read
            answer = b""
    writer.transport.abort()
    return answer


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\xfe\x80 garbage\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /v1/ws HTTP/1.1\r\n\r\n",
        b"GET /v1/ws HTTP/1.1\r\n\r\n",
    ],
)
async def test_garbage_on_the_port_gets_an_http_error_and_a_line_in_the_log(
    serve, dial, caplog, garbage
):
    async with serve() as server, dial(server.url) as alice:
        await alice.ask("hello")
        answer = await ask_http(server, garbage)
        assert answer.startswith(b"HTTP/1.1 4")
        assert await alice.ask("ping") == {"t": "pong"}
    lines = [record for record in caplog.records if "no websocket from" in record.message]
    assert [record.levelno for record in lines] == [logging.WARNING]
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize(
    "garbage",
    [b"SSH-2.0-OpenSSH_9.9\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\n", b"G" * 20000],
)
async def test_garbage_that_never_becomes_a_request_ends_with_a_line_in_the_log(
    serve, caplog, garbage
):
    caplog.set_level(logging.INFO)
    async with serve(Settings(open_timeout=0.1)) as server:
        answer = await ask_http(server, garbage)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert len([line for line in caplog.messages if "no websocket from" in line]) == 1
    assert not any(record.exc_info for record in caplog.records)


async def test_one_who_never_sends_a_request_is_cut_off_and_noted(serve, caplog):
    caplog.set_level(logging.INFO)
    async with serve(Settings(open_timeout=0.05)) as server:
        assert await ask_http(server, b"\x16\x03\x01 half a TLS hello") == b""
    assert any("no request in time" in line for line in caplog.messages)


async def test_one_who_connects_and_hangs_up_is_not_worth_a_warning(serve, caplog):
    async with serve() as server:
        _, writer = await asyncio.open_connection(*server.addresses[0])
        writer.close()
        await writer.wait_closed()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_healthz_says_ok_and_other_paths_are_not_found(serve):
    async with serve() as server:
        request = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n"
        assert (await ask_http(server, request % b"/healthz")).endswith(b"\r\n\r\nok\n")
        assert b"200 OK" in await ask_http(server, request % b"/healthz?verbose")
        assert b"404 Not Found" in await ask_http(server, request % b"/v2/ws")
