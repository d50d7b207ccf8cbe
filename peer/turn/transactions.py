"""Requests under way: sent again until they are answered or given up (RFC 8489 §6.2.1)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from stunwire import Carrier, Class, ErrorCode, LongTermCredential, Message, Method, refusal_words

#: RFC 8489 §6.2.1: seconds until a request is sent again, doubled each time.
RETRANSMISSION_TIMEOUT: Final = 0.5
#: How often a request is sent over UDP, the first time included: at 0, 0.5, 1.5 and 3.5 seconds.
MOST_SENDS: Final = 4
#: Seconds until a request is given up: 16 timeouts over UDP; over a connection TCP does the work.
GIVEN_UP_AFTER: Final = 7.5
#: How often one request is asked again because of a challenge: a first one and two stale nonces.
_MOST_CHALLENGES: Final = 3


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer, or no answer at all.

    Attributes:
        reason: In words.
        code: The STUN error code; `None` when there was no answer.
        message: The answer, where there was one.
    """

    reason: str
    code: int | None = None
    message: Message | None = None


Conclude = Callable[[Message | Refusal, float], None]


@dataclass(slots=True)
class _Transaction:
    request: Message
    conclude: Conclude
    data: bytes = b""
    is_signed: bool = False
    challenges: int = 0
    sends: int = 0
    due: float = 0.0
    expires: float = 0.0


@dataclass
class Transactions:
    """The requests of one client that wait for their answers.

    Args:
        credentials: What they are signed with.
        carrier: A stream needs no second sending.
        new_id: Draws a transaction id: 12 random bytes.
        transmit: Takes the bytes to send.
    """

    credentials: LongTermCredential
    carrier: Carrier
    new_id: Callable[[], bytes]
    transmit: Callable[[bytes], None]
    _under_way: dict[bytes, _Transaction] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._under_way)

    def ask(self, request: Message, conclude: Conclude, now: float) -> None:
        """Send a request; `conclude` is called with its success answer, or with why there is none."""
        self._begin(_Transaction(request, conclude), now)

    def waits_for(self, method: Method) -> bool:
        """Whether a request of a method waits for its answer."""
        return any(one.request.method == method for one in self._under_way.values())

    def is_proven(self, method: Method) -> bool:
        """Whether a signed request of a method is under way, which the server may act upon."""
        return any(
            one.request.method == method and one.is_signed for one in self._under_way.values()
        )

    def receive(self, answer: Message, now: float) -> None:
        """Take an answer in; one that nobody waits for, or that is not the server's, is dropped."""
        transaction = self._under_way.get(answer.transaction_id)
        if transaction is None or answer.method != transaction.request.method:
            return
        if transaction.is_signed and not self.credentials.trusts(answer):
            return
        del self._under_way[answer.transaction_id]
        if answer.cls is Class.SUCCESS:
            transaction.conclude(answer, now)
        elif self._answers_challenge(transaction, answer):
            self._begin(transaction, now)
        else:
            transaction.conclude(_refusal(answer), now)

    def handle_timer(self, now: float) -> None:
        """Send again what is due, give up what has waited too long."""
        for transaction in list(self._under_way.values()):
            if now >= transaction.expires:
                self._under_way.pop(transaction.request.transaction_id, None)
                transaction.conclude(Refusal("the server does not answer"), now)
            elif now >= transaction.due:
                self._send(transaction, now)

    def next_deadline(self) -> float | None:
        """When `handle_timer` has something to do."""
        return min((min(one.due, one.expires) for one in self._under_way.values()), default=None)

    def clear(self) -> None:
        """Forget everything; nobody is told."""
        self._under_way.clear()

    def _begin(self, transaction: _Transaction, now: float) -> None:
        old = transaction.request
        transaction.request = Message.request(old.method, self.new_id(), *old.attributes)
        transaction.is_signed = self.credentials.is_ready
        transaction.data = self.credentials.sign(transaction.request)
        transaction.sends = 0
        transaction.expires = now + GIVEN_UP_AFTER
        self._under_way[transaction.request.transaction_id] = transaction
        self._send(transaction, now)

    def _send(self, transaction: _Transaction, now: float) -> None:
        wait = RETRANSMISSION_TIMEOUT * 2**transaction.sends
        transaction.sends += 1
        again = self.carrier is Carrier.DATAGRAM and transaction.sends < MOST_SENDS
        transaction.due = now + wait if again else transaction.expires
        self.transmit(transaction.data)

    def _answers_challenge(self, transaction: _Transaction, answer: Message) -> bool:
        """Whether to ask again with what a challenge says.

        RFC 8489 §9.2.5: after a 401 to what was signed the password is wrong, and stays wrong.
        """
        code = answer.get(ErrorCode)
        if code is None or transaction.challenges >= _MOST_CHALLENGES:
            return False
        if code.code == 401 and transaction.is_signed and transaction.challenges:
            return False
        transaction.challenges += 1
        return self.credentials.take(answer)


def _refusal(answer: Message) -> Refusal:
    error = answer.get(ErrorCode)
    if error is None:
        return Refusal("it answered with an error and did not say which", message=answer)
    return Refusal(f"{error.code} {refusal_words(error)}", error.code, answer)
