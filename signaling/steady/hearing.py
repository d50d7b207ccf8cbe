"""The server's messages as actions of the client's core, where nothing else follows from them."""

from signaling.errors import ConnectionLostError, RefusedError, SignalingError
from signaling.incoming import as_event
from signaling.messages import Error, ServerMessage
from signaling.steady.actions import Action, Remark, Tell
from signaling.wire import Refusal, Skipped


def told(message: ServerMessage) -> list[Action]:
    """What the user hears of a message that answers nothing."""
    match as_event(message):
        case None:
            return []
        case Refusal() as refusal:
            return [remark(refusal)]
        case event:
            return [Tell(event)]


def as_refused(error: Error) -> RefusedError:
    """A refusal of the server's as an exception."""
    retry_after = None if error.retry_ms is None else error.retry_ms / 1000
    return RefusedError(error.code, error.name, error.msg, retry_after=retry_after)


def remark(message: ServerMessage | Refusal | Skipped) -> Remark:
    """A note on what cannot be used."""
    match message:
        case Refusal():
            return Remark(f"the server sent what is no message: {message.reason!r}")
        case Skipped():
            return Remark("the server sent a message of a newer kind")
        case _:
            return Remark(f"the server said {type(message).__name__} before its welcome")


def reason_of(error: SignalingError) -> str:
    """Why a connection was lost, in the words of whoever ended it."""
    return error.reason if isinstance(error, ConnectionLostError) else error.message
