"""Refusals become error responses; those with a reason become news as well."""

from relay.fivetuple import FiveTuple
from relay.outputs import RequestRefused, SendToClient
from relay.refusal import Refusal
from relay.requests.request import refuse_message
from stunwire import Address, ErrorCode, ErrorCodes, Message, Method, Realm, decode

FIVE_TUPLE = FiveTuple(Address("192.0.2.1", 5), Address("192.0.2.2", 3478))
ASKED = Message.request(Method.REFRESH, b"t" * 12)


def test_a_refusal_with_a_reason_tells_the_client_the_code_and_the_operator_the_reason(world):
    refusal = Refusal(ErrorCodes.FORBIDDEN, "because", (Realm("r"),))
    sent, news = refuse_message(ASKED, FIVE_TUPLE, refusal, world.relay.state)
    assert isinstance(sent, SendToClient)
    message = decode(sent.data)
    assert message.get(ErrorCode).code == 403
    assert message.get(Realm) == Realm("r")
    assert b"because" not in sent.data
    assert news == RequestRefused(FIVE_TUPLE, "REFRESH", 403, "because", None)


def test_a_refusal_without_a_reason_is_no_news(world):
    refusal = Refusal(ErrorCodes.UNAUTHENTICATED, None)
    assert len(refuse_message(ASKED, FIVE_TUPLE, refusal, world.relay.state)) == 1
