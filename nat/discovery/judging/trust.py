"""Which servers can be believed: each is held against what was seen of it, and against the others."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nat.discovery.judging.reading import (
    Reading,
    Sighting,
    answered_from,
    is_plain,
    parsed,
    shows_another_port,
)
from nat.discovery.judging.silence import Loss, unanswered
from nat.discovery.transactions import Purpose, Transaction, Transport
from stunwire import Address, Family

_AT_ONCE = 1.0
"""Seconds within which two mappings have no address in common: the one has not ended so soon that the other got it."""
_ALL = 3
"""Ports of ours that a server sees at the one address at which it sees everybody."""
_MAJORITY = 2
_UNSUPPORTED = 420


@dataclass(slots=True)
class Trust:
    """What is to be thought of one server, asked over one transport and family.

    Attributes:
        name: of it.
        answers: how many transactions it answered.
        lies: why nothing that it says counts; empty where no lie was found.
        faults: why its filtering tests do not count.
        cannot: why it cannot test filtering at all, though it does not claim to.
        changes_ip: whether it really answers from its other address: None where nobody knows.
        changes_port: the same for the other port.
        alternate_alive: whether its other address answers, and names the first one as its other.
        doubts: why it may be lying, where the NAT may as well be to blame.
    """

    name: str
    answers: int = 0
    lies: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    cannot: str = ""
    changes_ip: bool | None = None
    changes_port: bool | None = None
    alternate_alive: bool = False
    doubts: list[str] = field(default_factory=list)

    @property
    def is_believed(self) -> bool:
        """Whether the addresses that it tells count."""
        return not self.lies

    @property
    def tests_filtering(self) -> bool:
        """Whether nothing speaks against its filtering tests."""
        return not (self.lies or self.faults or self.cannot)


Trusts = dict[str, Trust]


def weigh(reading: Reading, family: Family, transport: Transport, loss: Loss) -> Trusts:
    """Hold every server of a family and a transport against what was seen."""
    by_name: dict[str, list[Transaction]] = defaultdict(list)
    for each in reading.of(family, transport):
        if each.server:
            by_name[each.server].append(each)
    trusts = {name: Trust(name) for name in by_name}
    for name, transactions in by_name.items():
        _weigh_alone(reading, transactions, trusts[name])
    _compare(reading, by_name, trusts)
    for name, transactions in by_name.items():
        _weigh_changes(reading, transactions, trusts[name], loss)
    return trusts


_FIRST = frozenset({Purpose.MAPPING_I, Purpose.FILTERING_I})
"""Tests that ask the address by which a server is known."""


def _weigh_alone(reading: Reading, transactions: Sequence[Transaction], trust: Trust) -> None:
    for each in transactions:
        trust.answers += bool(reading.genuine(each))
        for lie in _lies_of(reading, each):
            if lie not in trust.lies:
                trust.lies.append(lie)
    lie = _one_for_two(reading.sightings(transactions))
    if lie:
        trust.lies.append(lie)
    _weigh_other(reading, transactions, trust)


def _lies_of(reading: Reading, transaction: Transaction) -> list[str]:
    """What an answer says that cannot be."""
    lies = []
    for answer in transaction.answers:
        if answer.socket != transaction.socket or answer.error is not None:
            continue
        stray = is_plain(transaction) and answer.source != transaction.target
        if stray and answer.source.host == transaction.target.host:
            lies.append(f"it was asked at {transaction.target} and answered from {answer.source}")
        origin = answer.origin
        disagree = origin is not None and origin.family is answer.source.family
        if disagree and origin != answer.source and not shows_another_port(transaction, answer):
            assert origin is not None
            lies.append(
                f"it says that it answers from {_said(origin)}, and does from"
                f" {_said(answer.source)} (RFC 5780 §7.3)"
            )
        mapped = answer.xor_mapped
        if mapped is not None and not _can_be(mapped, reading.local(transaction), answer.source):
            lies.append(f"it says that it sees us at {_said(mapped)}, which cannot be")
    return lies


def _said(address: Address) -> str:
    host = f"[{address.host}]" if address.family is Family.IPV6 else address.host
    return f"{host}:{address.port}"


def _can_be(mapped: Address, local: Address | None, source: Address) -> bool:
    host = parsed(mapped.host)
    if host is None or not 0 < mapped.port < 65536:
        return False
    if mapped.family is Family.IPV6 and source.family is Family.IPV4:
        return False  # the reverse is NAT64's way (RFC 6146)
    if host.is_unspecified or host.is_multicast:
        return False
    return (
        not host.is_loopback or local is None or local.host.startswith("127.") or ":" in local.host
    )


def _one_for_two(sightings: Sequence[Sighting]) -> str:
    """Two ports of ours that are open together never have one external address at one target.

    One after the other they may: a mapping ends, and another one is given what it had.
    """
    seen: dict[Address, dict[Address, dict[Address, float]]] = defaultdict(dict)
    for each in sightings:
        if each.local is None:
            continue
        times = seen[each.target].setdefault(each.mapped, {})
        together = (abs(at - each.by) < _AT_ONCE for own, at in times.items() if own != each.local)
        if any(together):
            return f"it saw two of our ports at the one address {_said(each.mapped)}"
        times[each.local] = each.by
    for addresses in seen.values():
        ((mapped, times), *others) = addresses.items()
        if not others and len(times) >= _ALL:
            return f"it saw {len(times)} of our ports at the one address {_said(mapped)}"
    return ""


def _weigh_other(reading: Reading, transactions: Sequence[Transaction], trust: Trust) -> None:
    """OTHER-ADDRESS (RFC 5780 §7.4) has to be another one."""
    answered = [each for each in transactions if reading.genuine(each)]
    named = {
        (each.target, other)
        for each in answered
        for other in reading.others(each.server, each.target)
    }
    if answered and not named:
        trust.cannot = "it names no second address (RFC 5780 §7.4)"
    asked_first = {each.target for each in answered if each.purpose in _FIRST}
    for target, other in sorted(named):
        if target not in asked_first:
            continue  # some servers, coturn among them, name the same one wherever they are asked
        if len(reading.others(trust.name, target)) > 1:
            _add(trust.faults, "it names one second address now and another then")
        elif other.family is not target.family:
            _add(trust.faults, f"its second address, {_said(other)}, is of another family")
        elif other.host == target.host:
            _add(trust.faults, f"it calls {_said(other)} its second address, which is the first")
        elif other.port == target.port:
            _add(trust.faults, f"its second address, {_said(other)}, has the first one's port")
    trust.alternate_alive = any((other, target) in named for target, other in named)


def _add(words: list[str], text: str) -> None:
    if text not in words:
        words.append(text)


def _compare(
    reading: Reading, by_name: dict[str, list[Transaction]], trusts: dict[str, Trust]
) -> None:
    """Hold what one server sees against what the others see."""
    hosts = {
        name: {each.mapped.host for each in reading.sightings(transactions)}
        for name, transactions in by_name.items()
        if trusts[name].is_believed
    }
    hosts = {name: seen for name, seen in hosts.items() if seen}
    for name, seen in hosts.items():
        rest = [others for other, others in hosts.items() if other != name]
        common = set().union(*rest)
        if len(rest) >= _MAJORITY and len(common) == 1 and not seen & common:
            trusts[name].lies.append(
                f"it sees us at {', '.join(sorted(seen))}, and {len(rest)} others at {min(common)}"
            )
    _find_fickle(reading, by_name, trusts)


def _find_fickle(
    reading: Reading, by_name: dict[str, list[Transaction]], trusts: dict[str, Trust]
) -> None:
    """Who sees one port at two addresses is fickle; where others are not, it is no NAT's fault.

    It may be, where that is so of ports alone that had sent to others as well: some NATs map anew then.
    """
    fickle, steady, excused = set(), set(), set()
    for name, transactions in by_name.items():
        seen: dict[tuple[int, Address], set[Address]] = defaultdict(set)
        counts: dict[tuple[int, Address], int] = defaultdict(int)
        for each in reading.sightings(transactions):
            for mapped in _all_mapped(reading, each.transaction):
                seen[each.socket, each.target].add(mapped)
                counts[each.socket, each.target] += 1
        moved = {key[0] for key, mapped in seen.items() if len(mapped) > 1}
        kept = {key[0] for key, count in counts.items() if count > 1} - moved
        if moved:
            fickle.add(name)
            if any(_is_faithful(reading, each) for each in kept) and not any(
                _is_faithful(reading, each) for each in moved
            ):
                excused.add(name)
        elif any(count > 1 for count in counts.values()):
            steady.add(name)
    for name in sorted(fickle & trusts.keys()):
        words = "it sees one port of ours at one address now and at another then"
        if steady and name not in excused:
            _add(trusts[name].lies, f"{words}, and {min(steady)} does not")
        else:
            _add(trusts[name].doubts, words)


def _is_faithful(reading: Reading, socket: int) -> bool:
    """Whether a port had to do with one server's one address until it was seen twice."""
    asked = [
        each for each in reading.from_socket(socket) if each.purpose is not Purpose.FILTERING_OPEN
    ]
    return len({each.target for each in asked}) == 1


