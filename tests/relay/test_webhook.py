"""The webhook against a server of our own: what it sends, what it believes, and what it does not wait for."""

import asyncio
import contextlib
import gzip
import hashlib
import hmac
import json
import socket
import ssl

import pytest

from relay import HookError, Keys, Password, User, WebhookSettings
from relay.webhook import LONGEST_ANSWER, Webhook, sign
from tests.relay.webserver import Asked, WebServer, http, web_server

SECRET = "a secret of the two"
CAROL = http(200, b'{"password": "sing"}')
MD5, SHA256 = "5f" * 16, "9a" * 32


def _says(*answers: bytes | None):
    """Give these answers, the last again and again."""
    left = list(answers)

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> bytes | None:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


@contextlib.asynccontextmanager
async def _webhook(web: WebServer, timeout: float = 5.0):
    webhook = Webhook(WebhookSettings(web.url, SECRET), timeout=timeout, unix_clock=lambda: 1.7e9)
    try:
        yield webhook
    finally:
        await webhook.close()


async def _find(*answers: bytes | None) -> User | None:
    async with web_server(_says(*answers)) as web, _webhook(web) as webhook:
        return await webhook.find("carol", "lab")


async def test_a_request_says_whom_it_is_about_and_is_signed_as_the_documents_say():
    async with web_server(_says(CAROL)) as web, _webhook(web) as webhook:
        await webhook.find('ca"rol\u00e9', "lab")
        (asked,) = web.asked
    assert asked.line == "POST /turn-users HTTP/1.1"
    assert json.loads(asked.body) == {"username": 'ca"rol\u00e9', "realm": "lab"}
    assert asked.headers["content-type"] == "application/json"
    timestamp = asked.headers["x-hairpin-timestamp"]
    expected = hmac.new(SECRET.encode(), timestamp.encode() + b"." + asked.body, hashlib.sha256)
    assert timestamp == "1700000000"
    assert hmac.compare_digest(asked.headers["x-hairpin-signature"], expected.hexdigest())
    assert SECRET not in str(asked)


def test_another_time_or_body_has_another_signature():
    signatures = {
        sign(body, SECRET, now)["X-Hairpin-Signature"] for body in (b"a", b"b") for now in (1, 2)
    }
    assert len(signatures) == 4


@pytest.mark.parametrize(
    ("body", "user"),
    [
        ({"password": "sing"}, User(Password("sing"))),
        ({"password": "sing", "allocations": 3}, User(Password("sing"), 3)),
        ({"password": "sing", "more": [1]}, User(Password("sing"))),
        (
            {"keys": {"md5": MD5, "sha256": SHA256}},
            User(Keys(bytes.fromhex(MD5), bytes.fromhex(SHA256))),
        ),
        ({"keys": {"md5": MD5}}, User(Keys(bytes.fromhex(MD5)))),
    ],
)
async def test_a_user_has_a_password_or_keys_and_maybe_a_quota(body, user):
    assert await _find(http(200, json.dumps(body).encode())) == user


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("body", [b"", b"<html>", b"x" * (LONGEST_ANSWER + 1)])
async def test_403_and_404_are_nobody_whatever_they_say(status, body):
    assert await _find(http(status, body)) is None


@pytest.mark.parametrize("status", [201, 204, 400, 401, 418, 429, 500, 503])
async def test_every_other_status_means_that_nobody_can_say(status):
    with pytest.raises(HookError, match=f"expected status 200, 403 or 404, got {status}"):
        await _find(http(status, b""))


async def test_a_redirect_is_not_followed():
    async with (
        web_server(_says(CAROL)) as target,
        web_server(_says(http(307, b"", f"Location: {target.url}"))) as web,
        _webhook(web) as webhook,
    ):
        with pytest.raises(HookError, match="got 307"):
            await webhook.find("carol", "lab")
        assert not target.asked


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"sing",
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 4000,
        b'{"password": ""}',
        b'{"password": null}',
        b'{"password": 7}',
        b'{"password": "sing", "keys": {"md5": "%b"}}' % MD5.encode(),
        b'{"password": "sing", "allocations": -1}',
        b'{"password": "sing", "allocations": "many"}',
        b'{"keys": {}}',
        b'{"keys": {"md5": "sing"}}',
        b'{"keys": {"md5": "%b"}}' % SHA256.encode(),
        b'{"keys": {"md5": "%b", "sha256": "%b"}}' % (MD5.encode(), MD5.encode()),
    ],
)
async def test_what_is_not_understood_means_that_nobody_can_say_and_is_not_repeated(body):
    with pytest.raises(HookError, match="expected a password or keys as JSON") as raised:
        await _find(http(200, body))
    assert "sing" not in str(raised.value)
    assert MD5 not in str(raised.value)


async def test_a_compressed_answer_is_not_unpacked():
    body = gzip.compress(b'{"password": "sing"}')
    with pytest.raises(HookError, match="expected a password or keys"):
        await _find(http(200, body, "Content-Encoding: gzip"))


