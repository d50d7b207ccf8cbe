"""Posts JSON to webhooks: over kept connections, without cookies, redirects or proxies, the answer bounded."""

# ruff: noqa: PLC0415 - httpx is loaded by the first webhook: servers without one do without it, and start sooner

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

MOST_CONNECTIONS = 32
IDLE = 30.0
"""Seconds that a connection is kept for the next request."""

_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a body that is longer than allowed is None."""

    status: int
    body: bytes | None


class NoAnswerError(Exception):
    """Nobody answered; the text says in a word why, and nothing that was sent."""


class Poster:
    """Posts bodies. Made inside a running event loop.

    Args:
        urls: Where it will post. The system's authorities are read, which takes a while, where TLS is among them.
        deadline: Seconds for each step; whoever posts bounds the whole.
        longest: Bytes of an answer that are read.
        agent: How whoever posts is called.
    """

    def __init__(self, urls: Iterable[str], *, deadline: float, longest: int, agent: str) -> None:
        import httpx

        self._longest = longest
        self._client = httpx.AsyncClient(
            headers={**_HEADERS, "User-Agent": agent},
            timeout=deadline,
            limits=httpx.Limits(
                max_connections=MOST_CONNECTIONS,
                max_keepalive_connections=MOST_CONNECTIONS,
                keepalive_expiry=IDLE,
            ),
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # none are kept
            trust_env=False,
            verify=_trust(urls),
        )

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Post, once more where a kept connection was closed at the moment it was used again.

        Raises:
            NoAnswerError: Nobody answered.
        """
        import httpx

        try:
            try:
                return await self._post(url, body, headers)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                return await self._post(url, body, headers)
        except httpx.HTTPError as error:
            raise NoAnswerError(type(error).__name__) from None

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        async with self._client.stream("POST", url, content=body, headers=headers) as response:
            answer = b""
            async for part in response.aiter_raw():
                answer += part
                if len(answer) > self._longest:
                    # a connection whose answer is not read to its end is not used again
                    return Answer(response.status_code, None)
            return Answer(response.status_code, answer)


def _trust(urls: Iterable[str]) -> ssl.SSLContext:
    if any(url.lower().startswith("https:") for url in urls):
        return ssl.create_default_context()  # the system's, among which may be the operator's own
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody
