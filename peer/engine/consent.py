"""Consent to send (RFC 7675): whether the remote still answers, and when it has to be asked.

Consent lasts for 30 s from the last answer, however late that came: aioice takes an answer only
within half a second and closes a call whose round trip is longer after 34 s. Asking is randomized
around 5 s as RFC 7675 §5.1 wants it, and sooner in two cases: when nothing at all has been heard for
most of the time after which a connection counts as disconnected, and while a request is unanswered.
"""

import asyncio
import enum
import random
from collections.abc import Callable
from typing import Final

import aioice.ice
from aioice import stun

from peer.engine.record import PairRecord

INTERVAL: Final = 5.0
_LEAST, _SPREAD = 0.8, 0.4
#: The part of `disconnected_after` that passes in silence before it is asked, likewise randomized.
_QUIET_LEAST, _QUIET_SPREAD = 0.5, 0.2
#: An unanswered request is followed by another after this time, and then every second.
_FIRST_RETRY, _RETRY = 0.5, 1.0
#: So long at least a request must have been without an answer before its sender is disconnected,
#: or one round trip and a half where that is more.
_LEAST_UNANSWERED = 1.0
_ROUND_TRIPS = 1.5


class ConsentOutput(enum.Enum):
    """What is to be done, or told."""

    ASK = "ask"
    DISCONNECTED = "disconnected"
    RECONNECTED = "reconnected"
    EXPIRED = "expired"


class Consent:
    """The consent of one remote address, as numbers.

    Args:
        now: When it was given, by the answer to a check.
        deadline: Seconds from the last answer until it has expired.
        disconnected_after: Seconds of silence until the connection counts as disconnected.
        chance: A random number from 0 up to 1.
    """

    def __init__(
        self, now: float, *, deadline: float, disconnected_after: float, chance: float
    ) -> None:
        self._deadline = deadline
        self._disconnected_after = disconnected_after
        self._answered_at = now
        self._heard_at = now
        self._asked_at = now
        self._unanswered_since: float | None = None
        self._retry = _FIRST_RETRY
        self._round_trip = 0.0
        self._chance = chance
        #: Whether the remote has given a sign of life lately.
        self.alive = True

    def hear(self, now: float) -> list[ConsentOutput]:
        """Take a sign of life: data, or a check of the remote's."""
        self._heard_at = now
        if self.alive:
            return []
        self.alive = True
        return [ConsentOutput.RECONNECTED]

    def receive_answer(self, asked_at: float, now: float, *, chance: float) -> list[ConsentOutput]:
        """Take an answer to a request that was sent at `asked_at`."""
        self._answered_at = now
        self._round_trip = now - asked_at
        self._unanswered_since = None
        self._retry = max(_FIRST_RETRY, _ROUND_TRIPS * self._round_trip)
        self._chance = chance
        return self.hear(now)

    def handle_timer(self, now: float, *, chance: float) -> list[ConsentOutput]:
        """Do what is due. After `EXPIRED` nothing is any more."""
        if now >= self._answered_at + self._deadline:
            return [ConsentOutput.EXPIRED]
        outputs = []
        if self.alive and now >= self._disconnected_at():
            self.alive = False
            outputs.append(ConsentOutput.DISCONNECTED)
        if now >= self._ask_at():
            if self._unanswered_since is not None:
                self._retry = max(_RETRY, self._retry)
            else:
                self._unanswered_since = now
            self._asked_at = now
            self._chance = chance
            outputs.append(ConsentOutput.ASK)
        return outputs

    def next_deadline(self) -> float:
        """When the timer is due next."""
        due = min(self._answered_at + self._deadline, self._ask_at())
        return min(due, self._disconnected_at()) if self.alive else due

    def _ask_at(self) -> float:
        if self._unanswered_since is not None:
            return self._asked_at + self._retry
        quiet = (_QUIET_LEAST + _QUIET_SPREAD * self._chance) * self._disconnected_after
        regular = (_LEAST + _SPREAD * self._chance) * INTERVAL
        return min(self._asked_at + regular, self._heard_at + quiet)

    def _disconnected_at(self) -> float:
        if self._unanswered_since is None:
            return float("inf")
        patience = max(_LEAST_UNANSWERED, _ROUND_TRIPS * self._round_trip)
        return max(self._heard_at + self._disconnected_after, self._unanswered_since + patience)


