"""Perfect negotiation (W3C webrtc-pc §10.7) as a table: what happened goes in, what to do comes out.

One side of each pair is polite: when offers cross, it takes its own back. Both know who, because
both know who came later. The shell does one thing after the other: it performs what a step asks for
and tells the outcome before it takes in what comes next, so nothing here is ever half done.

Offers bear a number and answers say which they answer. So a description that came twice, because
signaling had gone and come back, does no harm, and a late answer is known as such. A remote that
knows no numbers (a browser) is served too.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from peer.errors import RemoteError


class Phase(enum.Enum):
    """Where one side's negotiation is."""

    STABLE = "stable"
    OFFERING = "offering"
    OFFERED = "have-local-offer"
    ANSWERING = "answering"
    APPLYING = "applying an answer"


# What happens


@dataclass(frozen=True, slots=True)
class Needed:
    """The peer connection fires `negotiationneeded`."""


@dataclass(frozen=True, slots=True)
class RestartWanted:
    """ICE is to be restarted."""


@dataclass(frozen=True, slots=True)
class OfferReceived:
    """The remote offers.

    Attributes:
        number: The offer's own number, or `None` when the remote gives none.
        restarts: Whether it restarts ICE, so that no restart of ours is needed any more.
    """

    number: str | None = None
    restarts: bool = False


@dataclass(frozen=True, slots=True)
class AnswerReceived:
    """The remote answers the offer with this number; `None` when it does not say which."""

    number: str | None = None


@dataclass(frozen=True, slots=True)
class RollbackReceived:
    """The remote takes its offer back."""


@dataclass(frozen=True, slots=True)
class Complained:
    """The remote cannot use the offer with this number."""

    number: str | None = None


@dataclass(frozen=True, slots=True)
class Reachable:
    """Signaling has come back, on either side; what was under way may be lost."""


@dataclass(frozen=True, slots=True)
class Done:
    """What the last step asked for was done."""


@dataclass(frozen=True, slots=True)
class Failed:
    """What the last step asked for was not possible."""


Event = (
    Needed
    | RestartWanted
    | OfferReceived
    | AnswerReceived
    | RollbackReceived
    | Complained
    | Reachable
    | Done
    | Failed
)


# What is to be done


@dataclass(frozen=True, slots=True)
class MakeOffer:
    """Describe this side, and send it as the offer with this number."""

    number: str
    restart: bool


@dataclass(frozen=True, slots=True)
class Accept:
    """Apply the offer that came, and answer it.

    Attributes:
        number: The offer's number.
        roll_back: Take our own offer back first.
    """

    number: str | None
    roll_back: bool


@dataclass(frozen=True, slots=True)
class Apply:
    """Apply the answer that came."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """Do nothing with the offer that came, nor with candidates that belong to it alone."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Drop the answer that came: it belongs to no offer that is open."""


@dataclass(frozen=True, slots=True)
class RollBack:
    """Take our offer back; it is not offered again before something new is needed."""


@dataclass(frozen=True, slots=True)
class SendAgain:
    """Send the open offer again, as it is."""

    number: str


@dataclass(frozen=True, slots=True)
class AnswerAgain:
    """Send the answer to the offer with this number again, as it is."""

    number: str


Action = MakeOffer | Accept | Apply | Ignore | Stale | RollBack | SendAgain | AnswerAgain


@dataclass(frozen=True, slots=True)
class Negotiation:
    """One side's state. Each step gives a new one.

    Attributes:
        polite: Whether this side takes its offer back when two cross.
        phase: Where it is.
        offers: How many offers it has made; the number of the last one.
        needed: Something is to be offered as soon as it is stable.
        restart: That has to restart ICE.
        restarting: The open offer restarts ICE.
        answering: The number of the offer that is being answered.
        answered: The number of the remote's offer answered last, until the remote must know of it.
        ignoring: The remote's latest offer was ignored.
    """

    polite: bool
    phase: Phase = Phase.STABLE
    offers: int = 0
    needed: bool = False
    restart: bool = False
    restarting: bool = False
    answering: str | None = None
    answered: str | None = None
    ignoring: bool = False

    @property
    def settled(self) -> bool:
        """Whether nothing is open and nothing is wanted."""
        return self.phase is Phase.STABLE and not self.needed

    def step(self, event: Event) -> tuple["Negotiation", tuple[Action, ...]]:
        """What follows from an event.

        Raises:
            RemoteError: The remote said what makes no sense now; nothing has changed.
            AssertionError: The shell reported an outcome of nothing: a fault of ours.
        """
        if isinstance(event, Needed):
            return _settle(replace(self, needed=True))
        if isinstance(event, RestartWanted):
            return _settle(replace(self, needed=True, restart=True))
        rule = _TABLE.get((self.phase, type(event)))
        assert rule is not None, f"{type(event).__name__} cannot come while {self.phase.value}"
        return rule(self, event)


