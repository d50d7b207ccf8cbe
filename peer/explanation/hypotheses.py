"""Which NATs could stand before the two sides: all nine kinds on each, less those that do not fit.

Where a diagnosis knows one side, what it leaves possible stands there, and what RFC 4787 leaves open is no
longer guessed on the other: all its models are played.

What was seen rules them out (RFC 4787 §4.1 and §5); `nat.traversal` has the rule of who can meet whom.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import nat
from nat import Behavior, Dependence, Model, Sessions
from peer.explanation.findings import Certainty, Possible

_ANYONE, _, _ONE_PORT = Dependence
USUAL = nat.ALL_NINE
#: The same, by every model of what RFC 4787 leaves open; where all see one port the models are one.
EVERY = tuple(
    dict.fromkeys(m.of(b) if b.mapping is not _ANYONE else b for m in Model for b in USUAL)
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of the two NATs.

    Attributes:
        mappings: What each side's mapping may depend on.
        direct: Whether direct pairs were tried and none worked (`False`), one did (`True`), or
            neither can be said.
        let_in: For each side, whether a direct check of the other's came in; `False` only where it
            is known that one was sent to the address that was told.
        filterings: What each side's filtering may depend on.
        behaviors: What may stand before each side.
    """

    mappings: tuple[Possible, Possible]
    direct: bool | None
    let_in: tuple[bool | None, bool | None] = (None, None)
    filterings: tuple[Possible, Possible] = (Possible(), Possible())
    behaviors: tuple[tuple[Behavior, ...], tuple[Behavior, ...]] = (USUAL, USUAL)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What all the NATs that fit have in common, for each side.

    Attributes:
        mappings: What each mapping may depend on.
        filterings: What each filter may depend on.
        fitting: How many of the pairings fit: of 81, without a diagnosis.
    """

    mappings: tuple[Possible, Possible]
    filterings: tuple[Possible, Possible]
    fitting: int


def conclude(seen: Seen) -> Conclusion:
    """Rule out the pairings that do not fit, and say what the rest have in common."""
    every = itertools.product(*seen.behaviors)
    pairs = [pair for pair in every if _fits(pair, seen)]
    if not pairs:  # the NATs do something that RFC 4787 has no word for
        return Conclusion(seen.mappings, seen.filterings, 0)
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    return Conclusion(
        (
            _narrowed((one.mapping for one in first), seen.mappings[0]),
            _narrowed((one.mapping for one in second), seen.mappings[1]),
        ),
        (
            _narrowed((one.filtering for one in first), seen.filterings[0]),
            _narrowed((one.filtering for one in second), seen.filterings[1]),
        ),
        len(pairs),
    )


def _fits(pair: tuple[Behavior, Behavior], seen: Seen) -> bool:
    for one, mapping, filtering in zip(pair, seen.mappings, seen.filterings, strict=True):
        if one.mapping not in mapping.values or one.filtering not in filtering.values:
            return False
    if seen.direct is not None and nat.direct_possible(*pair) is not seen.direct:
        return False
    for asked, asking, came in zip(pair, reversed(pair), seen.let_in, strict=True):
        # A NAT with several mappings may have let it in by one that it had opened itself, and one with
        # sessions may have sent it from the port that was told.
        if came and (asked.mapping is not _ANYONE or asking.sessions is Sessions.CONNTRACK):
            continue
        if came is not None and _lets_in(asked, asking) is not came:
            return False
    return True


def _lets_in(asked: Behavior, asking: Behavior) -> bool:
    """Whether a check gets in at the address that a STUN server saw.

    The one asked has sent to the address that was told of the one asking, from this mapping only if
    its mapping is endpoint-independent; the one asking may come from another port than was told.
    """
    if asked.mapping is not _ANYONE:
        return asked.filtering is _ANYONE
    return asking.mapping is _ANYONE or asked.filtering is not _ONE_PORT


def _narrowed(fitting: Iterable[Dependence], known: Possible) -> Possible:
    """What is left; what was measured stays measured unless more could be inferred."""
    concluded = _possible(fitting)
    return known if set(concluded.values) == set(known.values) else concluded


def _possible(values: Iterable[Dependence]) -> Possible:
    left = frozenset(values)
    if len(left) == len(Dependence):
        return Possible()
    return Possible(tuple(one for one in Dependence if one in left), Certainty.INFERRED)
