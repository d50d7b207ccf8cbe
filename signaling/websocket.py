"""A client's websocket: opening it, and why it was closed."""

from ssl import SSLCertVerificationError, SSLContext

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_websocket
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from signaling.codes import CloseCode
from signaling.errors import ConnectionLostError, UnreachableError, UntrustedError
from signaling.messages import SUBPROTOCOL
from signaling.trust import distrust

_MAX_FRAME = 1024 * 1024


def check_url(url: str) -> None:
    """Say what is wrong with a websocket address.

    Raises:
        ValueError: It is none.
    """
    try:
        parse_uri(url)
    except InvalidURI as error:
        raise ValueError(str(error)) from error


async def open_websocket(
    url: str, *, seconds: float, close_timeout: float, ssl: SSLContext | None
) -> ClientConnection:
    """Open a websocket for our subprotocol; that it is alive is the core's to find out.

    Raises:
        UnreachableError: Nobody listens there, or not for this protocol, or its certificate is not trusted.
    """
    try:
        return await connect_websocket(
            url,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=None,
            proxy=None,
            open_timeout=seconds,
            close_timeout=close_timeout,
            ping_interval=None,
            max_size=_MAX_FRAME,
            ssl=(ssl or True) if url.startswith("wss:") else None,
        )
    except TimeoutError as error:
        raise UnreachableError(url, f"no websocket within {seconds:g} s") from error
    except InvalidStatus as error:
        raise UnreachableError(url, f"HTTP status {error.response.status_code}") from error
    except SSLCertVerificationError as error:
        detail = getattr(error, "verify_message", "").rstrip(".")
        raise UntrustedError(url, distrust(error), detail) from error
    except (OSError, InvalidHandshake, InvalidURI) as error:
        raise UnreachableError(url, str(error)) from error


def why_closed(closed: ConnectionClosed) -> ConnectionLostError:
    """Say with which code a websocket was closed, and whose it was."""
    if closed.rcvd is not None:
        return ConnectionLostError(closed.rcvd.code, closed.rcvd.reason)
    if closed.sent is not None and closed.sent.code != CloseCode.INTERNAL_ERROR:
        return ConnectionLostError(closed.sent.code, closed.sent.reason)
    return ConnectionLostError(CloseCode.ABNORMAL, str(closed))
