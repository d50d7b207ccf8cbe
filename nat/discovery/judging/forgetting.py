"""Whether an ICMP error ends a mapping (RFC 4787 REQ-12), as far as one that was provoked tells."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from nat.choices import Dependence
from nat.discovery.findings import Finding, known, not_tested, unknown
from nat.discovery.judging.reading import Reading
from nat.discovery.transactions import Purpose, Transaction

_APD = Dependence.ADDRESS_AND_PORT_DEPENDENT
_OURS = frozenset(
    {Purpose.ERROR_OPEN, Purpose.ERROR_PROVOKE, Purpose.ERROR_ASK, Purpose.ERROR_AGAIN}
)


def judge_forgetting(
    reading: Reading, transactions: Iterable[Transaction], mapping: Finding[Dependence]
) -> Finding[bool]:
    """Find out whether a mapping outlived an error that was about it."""
    if mapping.value is _APD:
        return not_tested("an error ends no other mapping where each target has one of its own")
    trials: dict[int, list[Transaction]] = defaultdict(list)
    for each in transactions:
        if each.purpose in _OURS:
            trials[each.trial].append(each)
    if not trials or not mapping.is_known:
        return not_tested()
    found = [_forgot(reading, each) for each in trials.values()]
    ended, outlived = found.count(True), found.count(False)
    if ended and outlived:
        return unknown("a mapping outlived an ICMP error, and another did not", tests=len(found))
    if ended:
        return known(value=True, why="after an ICMP error our mapping was gone", tests=ended)
    if outlived:
        return known(value=False, why="our mapping outlived an ICMP error", tests=outlived)
    return unknown(
        "no ICMP error came for what was sent to a closed port: the server sends none, or the NAT"
        " lets none in"
        if not any(map(_was_told, trials.values()))
        else "whether a mapping outlived an ICMP error, or was made anew, did not show",
        tests=len(found),
    )


def _was_told(trial: Sequence[Transaction]) -> bool:
    """Whether an error came for the last packet to a closed port: an earlier one says nothing of what that made."""
    knocks = [each for each in trial if each.purpose is Purpose.ERROR_PROVOKE]
    return bool(knocks) and bool(knocks[-1].refused)


def _forgot(reading: Reading, trial: Sequence[Transaction]) -> bool | None:
    """Whether the mapping of X had ended when X was asked for."""
    knocks = [each for each in trial if each.purpose is Purpose.ERROR_PROVOKE]
    if not knocks:
        return None
    x = knocks[-1].socket
    before, again = (
        [seen for each in trial if (each.purpose, each.socket) == (purpose, x)
         if (seen := reading.sighting(each))]
        for purpose in (Purpose.ERROR_OPEN, Purpose.ERROR_AGAIN)
    )  # fmt: skip
    if before and again and again[0].mapped != before[0].mapped:
        return True
    if not before or not _was_told(trial):
        return None
    asked = [each for each in trial if each.purpose is Purpose.ERROR_ASK]
    answers = [answer for each in asked for answer in each.answers]
    if any(answer.socket == x and answer.error is None for answer in answers):
        return False
    if asked and not answers:
        return None  # lost, or swallowed by the server, or come to a mapping that was gone
    stayed = bool(again) and not again[0].keeps_port  # a new mapping would have another port
    return False if stayed else None
