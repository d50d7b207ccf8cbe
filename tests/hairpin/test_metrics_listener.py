"""The listener for metrics and health."""

import asyncio

import pytest

from hairpin.metrics_listener import serve_metrics


async def ask(url: str, request: bytes) -> bytes:
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    await writer.drain()
    async with asyncio.timeout(60):
        answer = await reader.read()
    writer.close()
    return answer


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


async def test_metrics_are_read_anew_for_each_request() -> None:
    count = 0

    def expose() -> bytes:
        nonlocal count
        count += 1
        return b"n %d\n" % count

    async with serve_metrics(("127.0.0.1", 0), expose, "text/x-test") as url:
        first, second = await ask(url, get("/metrics")), await ask(url, get("/metrics?x=1"))
    assert first.startswith(b"HTTP/1.1 200 OK")
    assert b"Content-Type: text/x-test" in first
    assert first.endswith(b"\r\n\r\nn 1\n")
    assert second.endswith(b"\r\n\r\nn 2\n")


async def test_health_is_answered_and_everything_else_is_not_found() -> None:
    async with serve_metrics(("127.0.0.1", 0), lambda: b"") as url:
        assert b"200 OK" in await ask(url, get("/healthz"))
        assert b"404" in await ask(url, get("/"))
        assert b"404" in await ask(url, get("/metrics/../secret"))


async def test_health_is_503_while_draining_so_that_load_balancers_look_elsewhere() -> None:
    draining = False
    async with serve_metrics(("127.0.0.1", 0), lambda: b"", draining=lambda: draining) as url:
        assert b"200 OK" in await ask(url, get("/healthz"))
        draining = True
        answer = await ask(url, get("/healthz"))
        assert b"503 Service Unavailable" in answer
        assert answer.endswith(b"draining\n")
        assert b"200 OK" in await ask(url, get("/metrics"))


@pytest.mark.parametrize("request_bytes", [b"\x00" * 50 + b"\r\n\r\n", b"GET\r\n\r\n"])
async def test_garbage_is_refused_and_the_next_request_is_answered(request_bytes: bytes) -> None:
    async with serve_metrics(("127.0.0.1", 0), lambda: b"fine") as url:
        answer = await ask(url, request_bytes)
        assert b"200 OK" not in answer
        assert (await ask(url, get("/metrics"))).endswith(b"fine")


async def test_a_port_in_use_raises() -> None:
    async with serve_metrics(("127.0.0.1", 0), lambda: b"") as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            async with serve_metrics(("127.0.0.1", port), lambda: b""):
                pass