def _all_mapped(reading: Reading, transaction: Transaction) -> Iterable[Address]:
    return [each.xor_mapped for each in reading.genuine(transaction) if each.xor_mapped is not None]


def _weigh_changes(
    reading: Reading, transactions: Sequence[Transaction], trust: Trust, loss: Loss
) -> None:
    """CHANGE-REQUEST (RFC 5780 §7.2) has to be obeyed, or refused."""
    silent_ip = silent_port = 0
    knows_response_port = any(map(_obeys_response_port, transactions))
    for each in transactions:
        if is_plain(each) or not (each.change_ip or each.change_port):
            continue
        _weigh_refusal(each, trust)
        expected = reading.expected_source(each)
        if expected is None:
            continue
        if any(answered_from(each, expected)):
            trust.changes_ip = True if each.change_ip else trust.changes_ip
            trust.changes_port = True if each.change_port else trust.changes_port
        elif each.response_port is not None and not knows_response_port:
            continue  # it may have dropped what it does not know, or answered to another port
        elif has_to_pass(reading, each) and not each.answers:
            silent_ip += unanswered(each) * each.change_ip
            silent_port += unanswered(each) * (each.change_port and not each.change_ip)
    if trust.changes_ip is None and loss.rules_out(silent_ip):
        trust.changes_ip = False
        _add(
            trust.faults,
            "it does not answer from its second address, even where it would be let in",
        )
    if trust.changes_port is None and loss.rules_out(silent_port):
        trust.changes_port = False
        _add(trust.faults, "it does not answer from its second port, even where it would be let in")


