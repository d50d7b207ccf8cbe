"""What is known of the NATs and networks before the two sides, and what of it stood in the way."""

import dataclasses

from nat import Dependence
from peer.explanation import addresses, mapping
from peer.explanation.addresses import Kind
from peer.explanation.evidence import (
    HOST,
    RELAYED,
    SERVER_REFLEXIVE,
    Evidence,
    Half,
    is_direct,
    was_tried,
    worked,
)
from peer.explanation.findings import Certainty, NatStory, Possible, Side
from peer.explanation.hypotheses import Conclusion, Seen, conclude
from peer.report import PairReport, PairState

#: Seconds after which a direct pair without an answer has had its time, though checks go on.
PATIENCE = 1.0
_OPEN = Possible((Dependence.ENDPOINT_INDEPENDENT,), Certainty.MEASURED)


def nats(evidence: Evidence) -> tuple[NatStory, NatStory]:
    """What is known of both sides' NATs, by what was seen and by what that rules out."""
    local, remote = stories(evidence)
    if not comparable(local, remote):
        return local, remote
    return narrowed((local, remote), conclude(seen(evidence, local, remote)))


def stories(evidence: Evidence) -> tuple[NatStory, NatStory]:
    """What was seen of each side's NATs, before the two are held together."""
    return _story(evidence, evidence.local), _story(evidence, evidence.remote)


def narrowed(nats: tuple[NatStory, NatStory], concluded: Conclusion) -> tuple[NatStory, NatStory]:
    """What is left of both when the two were held together."""
    return _with(nats[0], concluded, 0), _with(nats[1], concluded, 1)


def comparable(local: NatStory, remote: NatStory) -> bool:
    """Whether the rule for two peers behind NATs of their own has something to say."""
    if local.udp is False or remote.udp is False:
        return False
    if not local.public or not remote.public:
        return False
    return not set(local.public) & set(remote.public)


def seen(evidence: Evidence, local: NatStory, remote: NatStory) -> Seen:
    """What rules pairings of NATs out."""
    version = evidence.version
    pairs = [p for p in direct_pairs(evidence) if addresses.version(p.remote.address[0]) == version]
    # Whether a direct path exists is RFC 4787's business only if both told a public address.
    told = [
        pair for pair in pairs if pair.remote.told and pair.local.type in {HOST, SERVER_REFLEXIVE}
    ]
    direct: bool | None = None
    if any(map(worked, pairs)):
        direct = True
    elif told and all(had_its_time(evidence, pair) for pair in told):
        direct = False
    return Seen(
        (local.mapping, remote.mapping),
        direct,
        (_let_in(evidence, evidence.local), _let_in(evidence, evidence.remote)),
        (local.filtering, remote.filtering),
    )


def same_public_address(evidence: Evidence) -> str | None:
    """The public address that both sides have, when they are behind one NAT, or `None`."""
    local = set(evidence.local.hosts(SERVER_REFLEXIVE))
    common = sorted(local & set(evidence.remote.hosts(SERVER_REFLEXIVE)))
    return common[0] if common else None


def direct_pairs(evidence: Evidence) -> tuple[PairReport, ...]:
    """The direct pairs towards a public address of the remote's."""
    return tuple(
        pair
        for pair in evidence.pairs
        if is_direct(pair) and addresses.kind(pair.remote.address[0]) is Kind.PUBLIC
    )


def had_its_time(evidence: Evidence, pair: PairReport) -> bool:
    """Whether an answer would have come by now."""
    if pair.first_request_at is None:
        return False
    waited = evidence.report.taken_at - pair.first_request_at
    return pair.state is PairState.FAILED or (was_tried(pair) and waited >= PATIENCE)


def _story(evidence: Evidence, half: Half) -> NatStory:
    possible = mapping.judge(half.observations)
    if not half.known and possible.certainty is Certainty.MEASURED:
        possible = dataclasses.replace(possible, certainty=Certainty.INFERRED)
    present = _is_behind_nat(half)
    if present is False:
        possible = _OPEN
    return NatStory(
        side=half.side,
        present=present,
        public=half.public,
        mapping=possible,
        filtering=Possible(),
        keeps_ports=mapping.keeps_ports(half.observations) if half.known else None,
        pooling_paired=mapping.pooling_is_paired(half.observations) if half.known else None,
        carrier=shows_a_carrier(half),
        udp=_has_udp(evidence, half),
    )


def _is_behind_nat(half: Half) -> bool | None:
    """Whether its packets come from another address than its own; a public address has no NAT."""
    bases = {one.base[0] for one in half.candidates if one.type is HOST}
    if any(one.mapped[0] not in bases for one in half.observations):
        return True
    if half.observations and half.known:
        return False
    if any(addresses.kind(host) is Kind.PUBLIC for host in half.hosts(HOST)):
        return False
    return True if half.hosts(SERVER_REFLEXIVE) - half.hosts(HOST) else None


def shows_a_carrier(half: Half) -> bool | None:
    """RFC 6598's addresses stand between a carrier's NAT and its customers; others show nothing."""
    hosts = {one.address[0] for one in half.candidates if one.type is not RELAYED}
    hosts |= {one.mapped[0] for one in half.observations}
    return True if any(addresses.kind(host) is Kind.CARRIER for host in hosts) else None


def _has_udp(evidence: Evidence, half: Half) -> bool | None:
    """Whether any packet of UDP came back: from a server, or from the other side."""
    if half.observations or any(pair.responses_received for pair in half.pairs):
        return True
    if half.side is Side.REMOTE and any(_came_from_outside(pair) for pair in evidence.pairs):
        return True
    asked = [one for one in half.failures if one.server.startswith("stun")]
    return False if half.known and asked else None


def _came_from_outside(pair: PairReport) -> bool:
    return bool(pair.requests_received) and pair.remote.type is not RELAYED


def _let_in(evidence: Evidence, asked: Half) -> bool | None:
    """Whether a check of the other's came in directly; `False` needs both reports."""
    if not asked.known:
        return None
    other = evidence.remote if asked.side is Side.LOCAL else evidence.local
    ours = [p for p in asked.pairs if is_direct(p)]
    if any(
        p.requests_received and addresses.kind(p.remote.address[0]) is Kind.PUBLIC for p in ours
    ):
        return True
    reflexive = asked.hosts(SERVER_REFLEXIVE)
    sent = [
        p
        for p in other.pairs
        if is_direct(p) and p.remote.address[0] in reflexive and p.remote.told
    ]
    return False if sent and all(was_tried(p) for p in sent) else None


def _with(story: NatStory, concluded: Conclusion, index: int) -> NatStory:
    return dataclasses.replace(
        story,
        mapping=story.mapping if story.present is False else concluded.mappings[index],
        filtering=concluded.filterings[index],
    )
