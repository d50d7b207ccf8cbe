"""With whom one can connect directly: the rule of the lab, for every behaviour that is possible here."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nat.behavior import Behavior
from nat.choices import Dependence, Hairpinning, PortMapping
from nat.discovery.findings import Finding
from nat.discovery.judging.behaviors import behaviors_of
from nat.discovery.report import FamilyReport, Partner, Way
from nat.traversal import OPEN, Model, expect
from stunwire import Family

_EI, _AD, _APD = Dependence
HOME: Final = "home router"
MOBILE: Final = "strict mobile carrier"
COMPANY: Final = "company firewall"
PUBLIC: Final = "public server"
SAME: Final = "same network"
IPV6: Final = "IPv6 peer"
_HOME_ROUTER: Final = Behavior(_EI, _APD)
_STRICT: Final = Behavior(_APD, _APD)
_BY_HAIRPIN: Final = {
    Hairpinning.EXTERNAL_SOURCE: "by hairpinning",
    Hairpinning.INTERNAL_SOURCE: "by hairpinning, with the internal source, which not every program takes",
    Hairpinning.NONE: "not so, as it does no hairpinning",
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What the table is made of.

    Attributes:
        families: that were judged.
        relayed: what is known of ways through a relay: None if none was tried.
        openable: the protocols by which the gateway opens ports that strangers can use.
    """

    families: tuple[FamilyReport, ...]
    relayed: bool | None = None
    openable: tuple[PortMapping, ...] = ()

    def family(self, family: Family) -> FamilyReport | None:
        """The report of one family, if there is one."""
        return next((each for each in self.families if each.family is family), None)


def partners_of(situation: Situation) -> tuple[Partner, ...]:
    """Fill the table."""
    return (
        _behind(situation, HOME, _HOME_ROUTER),
        _behind(situation, MOBILE, _STRICT),
        Partner(
            COMPANY,
            "UDP blocked, or nothing but web",
            *_relay(situation, "their firewall lets no UDP out, whatever is here"),
        ),
        _public(situation),
        _same(situation),
        _ipv6(situation),
    )


def _behind(situation: Situation, name: str, there: Behavior) -> Partner:
    here = situation.family(Family.IPV4)
    words = f"{there.words} NAT"
    if here is None:
        return Partner(name, words, *_relay(situation, "there is no IPv4 here"))
    way, reason = meet(here, (Model.of(model, there) for model in Model))
    if way is Way.DIRECTLY and here.clashes.value:
        way = Way.WITH_HELP
        reason = "it works unless their packet comes first: then this NAT gives the port away"
    if way is Way.THROUGH_A_RELAY:
        way, reason = _helped(situation, there, reason)
    return Partner(name, words, way, reason)


def meet(here: FamilyReport, there: Iterable[Behavior]) -> tuple[Way, str]:
    """Tell what becomes of it over all that is possible on both sides."""
    if here.udp.value is False:
        return Way.THROUGH_A_RELAY, "no UDP gets out here"
    if here.udp.value is None:
        return Way.UNKNOWN, f"whether UDP gets out is not known: {here.udp.why}"
    pairs = itertools.product(behaviors_of(here), there)
    expected = [expect(one, other) for one, other in pairs]
    direct = [each for each in expected if each.direct]
    refused = [each for each in expected if not each.direct]
    if not refused:
        return Way.DIRECTLY, direct[0].reason
    if not direct:
        return Way.THROUGH_A_RELAY, refused[0].reason
    lacking = _lacking(here)
    if lacking:
        return Way.UNKNOWN, f"{lacking}, and it depends on that"
    return Way.WITH_HELP, (
        f"it depends on what RFC 4787 leaves open: it works where {direct[0].reason};"
        " otherwise through a relay"
    )


def _lacking(here: FamilyReport) -> str:
    named: tuple[tuple[str, Finding[Dependence]], ...] = (
        ("mapping", here.mapping),
        ("filtering", here.filtering),
    )
    untranslated = here.translated.value is False
    words = [
        name
        for name, each in named
        if not each.is_known and not (untranslated and name == "mapping")
    ]
    return f"{' and '.join(words)} {'are' if len(words) > 1 else 'is'} not known" if words else ""


def _helped(situation: Situation, there: Behavior, reason: str) -> tuple[Way, str]:
    """A port that is opened lets strangers in, and all see that port."""
    here = situation.family(Family.IPV4)
    passes = here is not None and here.udp.value is True
    if passes and situation.openable and expect(Behavior(_EI, _EI), there).direct:
        protocol = situation.openable[0].title
        return (
            Way.WITH_HELP,
            f"with a port opened by {protocol}; otherwise through a relay: {reason}",
        )
    return _relay(situation, reason)


def _relay(situation: Situation, reason: str) -> tuple[Way, str]:
    if situation.relayed is False:
        return Way.NOT_AT_ALL, f"{reason}; and no relay that was tried could be reached"
    return Way.THROUGH_A_RELAY, reason


def _public(situation: Situation) -> Partner:
    ways = [meet(each, (OPEN,)) for each in situation.families]
    for wanted in (Way.DIRECTLY, Way.UNKNOWN):
        for way, _ in ways:
            if way is wanted:
                reason = "UDP gets out, and a public server lets everybody in"
                if way is Way.UNKNOWN:
                    reason = "whether UDP gets out is not known"
                return Partner(PUBLIC, "no NAT", way, reason)
    return Partner(PUBLIC, "no NAT", *_relay(situation, "no UDP gets out here"))


def _same(situation: Situation) -> Partner:
    if not any(each.local for each in situation.families):
        return Partner(SAME, "this NAT, too", Way.UNKNOWN, "no own address is known")
    hairpins = [each.hairpinning for each in situation.families if each.hairpinning.is_known]
    reason = "the two see each other without the NAT"
    if hairpins and hairpins[0].value is not None:
        reason += f"; in another subnet behind this NAT {_BY_HAIRPIN[hairpins[0].value]}"
    return Partner(
        SAME, "this NAT, too", Way.DIRECTLY, f"{reason} (unless the Wi-Fi keeps guests apart)"
    )


def _ipv6(situation: Situation) -> Partner:
    here = situation.family(Family.IPV6)
    words = "a firewall that lets answers in"
    if here is None:
        return Partner(IPV6, words, *_relay(situation, "there is no IPv6 here"))
    way, reason = meet(here, (_HOME_ROUTER,))
    if way is Way.DIRECTLY and here.translated.value is False:
        reason = "no NAT on either side, and both firewalls let answers in"
    if way is Way.THROUGH_A_RELAY:
        way, reason = _relay(situation, reason)
    return Partner(IPV6, words, way, reason)
