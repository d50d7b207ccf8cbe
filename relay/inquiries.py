"""Who a user is that only a hook knows: remembered, or asked for while the request waits."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from relay.answers import Answers
from relay.counters import Counters, DropReason, Inquired
from relay.credentials import Credential
from relay.fivetuple import FiveTuple
from relay.hooklimits import HookLimits
from relay.outputs import AskForUser, Output
from relay.parking import Inquiry, Parked, ParkingLot
from relay.refusal import Refusal
from relay.users import Answer, NoUser, User

Verdict: TypeAlias = Credential | Refusal | DropReason
Judge: TypeAlias = Callable[[Parked, Answer, float], Verdict]

_INQUIRED = {
    NoUser.UNKNOWN: Inquired.UNKNOWN,
    NoUser.UNAVAILABLE: Inquired.UNAVAILABLE,
    NoUser.OVERDUE: Inquired.OVERDUE,
}


class Settled(NamedTuple):
    """A request that need not wait any more, and what is known of its sender."""

    request: Parked
    verdict: Verdict


class Inquiries:
    """Asks for users, on behalf of requests that have echoed a valid nonce.

    An answer lets requests pass for longer than it refuses them: a request that an older answer would refuse
    is asked for anew, whether the name was unknown or the password wrong. So who comes, or changes the
    password, is let in soon, and the two look alike.

    Args:
        limits: bounds.
        counters: where it is counted.
        judge: says what an answer means for a request.
    """

    def __init__(self, limits: HookLimits, counters: Counters, judge: Judge) -> None:
        self._counters = counters
        self._judge = judge
        self._lot = ParkingLot(limits)
        self.change(limits)

    def change(self, limits: HookLimits) -> None:
        """Go on with other limits, and with no answer from before; what waits goes on waiting."""
        self._limits = self._lot.limits = limits
        self._answers = Answers(limits, self._counters)

    def consider(
        self, request: Parked, excess: Callable[[], DropReason | None], now: float
    ) -> Verdict | list[Output]:
        """Say who sent a request, or let it wait and say what is to be done meanwhile.

        Args:
            request: the request.
            excess: says why it would be too much to ask on behalf of this source.
            now: the relay's time.
        """
        kept = self._answers.find(request.question.username, now)
        if kept is not None:
            verdict = self._judge(request, kept.answer, now)
            if isinstance(verdict, Credential) or now - kept.at < self._limits.cache_unknown:
                self._count(Inquired.REMEMBERED)
                return verdict
        parked = self._lot.park(request, excess, now)
        match parked:
            case Inquiry(number, username):
                self._count(Inquired.ASKED)
                return [AskForUser(number, username)]
            case DropReason() if parked is not DropReason.IN_PROGRESS:
                verdict = self._judge(request, NoUser.UNAVAILABLE, now)
                return parked if isinstance(verdict, DropReason) else verdict
        return [] if parked is None else parked

    def settle(self, number: int, answer: Answer, now: float) -> list[Settled]:
        """Hear an answer: return what waited for it, each with what is known now."""
        taken = self._lot.take(number)
        if taken is None:
            return []
        username, requests = taken
        if isinstance(answer, User) or answer is NoUser.UNKNOWN:
            self._answers.keep(username, answer, now)
        self._count(Inquired.KNOWN if isinstance(answer, User) else _INQUIRED[answer])
        return [Settled(request, self._judge(request, answer, now)) for request in requests]

    def holds(self, five_tuple: FiveTuple) -> bool:
        """Say whether a request of a client waits."""
        return self._lot.holds(five_tuple)

    def forget(self, five_tuple: FiveTuple) -> None:
        """Hear that a connection is gone."""
        self._lot.forget(five_tuple)

    def overdue(self, now: float) -> int | None:
        """Return the number of an inquiry whose time is over; `settle` it."""
        return self._lot.overdue(now)

    def next_deadline(self) -> float | None:
        """When the first inquiry will be overdue."""
        return self._lot.next_deadline()

    def _count(self, what: Inquired) -> None:
        self._counters.inquiries[what] += 1
