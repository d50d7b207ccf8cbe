"""What RFC 4787 leaves open, and hole punching depends on: filter scope, sessions, the Linux clash."""

from collections.abc import Iterable, Iterator

from nat.choices import Dependence, FilterScope, Sessions
from nat.discovery.findings import Finding, known, not_tested, unknown
from nat.discovery.judging.reading import Reading, answered_from
from nat.discovery.judging.silence import Loss, unanswered
from nat.discovery.judging.trust import Trusts, has_to_pass
from nat.discovery.transactions import Purpose, Transaction

_EI, _, _APD = Dependence
_NO_MATTER = "it makes no difference where all targets see one port"
_SEVERAL = 2
"""Ports of ours at which a new external port was seen: one may have been lost and made anew by accident."""
_ONCE = "a new port was seen once, which may be that the old one had been lost"
_OPEN = "it makes no difference where strangers are let in"


def judge_scope(
    reading: Reading,
    transactions: Iterable[Transaction],
    trusts: Trusts,
    loss: Loss,
    mapping: Finding[Dependence],
    filtering: Finding[Dependence],
) -> Finding[FilterScope]:
    """Find out to what a filter belongs (RFC 4787 §5): the mapping, or the port inside."""
    if mapping.value is _EI:
        return not_tested(_NO_MATTER)
    if filtering.value is _EI:
        return not_tested(_OPEN)
    if not (mapping.is_known and filtering.is_known):
        return unknown("mapping or filtering is not known")
    passed = silent = 0
    for each in transactions:
        trust = trusts.get(each.server)
        if trust is None or not trust.tests_filtering or not _goes_to_another(reading, each):
            continue
        source = reading.expected_source(each)
        if source and any(answered_from(each, source)):
            passed += 1
        elif trust.changes_ip and not each.answers:
            silent += unanswered(each)
    if passed:
        why = "an answer came in at one mapping after another of the same port had sent there"
        return known(FilterScope.ENDPOINT, why, tests=passed)
    if loss.rules_out(silent):
        why = "that another mapping of the same port had sent there did not let an answer in"
        return known(FilterScope.MAPPING, why, tests=silent)
    return unknown("nothing was asked that would tell, or too little") if silent else not_tested()


def _goes_to_another(reading: Reading, transaction: Transaction) -> bool:
    """Whether the answer goes to one mapping and its source was contacted through another."""
    if transaction.purpose is not Purpose.FILTERING_CONTROL or not transaction.change_ip:
        return False
    if transaction.response_port is not None:
        return False
    source = reading.expected_source(transaction)
    contacted = source is not None and source in reading.contacted(transaction)
    return contacted and not has_to_pass(reading, transaction)


def judge_sessions(
    reading: Reading,
    transactions: Iterable[Transaction],
    trusts: Trusts,
    mapping: Finding[Dependence],
) -> Finding[Sessions]:
    """Find out whether an inbound packet fixes the way back, as in Linux.

    It would come of another port than its own where the way there is that of another mapping already: a
    session has one way back (and Linux shows the inside a source port that nobody has).
    """
    if mapping.value is _EI:
        return not_tested(_NO_MATTER)
    seen = list(_ways_back(reading, transactions, trusts, mapping))
    if not mapping.is_known or not seen:
        return not_tested("no stranger came in, to whom something could have been sent")
    if len(set(seen)) > 1:
        return unknown("it was once so and once not", tests=len(seen))
    if seen[0]:
        why = "who had come in was answered from the port at which it came"
        return known(Sessions.CONNTRACK, why, tests=len(seen))
    if len(seen) < _SEVERAL:
        return unknown(_ONCE, tests=len(seen))
    why = "who had come in could be answered from another port than that"
    return known(Sessions.NONE, why, tests=len(seen))


def _ways_back(
    reading: Reading,
    transactions: Iterable[Transaction],
    trusts: Trusts,
    mapping: Finding[Dependence],
) -> Iterator[bool]:
    """For each port at which somebody came in: whether the way back is from there."""
    for each in _believed(transactions, trusts):
        if each.purpose is Purpose.FILTERING_OPEN and _was_answered_from(reading, each):
            if each.target.host in _first_hosts(reading, each) and mapping.value is not _APD:
                continue  # all ports of an address see one port in any case
            told = _is_seen_as_before(reading, each)
            if told is not None:
                yield told
        elif _goes_to_another(reading, each) and (source := reading.expected_source(each)):
            yield from {one.source != source for one in answered_from(each, source)}


def judge_clashes(
    reading: Reading,
    transactions: Iterable[Transaction],
    trusts: Trusts,
    mapping: Finding[Dependence],
    filtering: Finding[Dependence],
) -> Finding[bool]:
    """Find out whether a packet that was not let in has taken the port, as in Linux."""
    if mapping.value is not _EI:
        return not_tested("it shows only where all targets see one port")
    seen = [
        told
        for each in _believed(transactions, trusts)
        if each.purpose is Purpose.FILTERING_OPEN
        and trusts[each.server].changes_ip
        and _was_kept_out(reading, each)
        and (told := _is_seen_as_before(reading, each)) is not None
    ]
    if not seen or filtering.value is _EI:
        return not_tested("no stranger was kept out, to whom something could have been sent")
    if _EI in filtering.candidates(Dependence):
        return unknown("whether a stranger was kept out, or only lost, is not known")
    if seen.count(False) >= _SEVERAL:
        why = "to who had been kept out, we then spoke from a new port"
        return known(value=True, why=why, tests=seen.count(False))
    if False in seen:
        return unknown(_ONCE, tests=len(seen))
    why = "to who had been kept out, we then spoke from the same port"
    return known(value=False, why=why, tests=len(seen))


def _believed(transactions: Iterable[Transaction], trusts: Trusts) -> Iterator[Transaction]:
    """Those with servers whose word can be taken for how they saw us."""
    for each in transactions:
        trust = trusts.get(each.server)
        if trust is not None and trust.is_believed and not trust.doubts:
            yield each


def _first_hosts(reading: Reading, opening: Transaction) -> set[str]:
    """Whom the port had asked before it asked for answers from elsewhere."""
    return {each.target.host for each in _tests_before(reading, opening)}


def _tests_before(reading: Reading, opening: Transaction) -> list[Transaction]:
    """The tests that made the server send from there to where this goes."""
    return [
        each
        for each in reading.from_socket(opening.socket)
        if each.purpose in {Purpose.FILTERING_II, Purpose.FILTERING_III}
        and each.sent[0] <= opening.sent[0]
        and reading.expected_source(each) == opening.target
    ]


def _was_answered_from(reading: Reading, opening: Transaction) -> bool:
    tests = _tests_before(reading, opening)
    return any(
        answer.at < opening.sent[0]
        for each in tests
        for answer in answered_from(each, opening.target)
    )


def _was_kept_out(reading: Reading, opening: Transaction) -> bool:
    tests = _tests_before(reading, opening)
    return bool(tests) and not any(each.answers for each in tests)


def _is_seen_as_before(reading: Reading, opening: Transaction) -> bool | None:
    """Whether the mapping is the one that filtering I saw."""
    now = reading.sighting(opening)
    tests = _tests_before(reading, opening)
    before = (
        {
            seen.mapped
            for each in reading.from_socket(opening.socket)
            if each.target == tests[-1].target and (seen := reading.sighting(each))
        }
        if tests
        else set()
    )
    if now is None or len(before) != 1:
        return None
    return now.mapped in before
