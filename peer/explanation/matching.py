"""Whether a diagnosis is of the network that ICE saw: what ICE saw itself wins, and the first thing that differs is told."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from nat import Dependence, Pooling, Sessions
from peer.explanation import addresses, mapping
from peer.explanation.addresses import Kind
from peer.explanation.diagnosed import Diagnosed
from peer.explanation.evidence import HOST, SERVER_REFLEXIVE, Half, Observation
from peer.explanation.findings import Certainty, NatStory

_ANYONE: Final = Dependence.ENDPOINT_INDEPENDENT


@dataclass(frozen=True, slots=True)
class Difference:
    """Why a diagnosis does not count.

    Attributes:
        text: In words.
        certainty: Unknown where the two cannot be compared, inferred where chance may look the same.
    """

    text: str
    certainty: Certainty = Certainty.MEASURED


@dataclass(frozen=True, slots=True)
class Match:
    """One side as ICE saw it, and its diagnosis.

    Attributes:
        half: What was seen.
        story: What was made of it.
        told: The diagnosis.
    """

    half: Half
    story: NatStory
    told: Diagnosed

    @property
    def observations(self) -> tuple[Observation, ...]:
        """Of the family of addresses that the diagnosis tells of."""
        version = self.told.version
        return tuple(
            one
            for one in self.half.observations
            if addresses.version(one.mapped[0]) == version
            and addresses.version(one.base[0]) in {version, None}
        )

    @property
    def external(self) -> tuple[str, ...]:
        """The public addresses at which ICE saw this side."""
        told = [one.address[0] for one in self.half.candidates if one.type is SERVER_REFLEXIVE]
        return _public([*told, *(one.mapped[0] for one in self.observations)], self.told.version)

    @property
    def own(self) -> tuple[str, ...]:
        """The addresses that ICE sent from, as far as they are no names."""
        used = [one.base[0] for one in self.observations]
        used += [one.address[0] for one in self.half.candidates if one.type is HOST]
        return tuple(
            dict.fromkeys(host for host in used if addresses.version(host) == self.told.version)
        )


def difference(match: Match) -> Difference | None:
    """Why the diagnosis is not to be believed of this connection, or `None`."""
    for rules, certainty in _RULES:
        if text := next((text for rule in rules if (text := rule(match))), ""):
            return Difference(text, certainty)
    return None


def _masked(match: Match) -> str:
    if not match.told.masked:
        return ""
    return "its addresses are masked, so that it may be of any network"


def _udp(match: Match) -> str:
    if match.told.udp is False and match.story.udp:
        return "it found that no UDP gets through, and now some did"
    return ""


def _unseen(match: Match) -> str:
    if match.told.udp is False and match.story.udp:
        return ""
    if match.told.udp is match.story.udp is False and match.told.local in match.own:
        return ""  # neither got anything through, from the same address
    if not match.external:
        return "ICE saw no public address of this side with which to compare it"
    return "" if match.told.external else "it saw no external address"


def _external(match: Match) -> str:
    seen, told = match.external, match.told.external
    if not seen or not told:
        return ""
    strange = [host for host in seen if host not in told]
    if len(strange) == len(seen):
        return f"it saw this side at {told[0]}, and ICE at {seen[0]}: another network, or a new address since"
    if strange and match.told.pooling is not Pooling.ARBITRARY:
        return f"ICE saw this side at {strange[0]} as well, so there is more than one way out, and it knows one"
    return ""


def _interface(match: Match) -> str:
    local, own = match.told.local, match.own
    if local is None or not own or local in own:
        return ""
    return (
        f"it asked from {local}, and ICE sent from {own[0]}: another interface, machine or network"
    )


def _translation(match: Match) -> str:
    told, seen = match.told.translated, match.story.present
    if told is None or seen is None or told is seen:
        return ""
    return (
        "it found a NAT, and now there is none" if told else "it found no NAT, and now there is one"
    )


def _mapping_by_servers(match: Match) -> str:
    if match.told.pooling is Pooling.ARBITRARY:
        return ""  # one port, but of another address, is either
    seen = _contradiction(match, (one for one in match.observations if one.by_server))
    return f"{seen}: the NAT has changed since" if seen else ""


def _mapping_by_checks(match: Match) -> str:
    """What only a check showed counts where nothing that the diagnosis knows of such NATs explains it."""
    told = match.told
    changed = told.mapping == (_ANYONE,)
    if told.pooling is Pooling.ARBITRARY or (changed and told.clashes):
        return ""
    if not changed and told.sessions is not Sessions.NONE:
        return ""
    seen = _contradiction(match, match.observations)
    return (
        f"{seen} towards the remote: the NAT has changed since, or does so for this one"
        if seen
        else ""
    )


def _ports(match: Match) -> str:
    """Whether ports are kept: by chance alone it is otherwise for each that servers saw."""
    told = match.told
    if told.keeps_ports is None or told.clashes or told.pooling is Pooling.ARBITRARY:
        return ""
    if not match.half.known:
        return ""
    seen = [o for o in match.observations if o.by_server and o.mapped[0] != o.base[0]]
    if not seen or any((one.mapped[1] == one.base[1]) is told.keeps_ports for one in seen):
        return ""
    habit = "keeps ports" if told.keeps_ports else "keeps no port"
    return (
        f"it found that the NAT {habit}, and ICE saw port {seen[0].base[1]} as {seen[0].mapped[1]}: most likely"
        " the NAT has changed since"
    )


def _contradiction(match: Match, observations: Iterable[Observation]) -> str:
    seen = mapping.judge(observations)
    told = match.told.mapping
    if seen.certainty is Certainty.UNKNOWN or not told or set(seen.values) & set(told):
        return ""
    words = " or ".join(one.value for one in told)
    return f"it found {words} mapping, and ICE saw {seen.words} mapping"


def _public(hosts: Iterable[str], version: int) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            host
            for host in hosts
            if addresses.kind(host) is Kind.PUBLIC and addresses.version(host) == version
        )
    )


_Rule = Callable[[Match], str]
_INCOMPARABLE: Final[tuple[_Rule, ...]] = (_masked, _unseen)
_DIFFERENT: Final[tuple[_Rule, ...]] = (
    _udp,
    _external,
    _interface,
    _translation,
    _mapping_by_servers,
    _mapping_by_checks,
)
_UNLIKELY: Final[tuple[_Rule, ...]] = (_ports,)
_RULES: Final = (
    (_INCOMPARABLE, Certainty.UNKNOWN),
    (_DIFFERENT, Certainty.MEASURED),
    (_UNLIKELY, Certainty.INFERRED),
)