def _weigh_refusal(transaction: Transaction, trust: Trust) -> None:
    for answer in transaction.answers:
        if answer.socket != transaction.socket:
            continue
        if answer.error == _UNSUPPORTED and transaction.response_port is None:
            trust.cannot = "it refuses CHANGE-REQUEST (420)"
        elif answer.error is None and answer.source == transaction.target:
            _add(
                trust.faults,
                "it was asked to answer from elsewhere and answered from where it was"
                " asked (RFC 5780 §7.2)",
            )


def _obeys_response_port(transaction: Transaction) -> bool:
    """Whether an answer went to a port of ours that had not asked (RFC 5780 §7.5)."""
    return transaction.response_port is not None and any(
        each.socket != transaction.socket and each.error is None for each in transaction.answers
    )


def has_to_pass(reading: Reading, transaction: Transaction) -> bool:
    """Whether no NAT stops the answer, because it comes to a mapping that has sent to its source.

    That is so if the address that was seen from the source is the one to which the answer goes:
    the one that was seen at the target, with RESPONSE-PORT's port.
    """
    source = reading.expected_source(transaction)
    if source is None:
        return False
    there = _mapping_towards(reading, transaction, source)
    here = _mapping_towards(reading, transaction, transaction.target)
    if there is None or here is None:
        return False
    port = transaction.response_port if transaction.response_port is not None else here.port
    return Address(here.host, port) == there


def _mapping_towards(reading: Reading, transaction: Transaction, target: Address) -> Address | None:
    """The last that was seen of the same socket at a target before this was asked."""
    found = None
    for each in reading.from_socket(transaction.socket):
        if each.target == target and each.sent[0] <= transaction.sent[0]:
            seen = reading.sighting(each)
            found = seen.mapped if seen else found
    return found
