"""What stood in the way of the whole connection: each rule looks at one thing, and may find it."""

import dataclasses
from collections.abc import Iterator

from nat import Dependence
from peer.explanation import addresses, mapping, networks
from peer.explanation.addresses import Kind, words
from peer.explanation.case import WHOSE, Case, Nats, Rule, direct_failed
from peer.explanation.diagnosedcauses import DIAGNOSED
from peer.explanation.evidence import RELAYED, Evidence, is_direct
from peer.explanation.findings import (
    Cause,
    Certainty,
    Finding,
    NatStory,
    PairStory,
    Possible,
    Side,
    Source,
    Verdict,
    sureness,
)
from peer.explanation.networks import same_public_address

_ANYONE = Dependence.ENDPOINT_INDEPENDENT
_ONE_PORT = Dependence.ADDRESS_AND_PORT_DEPENDENT
_RELAY_HELPS = "A relay (TURN), or a NAT on either side that filters less strictly."
_BLOCKED_HELPS = "A relay over TCP or TLS (`turns:host:443?transport=tcp`)."
_DETAIL = frozenset(
    {
        Cause.RELAY_REFUSED,
        Cause.ROLE_CONFLICT,
        Cause.WRONG_CREDENTIALS,
        Cause.CONSENT_EXPIRED,
        Cause.MDNS_UNRESOLVED,
        Cause.HAIRPINNING_MISSING,
        Cause.PRIVATE_UNREACHABLE,
        Cause.UNREACHABLE,
        Cause.WRONG_SOURCE,
        Cause.SOCKET_LOST,
        Cause.ONE_WAY,
    }
)


def findings(
    evidence: Evidence, nats: Nats, verdict: Verdict, pairs: tuple[PairStory, ...]
) -> tuple[Finding, ...]:
    """What mattered, the weightiest first, then what did not."""
    found = [one for rule in _RULES for one in rule(Case(evidence, nats, verdict))]
    found += _from_pairs(pairs, verdict)
    if verdict is Verdict.DIRECT:
        found = [dataclasses.replace(one, matters=False) for one in found]
    return tuple(sorted(found, key=lambda one: not one.matters))


def _description(case: Case) -> Iterator[Finding]:
    """What the two sides have not told each other."""
    generation = case.evidence.generation
    if generation.remote_ufrag is None and case.verdict is not Verdict.CONNECTING:
        text = "The remote's description never came, so there was nobody to check with."
        yield Finding(Cause.NO_DESCRIPTION, Side.REMOTE, Certainty.MEASURED, text)
        return
    if not case.evidence.local.candidates and generation.gathered_at is not None:
        text = "This side has no candidate: no usable address, and no server gave one."
        yield Finding(Cause.NO_LOCAL_CANDIDATES, Side.LOCAL, Certainty.MEASURED, text)
    if not generation.remote_candidates:
        text = "The remote has told no candidate, and none of its checks came in."
        yield Finding(Cause.NO_REMOTE_CANDIDATES, Side.REMOTE, Certainty.MEASURED, text)
    if not generation.remote_ended and case.verdict is Verdict.FAILED:
        text = (
            "The remote never said that its candidates are complete (end-of-candidates, RFC 8838)."
        )
        yield Finding(
            Cause.END_MISSING,
            Side.REMOTE,
            Certainty.MEASURED,
            text,
            matters=not case.evidence.pairs,
        )
    if generation.refused:
        text = (
            f"{generation.refused} checks came with wrong credentials: the remote uses another"
            " description of ours, or somebody else sends."
        )
        yield Finding(
            Cause.WRONG_CREDENTIALS,
            Side.REMOTE,
            Certainty.MEASURED,
            text,
            matters=case.verdict is Verdict.FAILED,
        )


def _families(case: Case) -> Iterator[Finding]:
    """RFC 8421: an address of one family cannot send to one of the other."""
    local = {addresses.version(one.address[0]) for one in case.evidence.local.candidates}
    remote = {addresses.version(one.address[0]) for one in case.evidence.remote.candidates}
    if case.evidence.pairs or not local or not remote or local & remote or None in local | remote:
        return
    text = f"This side has IPv{min(local, key=str)} alone and the remote IPv{min(remote, key=str)}."
    yield Finding(
        Cause.FAMILIES_DIFFER,
        Side.BOTH,
        Certainty.MEASURED,
        text,
        help="A relay that has addresses of both families.",
    )


