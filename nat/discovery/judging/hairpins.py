"""Whether two inside can meet at external addresses (RFC 4787 §6), as far as one machine can see it."""

from collections.abc import Iterable, Sequence

from nat.choices import Dependence, Hairpinning
from nat.discovery.findings import Finding, known, not_tested, unknown
from nat.discovery.judging.reading import Reading, Sighting, is_plain
from nat.discovery.judging.silence import Loss, unanswered
from nat.discovery.transactions import Arrival, Purpose, Transaction
from stunwire import Address

_EI, _AD, _APD = Dependence
_ON_ITS_WAY = 0.1
"""Seconds after which what a socket has sent has passed the NAT."""


def judge_hairpinning(
    reading: Reading,
    transactions: Iterable[Transaction],
    loss: Loss,
    mapping: Finding[Dependence],
    filtering: Finding[Dependence],
    sightings: Sequence[Sighting],
) -> Finding[Hairpinning]:
    """Find out what becomes of a packet from the inside to an external address.

    Args:
        sightings: by servers that can be believed: a packet to where nobody is says nothing.
    """
    ours = {each.mapped for each in sightings if each.transaction.purpose is Purpose.HAIRPIN_LEARN}
    asked = [
        each for each in transactions if each.purpose is Purpose.HAIRPIN_ASK and each.target in ours
    ]
    if not asked:
        return not_tested("no external address was learned to which to send")
    seen = {kind for each in asked for kind in _arrived(reading, each)}
    if len(seen) > 1:
        return unknown("packets came back with the external source and with the internal one")
    if seen:
        kind = seen.pop()
        why = f"a packet to our own external address came back, with the {kind.value}"
        return known(kind, why, tests=sum(bool(each.arrivals) for each in asked))
    open_ = [
        (each, since)
        for each in asked
        if (since := _let_in_since(reading, each, asked, mapping, filtering)) is not None
    ]
    refusing = sum(_is_refused_since(each, since) for each, since in open_)
    if refusing and _is_short_of_ports(reading):
        why = "what was sent there was refused, but so was what other ports sent to a server that answers"
        return unknown(why, tests=refusing)
    if refusing:
        why = "what was sent to our own external address could not be delivered, we were told"
        return known(Hairpinning.NONE, why, tests=refusing)
    silent = sum(_unanswered_since(each, since) for each, since in open_)
    if not loss.rules_out(silent):
        return unknown("too little was sent, or our own filter kept it out", tests=len(asked))
    why = (
        f"{silent} packets to our own external address did not come back: there is no hairpinning,"
        " or the internal source is kept, which this machine's own kernel would drop"
    )
    left = (Hairpinning.NONE, Hairpinning.INTERNAL_SOURCE)
    return unknown(why, tests=len(open_), possible=left)


def _arrived(reading: Reading, transaction: Transaction) -> Iterable[Hairpinning]:
    """What the sources of what came back are; one that is neither is a stranger's doing."""
    local = reading.local(transaction)
    external = _external(reading, transaction.socket)
    for arrival in transaction.arrivals:
        if arrival.socket == transaction.socket:
            continue
        if local is not None and arrival.source.host == local.host:
            yield Hairpinning.INTERNAL_SOURCE
        elif _is_outside(arrival, transaction, external):
            yield Hairpinning.EXTERNAL_SOURCE


def _is_outside(arrival: Arrival, transaction: Transaction, external: Address | None) -> bool:
    hosts = {transaction.target.host} | ({external.host} if external else set())
    return arrival.source.host in hosts


def _external(reading: Reading, socket: int) -> Address | None:
    for each in reading.from_socket(socket):
        seen = reading.sighting(each)
        if seen is not None and each.purpose is Purpose.HAIRPIN_LEARN:
            return seen.mapped
    return None


def _is_refused_since(transaction: Transaction, since: float) -> bool:
    """Whether more was refused than had been sent before, so that no filter did it."""
    before = sum(sent < since for sent in transaction.sent)
    return len(transaction.refused) > before and not transaction.arrivals


def _is_short_of_ports(reading: Reading) -> bool:
    """Whether some port of ours is refused where another one is answered.

    A NAT that has no port to spare refuses whatever needs another one, a hairpin like anything else.
    """
    plain = [each for each in reading.transactions if is_plain(each) and not each.padding]
    answering = {each.target for each in plain if reading.genuine(each)}
    return any(each.refused and not each.answers and each.target in answering for each in plain)


def _unanswered_since(transaction: Transaction, since: float) -> int:
    return sum(sent >= since for sent in transaction.sent) if unanswered(transaction) else 0


def _let_in_since(
    reading: Reading,
    transaction: Transaction,
    asked: Sequence[Transaction],
    mapping: Finding[Dependence],
    filtering: Finding[Dependence],
) -> float | None:
    """From when the receiver's filter lets it in, so that silence is the hairpinning's; None: never."""
    if filtering.value is _EI:
        return transaction.sent[0]
    source = _external(reading, transaction.socket)
    if source is None or mapping.value is not _EI:
        return None
    receivers = {
        each.socket
        for each in reading.transactions
        if each.purpose is Purpose.HAIRPIN_LEARN
        and each.socket != transaction.socket
        and (seen := reading.sighting(each)) is not None
        and seen.mapped == transaction.target
    }
    opened = [each.sent[0] for each in asked if each.socket in receivers and each.target == source]
    return min(opened) + _ON_ITS_WAY if opened else None
