"""From what ICE did to why: one or both sides' reports become an explanation."""

from nat import CandidateType
from peer.explanation import causes, pairs, servers, verdict
from peer.explanation.diagnosed import Diagnosis, Foretold
from peer.explanation.evidence import Evidence, gather
from peer.explanation.findings import (
    CandidateStory,
    Explanation,
    NatStory,
    Possible,
    Side,
    Verdict,
)
from peer.explanation.weighing import NO_DIAGNOSES, Diagnoses, Weighed, weigh
from peer.report import GenerationReport, IceReport, IceState, Outcome

_NOTHING = tuple(
    NatStory(side, present=None, public=(), mapping=Possible(), filtering=Possible())
    for side in (Side.LOCAL, Side.REMOTE)
)


def explain(
    report: IceReport | None,
    remote: IceReport | None = None,
    *,
    diagnosis: Diagnosis | None = None,
    remote_diagnosis: Diagnosis | None = None,
) -> Explanation:
    """Say why a connection took its path, or took none.

    Args:
        report: This side's; `None` where nothing has begun.
        remote: The other side's, where it is at hand: it shows what arrived there. Its times are
            by its own clock.
        diagnosis: A `nat.discovery.Report` of this side's network. It counts as far as it goes with
            what ICE saw; one of another network is set aside, and a finding says so. What one that is
            more than a day old measured is inferred.
        remote_diagnosis: The same of the other side's.

    Raises:
        TypeError: What was given as a diagnosis is no report.
    """
    report = report or IceReport(0.0, (), ())
    evidence = gather(report, remote)
    if evidence is None:
        return _nothing(report)
    found = verdict.verdict(evidence)
    weighed = weigh(evidence, _read(evidence, diagnosis, remote_diagnosis))
    nats = weighed.nats
    tried = pairs.stories(evidence, nats)
    asked = servers.stories(evidence, found)
    whys = causes.findings(evidence, nats, found, tried)
    silent = [one.finding for one in asked if one.finding is not None]
    return Explanation(
        verdict=found,
        summary=verdict.summary(evidence, nats, found),
        findings=tuple(sorted([*whys, *silent, *weighed.aside], key=lambda one: not one.matters)),
        nats=nats,
        servers=asked,
        candidates=_candidates(evidence),
        pairs=tried,
        restarts=_restarts(report),
        taken_at=report.taken_at,
        foretold=_foretold(evidence, weighed, found, diagnosis, remote_diagnosis),
    )


def _read(
    evidence: Evidence, diagnosis: Diagnosis | None, remote_diagnosis: Diagnosis | None
) -> Diagnoses:
    if diagnosis is None and remote_diagnosis is None:
        return NO_DIAGNOSES
    from peer.explanation.diagnoses import read  # noqa: PLC0415 - it loads all of the diagnosis

    local, remote = (
        None if one is None else read(one, evidence.version, began=evidence.report.began)
        for one in (diagnosis, remote_diagnosis)
    )
    return local, remote


def _foretold(
    evidence: Evidence,
    weighed: Weighed,
    found: Verdict,
    diagnosis: Diagnosis | None,
    remote_diagnosis: Diagnosis | None,
) -> Foretold | None:
    if diagnosis is None or remote_diagnosis is None:
        return None
    from peer.explanation.foretelling import foretell  # noqa: PLC0415 - it loads all of the diagnosis

    return foretell(evidence, weighed, found, (diagnosis, remote_diagnosis))


def _nothing(report: IceReport) -> Explanation:
    closed = report.state is IceState.CLOSED
    return Explanation(
        verdict=Verdict.CLOSED if closed else Verdict.NOT_STARTED,
        summary="Closed before it began." if closed else "ICE has not begun.",
        findings=(),
        nats=(_NOTHING[0], _NOTHING[1]),
        servers=(),
        candidates=(),
        pairs=(),
        restarts=(),
        taken_at=report.taken_at,
    )


def _candidates(evidence: Evidence) -> tuple[CandidateStory, ...]:
    local = [
        CandidateStory(
            Side.LOCAL,
            one.type,
            one.address,
            one.at,
            one.server,
            "known already, not sent" if one.redundant else "",
        )
        for one in evidence.generation.candidates
    ]
    remote = [
        CandidateStory(
            Side.REMOTE,
            one.type,
            one.address,
            one.at,
            note=_note(told=one.told, kind=one.type),
        )
        for one in evidence.generation.remote_candidates
    ]
    by_time = [sorted(side, key=lambda one: one.at) for side in (local, remote)]
    return (*by_time[0], *by_time[1])


def _note(*, told: bool, kind: CandidateType) -> str:
    if told:
        return ""
    return "learnt from a check" if kind is CandidateType.PEER_REFLEXIVE else "not told"


def _restarts(report: IceReport) -> tuple[str, ...]:
    return tuple(_restart(one) for one in report.generations[:-1])


def _restart(generation: GenerationReport) -> str:
    name = "The first set-up" if generation.number == 0 else f"Restart {generation.number}"
    pair = generation.selected
    if pair is None:
        ends = {
            Outcome.ABANDONED: "was given up before it was done",
            Outcome.FAILED: "found no path",
        }
        return f"{name} {ends.get(generation.outcome, 'had found no path when the next began')}."
    kinds = f"{pair.local.type.words} to {pair.remote.type.words}"
    return f"{name} selected {kinds} at {generation.selections[-1].at:.2f} s."