def _udp(case: Case) -> Iterator[Finding]:
    for story in case.nats:
        if story.udp is not False:
            continue
        half = case.evidence.half(story.side)
        other = case.evidence.remote if story.side is Side.LOCAL else case.evidence.local
        silent = {one.server for one in half.failures}
        alive = sorted(silent & {one.server for one in other.candidates if one.server})
        text = f"{WHOSE[story.side]} network lets no UDP through: none of its servers answered"
        text += f", though {alive[0]} answered the other side." if alive else " (or all are down)."
        if any(one.type is RELAYED for one in half.candidates):
            text = text[:-1] + ", while a relay was reached another way."
        if story.diagnosed is not None:
            text += f" {story.diagnosed.words.capitalize()} from the same address found so as well."
        yield Finding(Cause.UDP_BLOCKED, story.side, Certainty.INFERRED, text, help=_BLOCKED_HELPS)


def _silence(case: Case) -> Iterator[Finding]:
    if case.verdict is not Verdict.FAILED or not case.evidence.pairs or case.nats[0].udp is False:
        return
    heard = any(one.requests_received or one.responses_received for one in case.evidence.pairs)
    if heard or case.evidence.selected is not None:
        return
    through_relays = any(not is_direct(one) and one.requests_sent for one in case.evidence.pairs)
    if through_relays:
        text = (
            "Nothing of the remote's came in, not even through a relay: its network lets no UDP out,"
            " it has gone, or the relay's policy does not let it send there."
        )
        yield Finding(Cause.NETWORK_SILENT, Side.REMOTE, Certainty.INFERRED, text)


def _mappings(case: Case) -> Iterator[Finding]:
    """RFC 4787 §4.1, whatever it led to."""
    stood = direct_failed(case.evidence)
    for story in case.nats:
        if story.mapping.certainty is Certainty.UNKNOWN or not story.present:
            continue
        half = case.evidence.half(story.side)
        seen = mapping.differing(half.observations)
        shown = tuple(one.mapped for one in seen) if seen else ()
        if _ANYONE not in story.mapping.values:
            text = f"{WHOSE[story.side]} NAT opens another port for another destination"
            text += f" (seen at {words(shown[0])} and {words(shown[1])})" if shown else ""
            text += f": its mapping is {story.mapping.words}{_by(story, story.mapping)}."
            cause, advice = Cause.MAPPING_DEPENDENT, _RELAY_HELPS if stood else ""
        elif story.mapping.values == (_ANYONE,):
            text = f"{WHOSE[story.side]} NAT keeps one port for all destinations: endpoint-independent mapping{_by(story, story.mapping)}."
            cause, advice = Cause.MAPPING_INDEPENDENT, ""
        else:
            continue
        matters = stood and cause is Cause.MAPPING_DEPENDENT
        yield Finding(
            cause,
            story.side,
            story.mapping.certainty,
            text,
            help=advice,
            matters=matters,
            addresses=shown,
            at=seen[1].at if seen else None,
            source=story.mapping.source,
        )


def _filters(case: Case) -> Iterator[Finding]:
    """RFC 4787 §5, as far as what was dropped tells."""
    if not direct_failed(case.evidence):
        return
    for story in case.nats:
        found = story.filtering
        by = found.source
        if _ANYONE in found.values or not (story.present or by is Source.DIAGNOSIS):
            continue
        # Of a host without a NAT a diagnosis knows what is let in.
        who = f"{WHOSE[story.side]} {'firewall' if story.present is False else 'NAT'}"
        if found.values == (_ONE_PORT,):
            cause = Cause.FILTERING_BY_PORT
            text = f"{who} lets in only what comes from a port that it has sent to: address-and-port-dependent filtering{_by(story, found)}."
        else:
            cause = Cause.FILTERING_STRICT
            text = f"{who} lets no stranger in: its filtering is {found.words}{_by(story, found)}."
        yield Finding(cause, story.side, found.certainty, text, help=_RELAY_HELPS, source=by)


