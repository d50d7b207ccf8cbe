"""A listener of its own for metrics and health: `GET /metrics`, `GET /healthz`, and nothing else."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from hairpin.console import endpoint

_PLAIN = "text/plain; charset=utf-8"


@asynccontextmanager
async def serve_metrics(
    address: tuple[str, int],
    expose: Callable[[], bytes],
    content_type: str = _PLAIN,
    *,
    draining: Callable[[], bool] = lambda: False,
) -> AsyncIterator[str]:
    """Serve metrics as long as the context lasts; gives the URL without a path.

    Args:
        address: Where to listen; keep it to a network that only operators reach.
        expose: Gives the metrics as of now.
        content_type: Of what `expose` gives.
        draining: Says whether no new clients should come; health is 503 then, for load balancers.

    Raises:
        OSError: The port cannot be had.
    """

    def respond(_connection: ServerConnection, request: Request) -> Response:
        # The websockets server parses HTTP with bounds and deadlines; no websocket is ever opened.
        path = request.path.partition("?")[0]
        if path == "/metrics":
            return _response(HTTPStatus.OK, expose(), content_type)
        if path == "/healthz":
            if draining():
                return _response(HTTPStatus.SERVICE_UNAVAILABLE, b"draining\n")
            return _response(HTTPStatus.OK, b"ok\n")
        return _response(HTTPStatus.NOT_FOUND, b"/metrics or /healthz\n")

    host, port = address
    async with serve_websockets(
        _never, host, port, process_request=respond, server_header="hairpin", open_timeout=5
    ) as server:
        bound = next(iter(server.sockets)).getsockname()
        yield f"http://{endpoint((bound[0], bound[1]))}"


async def _never(connection: ServerConnection) -> None:
    """Every request is answered before it could become a websocket."""
    raise AssertionError(connection)


def _response(status: HTTPStatus, body: bytes, content_type: str = _PLAIN) -> Response:
    headers = Headers(
        {
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Connection": "close",
        }
    )
    return Response(status.value, status.phrase, headers, body)
