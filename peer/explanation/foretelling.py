"""What the diagnoses of both sides foretold beside what came, in a sentence, and why the two may differ.

Nothing of `peer` loads this but who has such diagnoses.
"""

import enum
from dataclasses import dataclass
from typing import Final

from nat.discovery.prediction import Certainty, Path, Prediction, predict
from nat.discovery.report import Report
from peer.explanation import addresses
from peer.explanation.addresses import Kind
from peer.explanation.diagnosed import Agreement, Diagnosis, Foretold
from peer.explanation.diagnoses import report_of
from peer.explanation.evidence import HOST, RELAYED, Evidence, is_direct, worked
from peer.explanation.findings import Certainty as Sureness
from peer.explanation.findings import Side, Verdict
from peer.explanation.networks import had_its_time
from peer.explanation.verdict import kind_of
from peer.explanation.weighing import Weighed


class _Came(enum.Enum):
    """What has come of it."""

    DIRECT = "it came directly"
    RELAYED = "it came through a relay"
    NONE = "no path came up"
    NOTHING = "nothing has come of it so far"


@dataclass(frozen=True, slots=True)
class _Case:
    evidence: Evidence
    weighed: Weighed
    prediction: Prediction
    came: _Came


_WORDS: Final = {
    Path.SAME_NETWORK: "a direct path in the same network",
    Path.HAIRPIN: "a path through the NAT that both are behind",
    Path.IPV6: "a direct path over IPv6",
    Path.DIRECT: "a direct path",
    Path.RELAY: "that they need a relay",
    Path.NONE: "no path",
}


def foretell(
    evidence: Evidence, weighed: Weighed, found: Verdict, diagnoses: tuple[Diagnosis, Diagnosis]
) -> Foretold:
    """Hold the prediction of two diagnoses against what came.

    Args:
        evidence: What ICE saw.
        weighed: What of the diagnoses goes with it.
        found: What has come of the connection.
        diagnoses: The reports of this side, and of the remote's.
    """
    reports = (report_of(diagnoses[0]), report_of(diagnoses[1]))
    prediction = _predict(*reports)
    case = _Case(evidence, weighed, prediction, _came(evidence, found))
    agreement = _agreement(case)
    return Foretold(
        prediction.path.value, prediction.certainty.value, agreement, _sentence(case, agreement)
    )


def _predict(local: Report, remote: Report) -> Prediction:
    """What is foretold whoever of the two has called: the less sure."""
    either = (predict(local, remote), predict(remote, local))
    return max(either, key=lambda each: tuple(Certainty).index(each.certainty))


def _came(evidence: Evidence, found: Verdict) -> _Came:
    """A path that was lost later had come nevertheless."""
    if evidence.selected is not None:
        direct = kind_of(evidence.selected) is Verdict.DIRECT
        return _Came.DIRECT if direct else _Came.RELAYED
    return _Came.NONE if found is Verdict.FAILED else _Came.NOTHING


def _agreement(case: _Case) -> Agreement:
    if case.came is _Came.NOTHING or case.prediction.certainty is Certainty.UNCERTAIN:
        return Agreement.OPEN
    if case.prediction.path is Path.NONE:
        agrees = case.came is _Came.NONE
    elif case.prediction.path is Path.RELAY:
        agrees = case.came is _Came.RELAYED or _lacked_a_relay(case)
    elif case.came is _Came.RELAYED and _goes_on(case.evidence):
        return Agreement.OPEN
    else:
        agrees = case.came is _Came.DIRECT
    return Agreement.AGREES if agrees else Agreement.DIFFERS


def _goes_on(evidence: Evidence) -> bool:
    """Whether a direct pair may still take the place of a relayed one."""
    return any(
        is_direct(pair)
        and pair.first_request_at is not None
        and not (worked(pair) or had_its_time(evidence, pair))
        for pair in evidence.pairs
    )


def _lacked_a_relay(case: _Case) -> bool:
    """A relay is needed, and nobody had one."""
    if case.prediction.path is not Path.RELAY or case.came is not _Came.NONE:
        return False
    return not any(one.hosts(RELAYED) for one in (case.evidence.local, case.evidence.remote))


def _sentence(case: _Case, agreement: Agreement) -> str:
    words = _WORDS[case.prediction.path]
    came = case.came.value
    both = f"The two diagnoses{_ages(case.weighed)}"
    match case.prediction.certainty:
        case Certainty.UNCERTAIN:
            other = case.prediction.otherwise
            opened = words if other is None else f"{words} and {_WORDS[other]}"
            start = f"{both} left {opened} open ({_reason(case.prediction)})"
        case Certainty.LIKELY if case.prediction.path not in {Path.RELAY, Path.NONE}:
            start = f"{both} foretold {words} as very likely"
        case _:
            start = f"{both} foretold {words}"
    match agreement:
        case Agreement.AGREES if _lacked_a_relay(case):
            return f"{start}, and none was at hand."
        case Agreement.AGREES:
            return f"{start}, and so it came."
        case Agreement.OPEN:
            return f"{start}; {came}."
        case _:
            return f"{start}, but {came}: most likely {_why(case)}."


def _ages(weighed: Weighed) -> str:
    """Which of the two are old."""
    both = zip(("yours", "the remote's"), weighed.diagnoses, strict=True)
    old = [f"{whose} {told.when}" for whose, told in both if told is not None and told.is_old]
    return f" ({', '.join(old)})" if old else ""


def _reason(prediction: Prediction) -> str:
    """Why, with who is who."""
    numbered = "the first" in prediction.reason or "the second" in prediction.reason
    return f"{prediction.reason}; the first is yours" if numbered else prediction.reason


def _why(case: _Case) -> str:
    """Why it came otherwise, the likeliest first."""
    different = [one.side for one in case.weighed.aside if one.certainty is Sureness.MEASURED]
    if different:
        whose = " and ".join("yours" if one is Side.LOCAL else "the remote's" for one in different)
        return f"because what {whose} found does not hold here, as said"
    if any(one.certainty is Sureness.INFERRED for one in case.weighed.aside):
        return "because a network has changed since, or something stands in the way that no diagnosis met"
    if case.came is _Came.DIRECT:
        return _why_direct(case)
    if case.prediction.path is Path.NONE:
        return "because a relay was reached that no diagnosis had tried"
    if case.prediction.path is Path.RELAY:
        return "because the relay was not reached, or does not send to the other side"
    return _why_not_direct(case)


def _why_direct(case: _Case) -> str:
    pair = case.evidence.selected
    assert pair is not None
    host = pair.remote.address[0]
    if addresses.version(host) == 6:
        return "because it goes over IPv6, of which a diagnosis did not know enough"
    if addresses.kind(host) is not Kind.PUBLIC:
        return "because both are in one network, which diagnoses made apart cannot know"
    return "because a network has changed since its diagnosis"


def _why_not_direct(case: _Case) -> str:
    sent = case.evidence.local.candidates
    if sent and all(one.type is RELAYED for one in sent):
        return "because this side has relayed candidates alone"
    told = case.evidence.remote.candidates
    if told and all(one.type is RELAYED for one in told):
        return "because the remote has told relayed candidates alone"
    if all(one.type in {HOST, RELAYED} for one in (*sent, *told)):
        return "because neither side was told its public address by a STUN server"
    if not any(one.requests_received or one.responses_received for one in case.evidence.pairs):
        return "because the remote was not there, or a firewall that no diagnosis met keeps it out"
    if case.prediction.certainty is Certainty.LIKELY:
        return f"because of what made it no more than likely: {_reason(case.prediction)}"
    return "because a packet was lost or came too early, or a firewall that no diagnosis met is in the way"