def _unknown(case: Case) -> Iterator[Finding]:
    """Direct checks failed between two NATs, and which one is to blame does not show."""
    if not direct_failed(case.evidence) or any(one.udp is False for one in case.nats):
        return
    if any(one.present and _ANYONE not in one.mapping.values for one in case.nats):
        return
    if same_public_address(case.evidence) is not None:
        return
    if all(one.mapping.values == (_ANYONE,) for one in case.nats):
        text = (
            "Both sides keep one port for all destinations, so direct checks should get through:"
            " a firewall drops them, or the remote is not there."
        )
        yield Finding(Cause.NETWORK_SILENT, Side.BOTH, Certainty.UNKNOWN, text, help="A relay.")
        return
    text = (
        "No direct check was answered. Most likely one of the two NATs opens a new port for each"
        " destination and the other lets only known ports in; which of the two does what cannot be"
        " told from here."
    )
    advice = (
        "A relay. A second STUN server, a diagnosis (`hairpin nat`), or the remote's own report,"
        " would show which NAT it is."
    )
    yield Finding(Cause.NAT_UNKNOWN, Side.BOTH, Certainty.UNKNOWN, text, help=advice)


def _carrier(case: Case) -> Iterator[Finding]:
    for story in case.nats:
        if story.carrier:
            here = networks.shows_a_carrier(case.evidence.half(story.side))
            shown, sure, by = (
                ("it has an address of 100.64.0.0/10 (RFC 6598)", Certainty.MEASURED, Source.ICE)
                if here or story.diagnosed is None
                else (
                    f"{story.diagnosed.words} found it",
                    sureness(story.diagnosed),
                    Source.DIAGNOSIS,
                )
            )
            text = f"{WHOSE[story.side]} network is behind a carrier-grade NAT: {shown}."
            stood = direct_failed(case.evidence)
            yield Finding(Cause.CARRIER_NAT, story.side, sure, text, matters=stood, source=by)


def _pooling(case: Case) -> Iterator[Finding]:
    for story in case.nats:
        if story.pooling_paired is False:
            here = mapping.pooling_is_paired(case.evidence.half(story.side).observations) is False
            told = None if here else story.diagnosed
            known = story.public if told is None else told.external
            hosts = ", ".join(h for h in known if addresses.kind(h) is Kind.PUBLIC)
            text = (
                f"{WHOSE[story.side]} NAT has several external addresses and changes between them"
                f" ({hosts}): its pooling is arbitrary (RFC 4787 REQ-2 wants paired)."
            )
            yield Finding(
                Cause.POOLING_ARBITRARY,
                story.side,
                Certainty.MEASURED if told is None else sureness(told),
                text,
                matters=direct_failed(case.evidence),
                source=Source.ICE if told is None else Source.DIAGNOSIS,
            )


def _by(story: NatStory, possible: Possible) -> str:
    """Who found it out, where that was not the connection itself."""
    if possible.source is not Source.DIAGNOSIS or story.diagnosed is None:
        return ""
    return f", as {story.diagnosed.words} measured"


def _from_pairs(pairs: tuple[PairStory, ...], verdict: Verdict) -> list[Finding]:
    """What pairs show that is about more than one pair, each cause and side once."""
    found: dict[tuple[Cause, Side | None, str], Finding] = {}
    for pair in pairs:
        one = pair.finding
        if one.cause not in _DETAIL:
            continue
        key = (one.cause, one.side, one.text if one.cause is Cause.UNREACHABLE else "")
        if key in found:
            before = found[key]
            found[key] = dataclasses.replace(before, pairs=before.pairs + one.pairs)
        else:
            minor = one.cause is Cause.PRIVATE_UNREACHABLE or verdict is Verdict.DIRECT
            found[key] = dataclasses.replace(one, matters=not minor)
    return list(found.values())


_RULES: tuple[Rule, ...] = (
    _description,
    _families,
    _udp,
    _silence,
    _mappings,
    _filters,
    _unknown,
    _carrier,
    _pooling,
    *DIAGNOSED,
)