Step = tuple[Negotiation, tuple[Action, ...]]


def _settle(state: Negotiation, *actions: Action) -> Step:
    """Make an offer if one is needed and nothing else is open."""
    if state.phase is not Phase.STABLE or not state.needed:
        return state, actions
    after = replace(
        state,
        phase=Phase.OFFERING,
        offers=state.offers + 1,
        needed=False,
        restart=False,
        restarting=state.restart,
    )
    return after, (*actions, MakeOffer(str(after.offers), restart=state.restart))


def _is_open(state: Negotiation, number: str | None) -> bool:
    """Whether an answer or a complaint is about the open offer."""
    return number is None or number == str(state.offers)


def _keep(state: Negotiation, _: Any) -> Step:
    return state, ()


def _offered(state: Negotiation, _: Done) -> Step:
    return replace(state, phase=Phase.OFFERED), ()


def _given_up(state: Negotiation, _: Failed) -> Step:
    """What could not be offered is not tried again by itself: it would fail again."""
    return _settle(replace(state, phase=Phase.STABLE, restarting=False))


def _accept(state: Negotiation, event: OfferReceived) -> Step:
    if event.number is not None and event.number == state.answered:
        return state, (AnswerAgain(event.number),)
    restart = state.restart and not event.restarts
    after = replace(
        state,
        phase=Phase.ANSWERING,
        answering=event.number,
        ignoring=False,
        restart=restart,
    )
    return after, (Accept(event.number, roll_back=False),)


def _collide(state: Negotiation, event: OfferReceived) -> Step:
    """Offers have crossed."""
    if event.number is not None and event.number == state.answered:
        return state, (AnswerAgain(event.number),)
    if not state.polite:
        return replace(state, ignoring=True), (Ignore(),)
    after = replace(
        state,
        phase=Phase.ANSWERING,
        answering=event.number,
        ignoring=False,
        needed=True,
        restart=(state.restart or state.restarting) and not event.restarts,
        restarting=False,
    )
    return after, (Accept(event.number, roll_back=True),)


def _answered(state: Negotiation, _: Done) -> Step:
    return _settle(replace(state, phase=Phase.STABLE, answered=state.answering, answering=None))


def _not_answered(state: Negotiation, _: Failed) -> Step:
    return _settle(replace(state, phase=Phase.STABLE, answering=None))


def _apply(state: Negotiation, event: AnswerReceived) -> Step:
    if not _is_open(state, event.number):
        return state, (Stale(),)
    return replace(state, phase=Phase.APPLYING), (Apply(),)


def _applied(state: Negotiation, _: Done) -> Step:
    """The remote answered what we said after our own answer, so it has that one."""
    return _settle(
        replace(state, phase=Phase.STABLE, restarting=False, answered=None, ignoring=False)
    )


def _not_applied(state: Negotiation, _: Failed) -> Step:
    return _settle(replace(state, phase=Phase.STABLE, restarting=False), RollBack())


def _late(state: Negotiation, event: AnswerReceived) -> Step:
    if event.number is None:
        raise RemoteError("an answer came, and no offer is open")
    return state, (Stale(),)


def _refused(state: Negotiation, event: Complained) -> Step:
    if not _is_open(state, event.number):
        return state, ()
    return _settle(replace(state, phase=Phase.STABLE, restarting=False), RollBack())


def _again(state: Negotiation, _: Reachable) -> Step:
    """Say again what may be lost: first our answer, since our offer may have come after it."""
    actions: list[Action] = []
    if state.answered is not None:
        actions.append(AnswerAgain(state.answered))
    if state.phase is Phase.OFFERED:
        actions.append(SendAgain(str(state.offers)))
    return state, tuple(actions)


#: What may happen in which phase. `Needed` and `RestartWanted` may always, and wait for stability.
_TABLE: dict[tuple[Phase, type], Callable[[Negotiation, Any], Step]] = {
    (Phase.STABLE, OfferReceived): _accept,
    (Phase.STABLE, AnswerReceived): _late,
    (Phase.STABLE, RollbackReceived): _keep,
    (Phase.STABLE, Complained): _keep,
    (Phase.STABLE, Reachable): _again,
    (Phase.OFFERED, OfferReceived): _collide,
    (Phase.OFFERED, AnswerReceived): _apply,
    (Phase.OFFERED, RollbackReceived): _keep,
    (Phase.OFFERED, Complained): _refused,
    (Phase.OFFERED, Reachable): _again,
    (Phase.OFFERING, Done): _offered,
    (Phase.OFFERING, Failed): _given_up,
    (Phase.ANSWERING, Done): _answered,
    (Phase.ANSWERING, Failed): _not_answered,
    (Phase.APPLYING, Done): _applied,
    (Phase.APPLYING, Failed): _not_applied,
}