async def test_an_answer_that_is_too_long_is_left_alone():
    body = b'{"password": "sing"' + b" " * LONGEST_ANSWER + b"}"
    with pytest.raises(HookError, match="at most 4096 bytes"):
        await _find(http(200, body))


async def test_an_answer_without_end_is_cut_off():
    async def drip(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"400\r\n" + b" " * 0x400 + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0)

    async with web_server(drip) as web, _webhook(web) as webhook:
        with pytest.raises(HookError, match="at most 4096 bytes"):
            await webhook.find("carol", "lab")


async def test_a_head_without_end_is_cut_off():
    async def drip(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X-More: " + b"x" * 1000 + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0)

    async with web_server(drip) as web, _webhook(web) as webhook:
        with pytest.raises(HookError, match="webhook: "):
            await webhook.find("carol", "lab")


@pytest.mark.parametrize(
    "answer", [b"\x00" * 100, b"220 smtp ready\r\n\r\n", b"HTTP/1.1 200 OK\r\n"]
)
async def test_what_is_no_http_means_that_nobody_can_say(answer):
    async def nonsense(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    async with web_server(nonsense) as web, _webhook(web) as webhook:
        with pytest.raises(HookError, match="webhook: RemoteProtocolError"):
            await webhook.find("carol", "lab")
        assert len(web.asked) <= 2


async def test_a_server_that_refuses_is_named_by_what_happened_and_not_by_its_url():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/hidden"
        webhook = Webhook(WebhookSettings(url, SECRET), timeout=5.0)
        with pytest.raises(HookError, match="webhook: ConnectError") as raised:
            await webhook.find("carol", "lab")
        await webhook.close()
    assert "hidden" not in str(raised.value)


async def test_a_server_that_is_slow_is_waited_for_no_longer_than_said():
    async def sleep(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with web_server(sleep) as web, _webhook(web, timeout=0.05) as webhook:
        with pytest.raises(HookError, match=r"webhook: (Connect|Read)Timeout"):
            await webhook.find("carol", "lab")
        assert len(web.asked) <= 1, "nor is it asked again"


async def test_a_connection_is_used_again_also_after_nobody_was_found():
    answers = [CAROL, http(404, b"no such user"), http(500, b"")] * 3
    async with web_server(_says(*answers)) as web, _webhook(web) as webhook:
        for _ in answers:
            with contextlib.suppress(HookError):
                await webhook.find("carol", "lab")
        assert (web.connections, len(web.asked)) == (1, 9)


async def test_a_kept_connection_that_the_server_closed_is_replaced_and_nobody_notices():
    async with web_server(_says(CAROL, None, CAROL)) as web, _webhook(web) as webhook:
        for _ in range(2):
            assert await webhook.find("carol", "lab") == User(Password("sing"))
        assert web.connections == 2
        assert len(web.asked) == 3


async def test_cookies_are_not_kept():
    answer = http(200, b'{"password": "sing"}', "Set-Cookie: visit=1; Path=/")
    async with web_server(_says(answer)) as web, _webhook(web) as webhook:
        for _ in range(2):
            await webhook.find("carol", "lab")
        assert "cookie" not in web.asked[1].headers


async def test_many_requests_at_once_share_few_connections():
    async with web_server(_says(CAROL)) as web, _webhook(web) as webhook:
        found = await asyncio.gather(*(webhook.find(f"user{n}", "lab") for n in range(40)))
        assert found == [User(Password("sing"))] * 40
        assert web.connections <= 32


async def test_the_environments_proxies_are_not_asked(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert await _find(CAROL) == User(Password("sing"))


async def test_who_is_cancelled_leaves_no_connection_behind():
    async def sleep(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with web_server(sleep) as web, _webhook(web) as webhook:
        task = asyncio.create_task(webhook.find("carol", "lab"))
        async with asyncio.timeout(20):
            while not web.asked:
                await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def _tls(certificate) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


async def test_over_tls_a_server_that_the_system_trusts_is_asked(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.chain))
    async with web_server(_says(CAROL), _tls(certificate)) as web, _webhook(web) as webhook:
        for _ in range(2):
            assert await webhook.find("carol", "lab") == User(Password("sing"))
        assert web.url.startswith("https://")
        assert web.connections == 1
    assert web.open_connections == 0


async def test_over_tls_a_server_that_nobody_vouches_for_is_told_nothing(certificate):
    async with web_server(_says(CAROL), _tls(certificate)) as web, _webhook(web) as webhook:
        with pytest.raises(HookError, match="ConnectError"):
            await webhook.find("carol", "lab")
        assert web.asked == []


async def test_over_tls_a_certificate_for_another_name_is_told_nothing(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.chain))
    async with web_server(_says(CAROL), _tls(certificate)) as web:
        web.url = web.url.replace("127.0.0.1", "localhost")  # the certificate has no such name
        async with _webhook(web) as webhook:
            with pytest.raises(HookError, match="ConnectError"):
                await webhook.find("carol", "lab")
        assert web.asked == []
