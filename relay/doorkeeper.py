"""Who asks: what a request proves by itself, and what a hook has to say about its sender."""

from functools import partial

from relay.allocations import Allocation
from relay.authentication import Authenticator, Question
from relay.counters import Counters
from relay.fivetuple import FiveTuple
from relay.inquiries import Inquiries, Settled, Verdict
from relay.outputs import Output
from relay.parking import Parked
from relay.registry import Registry
from relay.requests import connection_bind, resume
from relay.settings import Settings
from relay.strangers import Strangers
from relay.users import Answer, UserList
from stunwire import Message


class Doorkeeper:
    """Finds out who sent a request, at once or when a hook has answered.

    Args:
        settings: with the users that never come from elsewhere.
        registry: the allocations that requests are about.
        counters: where inquiries are counted.
        nonce_secret: key of the nonces.
        users: what the users file says.
    """

    def __init__(
        self,
        settings: Settings,
        registry: Registry,
        counters: Counters,
        *,
        nonce_secret: bytes,
        users: UserList,
    ) -> None:
        self._registry = registry
        self._nonce_secret = nonce_secret
        self._users = users
        self._inquiries = Inquiries(settings.hook_limits, counters, self._judge)
        self._wall_clock_ahead = 0.0  # of the relay's time, when a request came last
        self._begin(settings)

    def change(self, settings: Settings) -> None:
        """Go by other settings."""
        self._inquiries.change(settings.hook_limits)
        self._begin(settings)

    def change_users(self, users: UserList) -> None:
        """Go by what the users file says now."""
        self._users = users
        self._begin(self._settings)

    def identify(
        self,
        message: Message,
        five_tuple: FiveTuple,
        strangers: Strangers,
        *,
        unix_now: float,
        now: float,
    ) -> Verdict | list[Output]:
        """Say who sent a request, or what is to be done meanwhile.

        Args:
            message: the request.
            five_tuple: where it came from and to.
            strangers: what may be asked on behalf of its source is counted there.
            unix_now: wall-clock time.
            now: the relay's time.
        """
        bound = connection_bind.named_allocations(message, self._registry)
        self._wall_clock_ahead = unix_now - now
        sender = self._authenticator.authenticate(
            message,
            five_tuple.client,
            held=self._named_by(message, five_tuple, bound),
            beside=bound[0].five_tuple.client if bound else None,
            unix_now=unix_now,
        )
        if not isinstance(sender, Question):
            return sender
        excess = partial(strangers.excess, five_tuple.client.host, now)
        return self._inquiries.consider(Parked(message, five_tuple, sender), excess, now)

    def settle(self, number: int, answer: Answer, now: float) -> list[Settled]:
        """Hear what a hook answered: return what waited for it, each with what is known now."""
        return self._inquiries.settle(number, answer, now)

    def holds(self, five_tuple: FiveTuple) -> bool:
        """Say whether a request of a client waits for a hook."""
        return self._inquiries.holds(five_tuple)

    def forget(self, five_tuple: FiveTuple) -> None:
        """Hear that a connection is gone."""
        self._inquiries.forget(five_tuple)

    def overdue(self, now: float) -> int | None:
        """Return the number of an inquiry whose time is over; `settle` it."""
        return self._inquiries.overdue(now)

    def next_deadline(self) -> float | None:
        """When the first inquiry will be overdue."""
        return self._inquiries.next_deadline()

    def _begin(self, settings: Settings) -> None:
        self._settings = settings
        self._authenticator = Authenticator(settings, self._nonce_secret, self._users)

    def _judge(self, waiting: Parked, answer: Answer, now: float) -> Verdict:
        message, five_tuple, question = waiting
        bound = connection_bind.named_allocations(message, self._registry)
        return self._authenticator.judge(
            message,
            five_tuple.client,
            question,
            answer,
            held=self._named_by(message, five_tuple, bound),
            unix_now=now + self._wall_clock_ahead,
        )

    def _named_by(
        self, message: Message, five_tuple: FiveTuple, bound: tuple[Allocation, ...]
    ) -> tuple[Allocation, ...]:
        """Return the allocations that a request is about."""
        held = self._registry.find(five_tuple) or bound
        return held or resume.named_allocations(message, self._registry)
