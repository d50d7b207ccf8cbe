"""An authenticated request, and the two ways to answer it."""

from typing import NamedTuple

from relay.credentials import Credential
from relay.fivetuple import FiveTuple
from relay.outputs import Output, RequestRefused, SendToClient
from relay.refusal import Refusal
from relay.state import State
from stunwire import Attribute, Class, ErrorCode, Fingerprint, IntegrityKey, Message, Method, encode

_SUCCESS, _ERROR = Class.SUCCESS, Class.ERROR  # Python 3.11 asks code of its own for a member


class Request(NamedTuple):
    """A request whose sender is proven.

    Args:
        message: the request.
        five_tuple: where it came from and to.
        credential: who sent it.
        now: when it came.
    """

    message: Message
    five_tuple: FiveTuple
    credential: Credential
    now: float


def response(message: Message, *attributes: Attribute, key: IntegrityKey | None) -> bytes:
    """Encode the success response to `message`; FINGERPRINT goes with FINGERPRINT."""
    return encode(
        message.method,
        _SUCCESS,
        message.transaction_id,
        attributes,
        integrity=key,
        fingerprint=message.get(Fingerprint) is not None,
    )


def succeed(request: Request, *attributes: Attribute) -> list[Output]:
    """Answer a request with success."""
    encoded = response(request.message, *attributes, key=request.credential.key)
    return [SendToClient(request.five_tuple, encoded)]


def refuse(request: Request, refusal: Refusal, state: State) -> list[Output]:
    """Answer an authenticated request with an error, protected as a success would be."""
    return refuse_message(
        request.message,
        request.five_tuple,
        refusal,
        state,
        credential=request.credential,
    )


def refuse_message(
    message: Message,
    five_tuple: FiveTuple,
    refusal: Refusal,
    state: State,
    *,
    credential: Credential | None = None,
    user: str | None = None,
) -> list[Output]:
    """Answer any request with an error; without credentials the answer is as short as can be.

    Unauthenticated answers go where a forged source address says, so they carry no reason phrase.
    """
    state.counters.refusals[refusal.code] += 1
    encoded = encode(
        message.method,
        _ERROR,
        message.transaction_id,
        () if refusal.encoded else (_error_code(refusal, credential), *refusal.attributes),
        encoded=refusal.encoded,
        integrity=credential.key if credential else None,
        fingerprint=message.get(Fingerprint) is not None,
    )
    outputs: list[Output] = [SendToClient(five_tuple, encoded)]
    if refusal.why is not None:
        name = credential.username if credential else user
        method = Method(message.method).name
        outputs.append(RequestRefused(five_tuple, method, refusal.code, refusal.why, name))
    return outputs


def _error_code(refusal: Refusal, credential: Credential | None) -> ErrorCode:
    return ErrorCode(refusal.code, refusal.code.phrase if credential else "")