_Answered = Callable[[float, stun.Message, tuple[str, int]], None]


class _Request:
    """A request for consent; aioice hands its answers to whoever is in the table."""

    def __init__(self, key: bytes, sent_at: float, answered: _Answered) -> None:
        self._key = key
        self.sent_at = sent_at
        self._answered = answered

    def response_received(self, message: stun.Message, addr: tuple[str, int]) -> None:
        """Only an authenticated answer that is no error gives consent (RFC 7675 §5.1)."""
        answers = message.message_class == stun.Class.RESPONSE
        if answers and message.check_message_integrity(self._key):
            self._answered(self.sent_at, message, addr)


class ConsentKeeper:
    """Asks the remote end of one pair for consent, for as long as it is selected.

    Args:
        pair: The pair.
        record: Its record.
        make_request: Makes a request without USE-CANDIDATE.
        key: The remote's password.
        deadline: As `Consent`'s.
        disconnected_after: As `Consent`'s.
        on_output: Called with `DISCONNECTED`, `RECONNECTED` and `EXPIRED`.
    """

    def __init__(
        self,
        pair: aioice.ice.CandidatePair,
        record: PairRecord,
        make_request: Callable[[], stun.Message],
        key: bytes,
        *,
        deadline: float,
        disconnected_after: float,
        on_output: Callable[[ConsentOutput], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._pair = pair
        self._remote = pair.remote_addr
        self._record = record
        self._make_request = make_request
        self._key = key
        self._on_output = on_output
        self._core = Consent(
            self._loop.time(),
            deadline=deadline,
            disconnected_after=disconnected_after,
            chance=random.random(),
        )
        self._asked: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._arm()

    @property
    def alive(self) -> bool:
        """Whether the remote has given a sign of life lately."""
        return self._core.alive

    def hear(self) -> None:
        """Note a sign of life."""
        self._perform(self._core.hear(self._loop.time()))

    def stop(self) -> None:
        """Ask no more, and take no answer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._forget()

    def _wake_up(self) -> None:
        chance = random.random()
        outputs = self._core.handle_timer(self._loop.time(), chance=chance)
        if ConsentOutput.EXPIRED not in outputs:
            self._arm()
        self._perform(outputs)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._core.next_deadline(), self._wake_up)

    def _perform(self, outputs: list[ConsentOutput]) -> None:
        for output in outputs:
            if output is ConsentOutput.ASK:
                self._ask()
                continue
            if output is ConsentOutput.EXPIRED:
                self.stop()
            self._on_output(output)

    def _ask(self) -> None:
        request = self._make_request()
        request.add_message_integrity(self._key)
        waiting = _Request(self._key, self._loop.time(), self._answered)
        self._pair.protocol.transactions[request.transaction_id] = waiting  # type: ignore[assignment]
        self._asked.append(request.transaction_id)
        self._record.consent_requests_sent += 1
        self._pair.protocol.send_stun(request, self._remote)

    def _answered(self, sent_at: float, answer: stun.Message, source: tuple[str, int]) -> None:
        if source != self._remote or self._timer is None:
            return
        self._forget()
        now = self._loop.time()
        self._record.response_received(answer.attributes.get("XOR-MAPPED-ADDRESS"), sent_at, now)
        chance = random.random()
        self._perform(self._core.receive_answer(sent_at, now, chance=chance))
        if self._timer is not None:
            self._arm()

    def _forget(self) -> None:
        """Wait for no answer any more: of several requests in flight one answer is enough."""
        for transaction_id in self._asked:
            self._pair.protocol.transactions.pop(transaction_id, None)
        self._asked.clear()
