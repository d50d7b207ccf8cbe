"""Every behaviour that a family's findings leave possible: what is unknown counts as each of its answers."""

import itertools
from collections.abc import Iterator
from typing import Final

from nat.behavior import Behavior
from nat.choices import Blocking, Dependence, FilterScope, Sessions
from nat.discovery.report import FamilyReport

_EI: Final = Dependence.ENDPOINT_INDEPENDENT


def behaviors_of(family: FamilyReport) -> tuple[Behavior, ...]:
    """List the behaviours that may stand before this machine, each of them once."""
    passing = (True, False) if family.udp.value is None else (family.udp.value,)
    found: dict[Behavior, None] = {}
    for passes in passing:
        if passes:
            found.update(dict.fromkeys(_passing(family)))
        else:
            found[Behavior(_EI, _EI, blocking=Blocking.UDP)] = None
    return tuple(found)


def _passing(family: FamilyReport) -> Iterator[Behavior]:
    untranslated = family.translated.value is False
    mappings = (_EI,) if untranslated else family.mapping.candidates(Dependence)
    for mapping, filtering in itertools.product(mappings, family.filtering.candidates(Dependence)):
        if mapping is _EI:  # where all see one port, the rest makes no difference
            yield Behavior(mapping, filtering)
            continue
        for scope, sessions in _models(family):
            yield Behavior(mapping, filtering, filter_scope=scope, sessions=sessions)


def _models(family: FamilyReport) -> Iterator[tuple[FilterScope, Sessions]]:
    """What is left of what RFC 4787 leaves open; nobody is known to build both, so both are not guessed."""
    scope, sessions = family.filter_scope, family.sessions
    for pair in itertools.product(scope.candidates(FilterScope), sessions.candidates(Sessions)):
        both = pair == (FilterScope.ENDPOINT, Sessions.CONNTRACK)
        if not both or scope.is_known or sessions.is_known:
            yield pair
