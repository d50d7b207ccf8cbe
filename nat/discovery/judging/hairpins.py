"""Whether two inside can meet at external addresses (RFC 4787 §6), as far as one machine can see it."""

from collections.abc import Iterable, Sequence

from nat.choices import Dependence, Hairpinning
from nat.discovery.findings import Finding, known, not_tested, unknown
from nat.discovery.judging.reading import Reading
from nat.discovery.judging.silence import Loss, unanswered
from nat.discovery.transactions import Arrival, Purpose, Transaction
from stunwire import Address

_EI, _AD, _APD = Dependence


def judge_hairpinning(
    reading: Reading,
    transactions: Iterable[Transaction],
    loss: Loss,
    mapping: Finding[Dependence],
    filtering: Finding[Dependence],
) -> Finding[Hairpinning]:
    """Find out what becomes of a packet from the inside to an external address."""
    asked = [each for each in transactions if each.purpose is Purpose.HAIRPIN_ASK]
    if not asked:
        return not_tested("no external address was learned to which to send")
    seen = {kind for each in asked for kind in _arrived(reading, each)}
    if len(seen) > 1:
        return unknown("packets came back with the external source and with the internal one")
    if seen:
        kind = seen.pop()
        why = f"a packet to our own external address came back, with the {kind.value}"
        return known(kind, why, tests=sum(bool(each.arrivals) for each in asked))
    open_ = [each for each in asked if _is_let_in(reading, each, asked, mapping, filtering)]
    silent = sum(unanswered(each) for each in open_)
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


def _is_let_in(
    reading: Reading,
    transaction: Transaction,
    asked: Sequence[Transaction],
    mapping: Finding[Dependence],
    filtering: Finding[Dependence],
) -> bool:
    """Whether the receiver's filter lets it in, so that silence is the hairpinning's."""
    if filtering.value is _EI:
        return True
    source = _external(reading, transaction.socket)
    receivers = {
        each.socket
        for each in reading.transactions
        if each.purpose is Purpose.HAIRPIN_LEARN
        and each.socket != transaction.socket
        and (seen := reading.sighting(each)) is not None
        and seen.mapped == transaction.target
    }
    if source is None or not receivers or mapping.value is not _EI:
        return False
    return any(
        each.socket in receivers and each.target == source and each.sent[0] <= transaction.sent[-1]
        for each in asked
    )
