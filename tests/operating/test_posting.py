"""Posting to webhooks."""

import asyncio
import ssl

import pytest

from operating.posting import Answer, NoAnswerError, Poster
from tests.relay.webserver import Asked, http, web_server


async def test_it_posts_over_one_connection_without_cookies_and_follows_nobody():
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> bytes:
        return http(302, b"no", "Location: http://127.0.0.1:1/", "Set-Cookie: a=b")

    poster = Poster((), deadline=60, longest=10, agent="hairpin-lab")
    async with web_server(answer) as web:
        for _ in range(2):
            assert await poster.post(web.url, b"{}", {"x": "y"}) == Answer(302, b"no")
        assert web.connections == 1
        first, second = web.asked
        assert (first.body, first.headers["x"]) == (b"{}", "y")
        assert "cookie" not in second.headers
        assert second.headers["user-agent"] == "hairpin-lab"
        await poster.close()


async def test_an_answer_that_is_too_long_is_read_no_further():
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> bytes:
        return http(200, b"x" * 11)

    async with web_server(answer) as web:
        poster = Poster((), deadline=60, longest=10, agent="hairpin-lab")
        assert await poster.post(web.url, b"", {}) == Answer(200, None)
        await poster.close()


async def test_who_is_not_there_is_told_by_a_word():
    poster = Poster((), deadline=60, longest=10, agent="hairpin-lab")
    with pytest.raises(NoAnswerError, match="ConnectError"):
        await poster.post("http://127.0.0.1:1/?token=hunter2", b"", {})
    await poster.close()


async def test_authorities_are_read_where_a_webhook_has_tls_and_nowhere_else(monkeypatch):
    read = []
    default = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda: read.append(1) or default())
    for urls in ([], ["http://127.0.0.1:1/"], ["http://127.0.0.1:1/", "HTTPS://127.0.0.1:1/"]):
        poster = Poster(urls, deadline=60, longest=10, agent="hairpin-lab")
        await poster.close()
    assert read == [1]
