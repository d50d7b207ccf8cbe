"""For each candidate pair why it was the one, or was not: a row of rules, the first that fits counts."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from nat import Dependence, Hairpinning
from peer.explanation import addresses
from peer.explanation.addresses import Kind, words
from peer.explanation.diagnosed import Diagnosed
from peer.explanation.evidence import RELAYED, Evidence, is_direct, was_tried, worked
from peer.explanation.findings import (
    CandidateStory,
    Cause,
    Certainty,
    Finding,
    NatStory,
    PairStory,
    Side,
    Source,
    sureness,
)
from peer.explanation.networks import same_public_address
from peer.report import CheckFailure, PairReport, PairState


@dataclass(frozen=True, slots=True)
class Case:
    """A pair, and what is known besides."""

    evidence: Evidence
    nats: tuple[NatStory, NatStory]
    pair: PairReport


Rule = Callable[[Case], Finding | None]

_ANYONE = Dependence.ENDPOINT_INDEPENDENT
_ONE_PORT = Dependence.ADDRESS_AND_PORT_DEPENDENT
_UNREACHABLE_KINDS = {Kind.PRIVATE, Kind.CARRIER, Kind.LINK_LOCAL, Kind.LOOPBACK}


def stories(evidence: Evidence, nats: tuple[NatStory, NatStory]) -> tuple[PairStory, ...]:
    """Every pair, the selected one first, then by priority."""
    selected = evidence.selected
    ordered = sorted(evidence.pairs, key=lambda pair: (pair is not selected, -pair.priority))
    return tuple(_story(evidence, nats, pair) for pair in ordered)


def judge(evidence: Evidence, nats: tuple[NatStory, NatStory], pair: PairReport) -> Finding:
    """Why the pair was the one, or was not."""
    case = Case(evidence, nats, pair)
    for rule in _RULES:
        if (found := rule(case)) is not None:
            return found
    raise AssertionError("the last rule fits every pair")


def _story(evidence: Evidence, nats: tuple[NatStory, NatStory], pair: PairReport) -> PairStory:
    local, remote = pair.local, pair.remote
    return PairStory(
        id=pair.id,
        local=CandidateStory(Side.LOCAL, local.type, local.address, local.at, local.server),
        remote=CandidateStory(Side.REMOTE, remote.type, remote.address, remote.at),
        priority=pair.priority,
        sent=pair.requests_sent,
        answered=pair.responses_received,
        heard=pair.requests_received,
        round_trip=pair.round_trip,
        worked=worked(pair),
        finding=judge(evidence, nats, pair),
    )


def _finding(
    pair: PairReport,
    cause: Cause,
    certainty: Certainty,
    text: str,
    *,
    side: Side | None = None,
    help: str = "",  # noqa: A002 - the finding's own word
) -> Finding:
    return Finding(
        cause=cause,
        side=side,
        certainty=certainty,
        text=text,
        help=help,
        pairs=(pair.id,),
        addresses=(pair.local.address, pair.remote.address),
        at=pair.failed_at if pair.failed_at is not None else pair.last_request_at,
    )


# The rules, in order


def _consent(case: Case) -> Finding | None:
    if case.pair.failure is not CheckFailure.CONSENT_EXPIRED:
        return None
    text = (
        "It worked, and then the remote answered no longer: consent to send has expired (RFC 7675)."
    )
    return _finding(case.pair, Cause.CONSENT_EXPIRED, Certainty.MEASURED, text)


def _selected(case: Case) -> Finding | None:
    if case.pair is not case.evidence.selected:
        return None
    reason = case.evidence.generation.selections[-1].reason
    better = [
        p for p in case.evidence.pairs if p.priority > case.pair.priority and p is not case.pair
    ]
    if any(map(worked, better)):
        text = f"It was selected ({reason}), though a pair of higher priority worked as well."
    elif better:
        text = f"Of the pairs that worked it has the highest priority ({reason})."
    else:
        text = f"It has the highest priority of all pairs, and it worked ({reason})."
    return _finding(case.pair, Cause.SELECTED, Certainty.MEASURED, text)


def _worked(case: Case) -> Finding | None:
    if not worked(case.pair) or case.pair.state is PairState.FAILED:
        return None
    chosen = case.evidence.selected
    if chosen is None:
        text = "It worked, but was not nominated yet."
    elif chosen.priority >= case.pair.priority:
        text = "It worked, but the selected pair has a higher priority (RFC 8445 §6.1.2.3)."
    else:
        text = "It worked, but was nominated too late, or not by the controlling side."
    return _finding(case.pair, Cause.NOT_NEEDED, Certainty.MEASURED, text)


def _families(case: Case) -> Finding | None:
    host = case.pair.remote.address[0]
    if addresses.kind(host) is not Kind.NAME:
        return None
    text = f"The remote's name {host} was not resolved: mDNS reaches this network alone."
    return _finding(case.pair, Cause.MDNS_UNRESOLVED, Certainty.MEASURED, text, side=Side.REMOTE)


def _told_failure(case: Case) -> Finding | None:
    """What was answered, or what the network said, needs no guess."""
    detail = f" ({case.pair.detail})" if case.pair.detail else ""
    match case.pair.failure:
        case CheckFailure.RELAY_REFUSED:
            cause, text = Cause.RELAY_REFUSED, "The relay refused to send to the remote's address"
            text = f"{text}{detail}: its policy does not allow that peer."
        case CheckFailure.UNREACHABLE:
            cause, text = Cause.UNREACHABLE, f"The network said that it is unreachable{detail}."
        case CheckFailure.WRONG_SOURCE:
            cause, text = Cause.WRONG_SOURCE, _wrong_source(case.pair, detail)
        case CheckFailure.SOCKET_LOST:
            cause, text = (
                Cause.SOCKET_LOST,
                f"The socket or the relay's allocation is gone{detail}.",
            )
        case CheckFailure.ERROR:
            cause, text = _error(detail)
        case _:
            return None
    return _finding(case.pair, cause, Certainty.MEASURED, text)


def _wrong_source(pair: PairReport, detail: str) -> str:
    """RFC 8445 §7.2.5.2.1 has a pair fail whose answer comes from elsewhere."""
    if f"{pair.remote.address[0]}:" in detail:
        return (
            f"The answer came from another port than the check went to{detail}: the remote's NAT"
            " opens a new port for each port that it answers."
        )
    return (
        f"The answer came from another address than the check went to{detail}: something on the way"
        " rewrites addresses."
    )


def _error(detail: str) -> tuple[Cause, str]:
    if "487" in detail or "ole conflict" in detail.lower():
        return (
            Cause.ROLE_CONFLICT,
            "Both sides took the same role, and the conflict did not end (487).",
        )
    if "401" in detail or "400" in detail:
        text = f"The remote did not accept our credentials{detail}: it has another description."
        return Cause.WRONG_CREDENTIALS, text
    return Cause.ERROR_ANSWER, f"The remote answered with an error{detail}."


def _untried(case: Case) -> Finding | None:
    if case.pair.requests_sent:
        return None
    if case.evidence.selected is not None:
        text = "It was not tried: another pair had been selected before its turn came."
    elif case.pair.state is PairState.FROZEN:
        text = "It was not tried yet: pairs of the same foundation come first."
    else:
        text = "It was not tried yet."
    return _finding(case.pair, Cause.NOT_TRIED, Certainty.MEASURED, text)


def _too_early(case: Case) -> Finding | None:
    if was_tried(case.pair) or case.pair.state is PairState.FAILED:
        return None
    sent = case.pair.requests_sent
    checks = "1 check was" if sent == 1 else f"{sent} checks were"
    text = f"{checks} sent and no answer had come yet: too few to say more."
    return _finding(case.pair, Cause.NO_ANSWER, Certainty.UNKNOWN, text)


def _no_udp(case: Case) -> Finding | None:
    for story, whose in zip(case.nats, ("this", "the remote's"), strict=True):
        ends_there = (
            case.pair.local if story.side is Side.LOCAL else case.pair.remote
        ).type is not RELAYED
        if story.udp is False and ends_there:
            text = f"No UDP packet came through {whose} network at all."
            return _finding(case.pair, Cause.UDP_BLOCKED, Certainty.INFERRED, text, side=story.side)
    return None


def _one_way(case: Case) -> Finding | None:
    if not case.pair.requests_received:
        return None
    text = (
        f"The remote's checks come in from {words(case.pair.remote.address)}, but none of ours is"
        " answered: what goes back there is lost."
    )
    remote = case.nats[1]
    if is_direct(case.pair) and _ANYONE not in remote.mapping.values and not case.pair.remote.told:
        text += (
            " Its NAT maps our answers to yet another port, or lets in only what it has sent to."
        )
    return _finding(case.pair, Cause.ONE_WAY, Certainty.MEASURED, text, side=Side.REMOTE)


def _private(case: Case) -> Finding | None:
    host = case.pair.remote.address[0]
    if addresses.kind(host) not in _UNREACHABLE_KINDS:
        return None
    base = case.pair.local.base[0]
    common = same_public_address(case.evidence)
    if case.pair.local.type is RELAYED:
        text = f"{host} is an address in the remote's own network, which the relay cannot reach."
    elif common is not None:
        text = (
            f"Both sides are behind the public address {common}, yet {host} does not answer: they"
            " are in different networks behind it, or the network keeps its devices apart."
        )
    else:
        near = addresses.same_network(base, host)
        but = ", though it looks like one of this network" if near else ""
        text = f"{host} is an address in the remote's own network, not reachable from here{but}."
    return _finding(
        case.pair, Cause.PRIVATE_UNREACHABLE, Certainty.INFERRED, text, side=Side.REMOTE
    )


def _hairpinning(case: Case) -> Finding | None:
    common = same_public_address(case.evidence)
    if common is None or case.pair.remote.address[0] != common or not is_direct(case.pair):
        return None
    known = _hairpins(case.nats)
    if known is not None and known.hairpinning is Hairpinning.EXTERNAL_SOURCE:
        return None  # a diagnosis saw it do so: something else is wrong
    if known is not None and known.hairpinning is Hairpinning.INTERNAL_SOURCE:
        text = (
            f"Both sides are behind {common}, and its NAT sends what comes from inside back inside with the"
            " sender's internal address, so that answers come from elsewhere (RFC 4787 REQ-9a)."
        )
    else:
        text = (
            f"Both sides are behind {common}, and its NAT does not send what comes from inside back"
            " inside: hairpinning is missing (RFC 4787 REQ-9)."
        )
    if known is not None:
        text += f" {known.words.capitalize()} measured it."
    advice = "A relay, or a common network behind that NAT."
    found = _finding(
        case.pair,
        Cause.HAIRPINNING_MISSING,
        Certainty.INFERRED if known is None else sureness(known),
        text,
        side=Side.BOTH,
        help=advice,
    )
    return found if known is None else dataclasses.replace(found, source=Source.DIAGNOSIS)


def _hairpins(nats: tuple[NatStory, NatStory]) -> Diagnosed | None:
    """The diagnosis that knows how the NAT hairpins; an old one that saw it do so is contradicted by silence."""
    told = [
        one.diagnosed
        for one in nats
        if one.diagnosed is not None and one.diagnosed.hairpinning is not None
    ]
    for one in told:
        if one.hairpinning is Hairpinning.EXTERNAL_SOURCE and not one.is_old:
            return one
    return next((one for one in told if one.hairpinning is not Hairpinning.EXTERNAL_SOURCE), None)


def _nats(case: Case) -> Finding | None:
    """A direct pair towards the remote's NAT that no answer came from."""
    local, remote = case.nats
    if not is_direct(case.pair) or remote.present is False:
        return None
    changes = [_ANYONE not in one.mapping.values for one in case.nats]
    if changes[1]:
        text = (
            f"The remote's NAT opened another port towards you than {words(case.pair.remote.address)}:"
            f" its mapping is {remote.mapping.words}."
        )
        if local.filtering.values == (_ONE_PORT,):
            text += " Your NAT lets in only what comes from a port that you have sent to."
        certainty = min(remote.mapping.certainty, Certainty.INFERRED, key=_rank)
        return _finding(case.pair, Cause.MAPPING_DEPENDENT, certainty, text, side=Side.REMOTE)
    if changes[0]:
        text = (
            "Your NAT opened another port towards the remote than the one that was told:"
            f" its mapping is {local.mapping.words}."
        )
        if remote.filtering.values == (_ONE_PORT,):
            text += " The remote's NAT lets in only what comes from a port that it has sent to."
        certainty = min(local.mapping.certainty, Certainty.INFERRED, key=_rank)
        return _finding(case.pair, Cause.MAPPING_DEPENDENT, certainty, text, side=Side.LOCAL)
    return None


def _silent(case: Case) -> Finding | None:
    if any(one.requests_received or one.responses_received for one in case.evidence.pairs):
        return None
    text = f"Nothing came back from {words(case.pair.remote.address)}, nor from the remote on any other way."
    return _finding(case.pair, Cause.NO_ANSWER, Certainty.UNKNOWN, text)


def _rest(case: Case) -> Finding:
    text = (
        f"Nothing came back from {words(case.pair.remote.address)}; why cannot be told from here."
    )
    return _finding(case.pair, Cause.NO_ANSWER, Certainty.UNKNOWN, text)


def _rank(certainty: Certainty) -> int:
    """Less sure first."""
    return [Certainty.UNKNOWN, Certainty.INFERRED, Certainty.MEASURED].index(certainty)


_RULES: tuple[Rule, ...] = (
    _consent,
    _selected,
    _worked,
    _families,
    _told_failure,
    _untried,
    _too_early,
    _one_way,
    _no_udp,
    _private,
    _hairpinning,
    _nats,
    _silent,
    _rest,
)
