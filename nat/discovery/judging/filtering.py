"""Whom the NAT lets in (RFC 4787 §5): an answer that came proves much, silence only if it is long."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from nat.choices import Dependence
from nat.discovery.findings import Finding, known, not_tested, unknown
from nat.discovery.judging.reading import Reading, answered_from, is_plain, plural
from nat.discovery.judging.silence import Loss, unanswered
from nat.discovery.judging.trust import Trust, Trusts
from nat.discovery.transactions import Purpose, Transaction
from stunwire import Address

_EI, _AD, _APD = Dependence
_ASKING: Final = frozenset({Purpose.FILTERING_II, Purpose.FILTERING_III})


@dataclass(slots=True)
class Knock:
    """What became of packets from one kind of stranger.

    Attributes:
        passed: how many tests were answered.
        silent: how many transmissions were not, though all was well before and after.
        tests: in how many tests.
        servers: from whom.
        unsure: why silence was not counted.
    """

    passed: int = 0
    silent: int = 0
    tests: int = 0
    servers: set[str] = field(default_factory=set)
    unsure: list[str] = field(default_factory=list)

    def is_out(self, loss: Loss) -> bool:
        """Whether it was kept out, rather than lost."""
        return loss.rules_out(self.silent)


def judge_filtering(
    reading: Reading, transactions: Iterable[Transaction], trusts: Trusts, loss: Loss
) -> Finding[Dependence]:
    """Find out whose packets are let in."""
    asked = [each for each in transactions if each.purpose in _ASKING and not is_plain(each)]
    if not asked:
        return _not_asked(trusts)
    stranger, neighbour = Knock(), Knock()
    for each in asked:
        source = reading.expected_source(each)
        if source is None or source in (contacted := reading.contacted(each)):
            continue
        known_host = source.host in {target.host for target in contacted}
        _knock(reading, each, trusts.get(each.server), neighbour if known_host else stranger)
    return _conclude(stranger, neighbour, loss, trusts)


def _not_asked(trusts: Trusts) -> Finding[Dependence]:
    heard = [each for each in trusts.values() if each.answers]
    if not heard:
        return not_tested("no server answered")
    reasons = [_excuse(each) for each in heard]
    return not_tested(f"no server could test it: {'; '.join(filter(None, reasons))}".rstrip(": "))


def _excuse(trust: Trust) -> str:
    reason = next(iter([*trust.lies, *trust.faults]), trust.cannot)
    return f"{trust.name}: {reason}" if reason else ""


def _knock(reading: Reading, transaction: Transaction, trust: Trust | None, knock: Knock) -> None:
    """Count one test, if it says anything."""
    source = reading.expected_source(transaction)
    if trust is None or source is None or not trust.is_believed or _is_stale(reading, transaction):
        return
    since = reading.contacted_since(transaction, source)
    if any(answer.at < since for answer in answered_from(transaction, source)):
        knock.passed += 1
        knock.tests += 1
        knock.servers.add(transaction.server)
        return
    reason = _why_silence_says_nothing(reading, transaction, trust, source)
    if reason:
        knock.unsure.append(reason)
        return
    knock.silent += unanswered(transaction)
    knock.tests += 1
    knock.servers.add(transaction.server)


def _why_silence_says_nothing(
    reading: Reading, transaction: Transaction, trust: Trust, source: Address
) -> str:
    if not trust.tests_filtering:
        return f"{trust.name} cannot test it: {_excuse(trust).removeprefix(f'{trust.name}: ')}"
    if any(answer.error is not None for answer in transaction.answers):
        return f"{trust.name} refused to test it"
    if any(answered_from(transaction, source)):
        return "an answer came so late that its way in had been opened by then"
    honoured = trust.changes_ip if transaction.change_ip else trust.changes_port or trust.changes_ip
    if not honoured:
        return f"nothing shows that {trust.name} answers from elsewhere at all"
    if transaction.abandoned or transaction.failure:
        return transaction.failure or "the diagnosis ended before the last wait was over"
    if not _is_framed(reading, transaction):
        return f"{trust.name} was not heard from both before and after the silence"
    return ""


def _is_framed(reading: Reading, transaction: Transaction) -> bool:
    """Whether the same port got plain answers before and after, at the same external address."""
    before, after = [], []
    for each in reading.from_socket(transaction.socket):
        if each.target != transaction.target:
            continue
        seen = reading.sighting(each)
        if seen is None:
            continue
        if reading.genuine(each)[0].at <= transaction.sent[0]:
            before.append(seen.mapped)
        elif each.sent[0] >= transaction.sent[-1]:
            after.append(seen.mapped)
    return bool(before and after) and len({*before, *after}) == 1


def _is_stale(reading: Reading, transaction: Transaction) -> bool:
    """Whether its local address had been used before: what that one did may live on in the NAT."""
    local = reading.local(transaction)
    return local is not None and any(
        socket.local == local
        and number != transaction.socket
        and socket.transport is reading.transport(transaction)
        and any(each.sent[0] < transaction.sent[-1] for each in reading.from_socket(number))
        for number, socket in reading.sockets.items()
    )


def _conclude(stranger: Knock, neighbour: Knock, loss: Loss, trusts: Trusts) -> Finding[Dependence]:
    kept_out, let_in = stranger.is_out(loss), neighbour.passed > 0
    shut = neighbour.is_out(loss)
    tests = stranger.tests + neighbour.tests
    if (stranger.passed and (kept_out or shut)) or (let_in and shut):
        return unknown("who was let in once was kept out at another time", tests=tests)
    servers = len(stranger.servers | neighbour.servers)
    if stranger.passed:
        why = "an answer from an address to which nothing had been sent came in"
        return known(_EI, why, tests=stranger.passed + neighbour.passed, servers=servers)
    if kept_out and let_in:
        why = (
            f"an answer from another port of a known address came in, and {stranger.silent}"
            " answers from another address did not"
        )
        return known(_AD, why, tests=tests, servers=servers)
    if kept_out and shut:
        why = (
            f"{stranger.silent} answers from another address and {neighbour.silent} from another"
            " port did not come in, while others did before and after"
        )
        return known(_APD, why, tests=tests, servers=servers)
    return _undecided(stranger, neighbour, loss, trusts)


def _undecided(
    stranger: Knock, neighbour: Knock, loss: Loss, trusts: Trusts
) -> Finding[Dependence]:
    if neighbour.passed:
        possible: tuple[Dependence, ...] = (_EI, _AD)
    elif neighbour.is_out(loss):
        possible = (_APD,)  # who keeps out known addresses keeps out strangers
    elif stranger.is_out(loss):
        possible = (_AD, _APD)
    else:
        possible = ()
    tests = stranger.tests + neighbour.tests
    why = _why(stranger, neighbour, loss, trusts)
    if len(possible) == 1:
        return known(
            possible[0],
            "answers from another port of a known address did not come in",
            tests=tests,
            servers=len(neighbour.servers),
        )
    return unknown(why, tests=tests, possible=possible)


def _why(stranger: Knock, neighbour: Knock, loss: Loss, trusts: Trusts) -> str:
    for reason in [*stranger.unsure, *neighbour.unsure]:
        return reason
    silent: Sequence[int] = [each.silent for each in (stranger, neighbour) if each.silent]
    if silent:
        share = f", and {loss.share:.0%} are lost here" if loss.lost and loss.share else ""
        return f"only {plural(min(silent), 'answer')} stayed away{share}: that may be loss"
    reasons = "; ".join(filter(None, (_excuse(each) for each in trusts.values())))
    return f"no server could test it: {reasons}" if reasons else "no server could test it"
