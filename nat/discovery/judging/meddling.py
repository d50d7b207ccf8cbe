"""What is done to what packets carry, and to packets in pieces (RFC 4787 §7, §11)."""

from collections.abc import Iterable, Sequence
from typing import Final

from nat.discovery.findings import Finding, known, not_tested, unknown
from nat.discovery.judging.reading import Reading
from nat.discovery.judging.silence import Loss, unanswered
from nat.discovery.judging.trust import Trusts
from nat.discovery.transactions import Purpose, Transaction
from stunwire import Family

_UNSUPPORTED: Final = 420
_SMALLEST_MTU: Final = {Family.IPV4: 1500, Family.IPV6: 1500}
_SEVERAL: Final = 2


def judge_alg(
    reading: Reading, transactions: Iterable[Transaction], trusts: Trusts
) -> Finding[bool]:
    """Find out whether addresses in payloads are rewritten (RFC 5780 §4.8)."""
    same = other = 0
    servers, odd = set(), False
    for each in transactions:
        trust = trusts.get(each.server)
        if trust is None or not trust.is_believed:
            continue
        for answer in reading.genuine(each):
            if answer.mapped is None or answer.xor_mapped is None:
                continue
            servers.add(each.server)
            if answer.mapped == answer.xor_mapped:
                same += 1
            elif answer.mapped == reading.local(each):
                other += 1
            else:
                odd = True
    if odd or (same and other):
        return unknown("plain and masked addresses differ in a way that no ALG makes")
    if other:
        why = "the address in the answer had become our internal one, where it was not masked"
        return known(value=True, why=why, tests=other, servers=len(servers))
    if same:
        why = "plain and masked addresses in the answers were the same"
        return known(value=False, why=why, tests=same, servers=len(servers))
    return not_tested("no server tells its answer both plain and masked")


def judge_fragments(
    reading: Reading, transactions: Sequence[Transaction], trusts: Trusts, loss: Loss
) -> Finding[bool]:
    """Find out whether datagrams in pieces get through, both ways."""
    padded = [
        each for each in transactions if each.purpose is Purpose.FRAGMENTS and each.padding > 0
    ]
    if not padded:
        return not_tested("no server was asked")
    whole = [each for each in padded if any(_in_pieces(reading, each))]
    if whole:
        why = "a request and its answer, both in pieces, got through"
        servers = {each.server for each in whole}
        return known(value=True, why=why, tests=len(whole), servers=len(servers))
    if any(each.answers for each in padded):
        return unknown("requests in pieces get out, but no server has answered in pieces")
    alive = _answering_plainly(reading, transactions)
    silent = [each for each in padded if unanswered(each) and each.server in alive]
    servers = {each.target.host for each in silent}
    behaves = any(trusts[each.server].changes_ip for each in silent if each.server in trusts)
    enough = (
        len(servers) >= _SEVERAL or behaves
    )  # a server that tests NATs knows PADDING, or says so
    if enough and loss.rules_out(sum(unanswered(each) for each in silent)):
        why = "requests in pieces were not answered, while whole ones were"
        return known(value=False, why=why, tests=len(silent), servers=len(servers))
    if silent:
        return unknown(
            "requests in pieces were not answered, which may be the server's doing",
            tests=len(silent),
            possible=(),
        )
    return unknown("the servers did not answer whole requests, either")


def _in_pieces(reading: Reading, transaction: Transaction) -> Iterable[bool]:
    limit = _SMALLEST_MTU[transaction.target.family]
    for answer in reading.genuine(transaction):
        if transaction.padding >= limit - 48 and answer.size + 28 > limit:
            yield True


def _answering_plainly(reading: Reading, transactions: Iterable[Transaction]) -> set[str]:
    return {
        each.server
        for each in transactions
        if each.purpose is Purpose.FRAGMENTS and not each.padding and reading.genuine(each)
    }
