"""The tree of errors that a user of the client can meet.

SignalingError
├── RefusedError                          the server answered a request with an error
├── RequestTimeoutError (TimeoutError)    the server did not answer in time
├── EventOverflowError                    events came faster than the user took them
├── OutboxFullError                       too much waits to be sent
├── TicketOverError                       a ticket came to its end without a match
├── SessionLostError (ConnectionError)    the server has forgotten the session a request was made in
├── UnreachableError (ConnectionError)    no websocket could be opened
│   └── UntrustedError                    the server's certificate is not trusted
├── ConnectionLostError (ConnectionError) the websocket is closed
└── ClientFaultError                      the client itself has failed; `__cause__` says at what
"""

from signaling.codes import CloseCode, ErrorCode, Verdict, close_label, verdict
from signaling.matchmaking.ledger.dealings import Outcome
from signaling.trust import Distrust


class SignalingError(Exception):
    """Something went wrong between client and server.

    Args:
        code: A number of the wire: an error code, or a close code from 1000 up.
        name: The same in letters, stable, for programs.
        message: A sentence for people.
    """

    def __init__(self, code: int, name: str, message: str) -> None:
        super().__init__(f"{message} ({code} {name})")
        self.code = code
        self.name = name
        self.message = message


class RefusedError(SignalingError):
    """The server answered a request with an error; `retry_after` (seconds) means "later"."""

    def __init__(
        self, code: int, name: str, message: str, *, retry_after: float | None = None
    ) -> None:
        super().__init__(code, name, message)
        self.retry_after = retry_after


class RequestTimeoutError(SignalingError, TimeoutError):
    """The server did not answer a request in time."""

    def __init__(self, what: str, seconds: float) -> None:
        code = ErrorCode.HELLO_TIMEOUT
        super().__init__(code, "request_timeout", f"no answer to {what} within {seconds:g} s")


class EventOverflowError(SignalingError):
    """The user of the client does not take its events, so the client closed."""

    def __init__(self, limit: int) -> None:
        message = f"{limit} events wait and none is taken: the client closed itself"
        super().__init__(ErrorCode.TOO_BIG, "event_queue_overflow", message)


class OutboxFullError(SignalingError):
    """Too much waits to be sent, or to be acknowledged: what was put in is not taken."""

    def __init__(self, messages: int, size: int) -> None:
        text = f"{messages} messages ({size} bytes) wait for the server, and no more are taken"
        super().__init__(ErrorCode.UNAVAILABLE, "outbox_full", text)


class TicketOverError(SignalingError):
    """A ticket came to its end without a match; `reason` says why."""

    def __init__(self, reason: Outcome) -> None:
        super().__init__(ErrorCode.CANCELLED, reason.value, f"the ticket is over: {reason.value}")
        self.reason = reason


class SessionLostError(SignalingError, ConnectionError):
    """The session began again, so that nobody knows whether the request was done."""

    def __init__(self, what: str) -> None:
        text = f"the connection was lost, and the server no longer knows what became of {what}"
        super().__init__(ErrorCode.UNAVAILABLE, "session_lost", text)


class UnreachableError(SignalingError, ConnectionError):
    """No websocket could be opened at the address."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(ErrorCode.UNAVAILABLE, "unreachable", f"cannot connect to {url}: {why}")
        self.url = url


class UntrustedError(UnreachableError):
    """The certificate that the server shows is not trusted; `distrust` says why."""

    def __init__(self, url: str, distrust: Distrust, detail: str = "") -> None:
        said = f"{distrust.value} ({detail})" if detail else distrust.value
        super().__init__(url, f"{said}: certificate verify failed")
        self.distrust = distrust


class ConnectionLostError(SignalingError, ConnectionError):
    """The websocket is closed; `verdict` says whether coming back makes sense."""

    def __init__(self, close_code: int, reason: str) -> None:
        name = close_label(close_code)
        super().__init__(close_code, name, f"the connection is closed: {reason or name}")
        self.reason = reason

    @property
    def verdict(self) -> Verdict:
        """Whether a client should come back after this close."""
        return verdict(self.code)


class ClientFaultError(SignalingError):
    """Something happened in the client that nobody thought of: it is a mistake of ours."""

    def __init__(self, cause: Exception) -> None:
        text = f"the client has failed, and the session with it: {cause!r}"
        super().__init__(CloseCode.INTERNAL_ERROR, "client_fault", text)
        self.__cause__ = cause
