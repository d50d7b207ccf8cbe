"""The small TURN client."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from relay.doctor.client import WAITS, TurnClient, error_code
from relay.doctor.target import Login
from relay.doctor.troubles import LineError, Trouble
from relay.fivetuple import Transport
from stunwire import (
    Address,
    ChannelData,
    Data,
    ErrorCodes,
    Lifetime,
    Message,
    Method,
    Nonce,
    NonceMaker,
    PasswordAlgorithm,
    PasswordAlgorithms,
    PasswordHash,
    Realm,
    SecurityFeatures,
    Username,
    XorPeerAddress,
    decode,
    long_term_key,
)
from stunwire.registry import Integrity

LOGIN = Login("alice", "wonder")
PEER = Address("198.51.99.5", 5)


def client(
    line: Any, transport: Transport = Transport.UDP, login: Login | None = LOGIN
) -> TurnClient:
    numbers = count(1)
    return TurnClient(line, transport, login, lambda: next(numbers).to_bytes(12, "big"))


def challenge(request: Message, code: int, nonce: str) -> bytes:
    return request.error(code, Realm("lab"), Nonce(nonce)).encode()


def server(*answers: Callable[[Message], bytes | None]) -> Callable[[bytes], bytes | None]:
    left = list(answers)

    def answer(frame: bytes) -> bytes | None:
        return left.pop(0)(decode(frame))

    return answer


def well(request: Message) -> bytes:
    return request.success(Lifetime(7)).encode()


async def test_a_challenge_is_answered_with_the_credential(scripted: Any) -> None:
    line = scripted(server(lambda r: challenge(r, 401, "n1"), well))
    asked = client(line)
    response = await asked.ask(Method.REFRESH)
    assert error_code(response) is None
    assert asked.realm == "lab"
    shown = decode(line.sent[1])
    assert shown.get(Username) == Username("alice")
    assert shown.verify(long_term_key("alice", "lab", "wonder"), Integrity.SHA1)


async def test_a_stale_nonce_is_replaced_and_a_second_401_is_the_answer(scripted: Any) -> None:
    line = scripted(
        server(
            lambda r: challenge(r, 401, "n1"),
            lambda r: challenge(r, 438, "n2"),
            lambda r: challenge(r, 401, "n3"),
        )
    )
    response = await client(line).ask(Method.REFRESH)
    assert error_code(response) == ErrorCodes.UNAUTHENTICATED
    assert decode(line.sent[2]).get(Nonce) == Nonce("n2")
    assert len(line.sent) == 3


async def test_a_password_algorithm_that_is_offered_is_taken_up(scripted: Any) -> None:
    offer = PasswordAlgorithms((PasswordAlgorithm(PasswordHash.SHA256),))
    maker = NonceMaker(bytes(16), features=SecurityFeatures.PASSWORD_ALGORITHMS)
    nonce = Nonce(maker.make(("192.0.2.1", 1), 0.0))
    line = scripted(server(lambda r: r.error(401, Realm("lab"), nonce, offer).encode(), well))
    await client(line).ask(Method.REFRESH)
    key = long_term_key("alice", "lab", "wonder", PasswordHash.SHA256)
    assert decode(line.sent[1]).verify(key, Integrity.SHA256)


async def test_without_a_credential_the_challenge_is_the_answer(scripted: Any) -> None:
    line = scripted(server(lambda r: challenge(r, 401, "n1")))
    asked = client(line, login=None)
    assert error_code(await asked.ask(Method.REFRESH)) == 401
    assert asked.realm == "lab"


async def test_over_udp_it_asks_again_and_then_gives_up(scripted: Any) -> None:
    line = scripted(lambda _: None)
    with pytest.raises(LineError) as caught:
        await client(line).ask(Method.BINDING)
    assert caught.value.trouble is Trouble.SILENT
    assert line.waits == list(WAITS)
    assert len(set(line.sent)) == 1, "the same transaction"


async def test_over_a_stream_it_asks_once_and_waits_as_long(scripted: Any) -> None:
    line = scripted(lambda _: None)
    with pytest.raises(LineError):
        await client(line, Transport.TCP).ask(Method.BINDING)
    assert line.waits == [sum(WAITS)]


async def test_what_is_no_stun_is_said(scripted: Any) -> None:
    line = scripted(lambda _: b"HTTP/1.1 400 Bad Request")
    with pytest.raises(LineError) as caught:
        await client(line).ask(Method.BINDING)
    assert caught.value.trouble is Trouble.NOT_STUN


async def test_an_answer_to_another_request_is_passed_over(scripted: Any) -> None:
    line = scripted(lambda frame: Message.request(1, b"x" * 12).success().encode())
    with pytest.raises(LineError) as caught:
        await client(line).ask(Method.BINDING)
    assert caught.value.trouble is Trouble.SILENT


async def test_data_that_come_before_an_answer_are_kept(scripted: Any) -> None:
    came = [
        Message.indication(Method.DATA, b"x" * 12, XorPeerAddress(PEER), Data(b"token")).encode(),
        ChannelData(0x4000, b"on it").encode(),
    ]
    line = scripted(lambda frame: came.pop(0) if came else well(decode(frame)))
    asked = client(line)
    await asked.ask(Method.BINDING)
    await asked.ask(Method.BINDING)
    assert await asked.receive(b"token", 1) == PEER
    assert await asked.receive(b"token", 1) is None


async def test_data_on_a_channel_are_told_from_others(scripted: Any) -> None:
    line = scripted(lambda _: ChannelData(0x4000, b"x").encode())
    asked = client(line)
    for channel, data, is_it in (
        (0x4000, b"x", True),
        (0x4001, b"x", False),
        (0x4000, b"y", False),
    ):
        await asked.send_on(0x4000, b"")
        assert await asked.receive_on(channel, data, 1) is is_it


async def test_channel_data_are_padded_on_a_stream_alone(scripted: Any) -> None:
    for transport, size in ((Transport.UDP, 7), (Transport.TCP, 8)):
        line = scripted(lambda _: None)
        await client(line, transport).send_on(0x4000, b"abc")
        assert len(line.sent[0]) == size


async def test_a_broken_frame_is_no_data(scripted: Any) -> None:
    line = scripted(lambda _: b"\x40\x00\x00\x09")
    asked = client(line)
    await asked.send_to(PEER, b"")
    assert not await asked.receive_on(0x4000, b"", 1)
    await asked.close()
    assert not line.is_open
