"""What each STUN and TURN server gave, why one gave nothing, and whether that mattered."""

import enum

from peer.candidates import ServerFailure
from peer.explanation.evidence import RELAYED, SERVER_REFLEXIVE, Evidence, Half
from peer.explanation.findings import Cause, Certainty, Finding, ServerStory, Side, Verdict


class Trouble(enum.Enum):
    """Why a server gave nothing."""

    SILENT = "did not answer"
    REFUSED = "refused the connection"
    UNAUTHORIZED = "did not accept the user name and password"
    NAME = "has a name that does not resolve"
    FULL = "has no room"
    TLS = "could not be spoken to over TLS"
    OTHER = "gave no candidate"


_SIGNS: tuple[tuple[Trouble, tuple[str, ...]], ...] = (
    (Trouble.UNAUTHORIZED, ("401", "403", "unauthorized", "forbidden", "wrong credentials", "441")),
    (Trouble.FULL, ("486", "508", "quota", "capacity")),
    (Trouble.TLS, ("certificate", "tls", "ssl")),
    (Trouble.NAME, ("name or service", "name resolution", "resolve", "nodename", "no address")),
    (Trouble.REFUSED, ("refused", "unreachable", "reset", "errno 111", "multiple exceptions")),
    (Trouble.SILENT, ("no answer", "timed out", "timeout")),
)

_HELP = {
    Trouble.SILENT: "Check that {url} runs and that firewalls let its port through.",
    Trouble.REFUSED: "Check that a server listens at {url}.",
    Trouble.UNAUTHORIZED: "Check the user name and password for {url}; time-limited ones expire.",
    Trouble.NAME: "Check the name in {url}.",
    Trouble.FULL: "Raise the quota of {url}, or use another relay.",
    Trouble.TLS: "Check the certificate of {url}.",
    Trouble.OTHER: "Ask `hairpin relay doctor` about {url}.",
}


def classify(reason: str) -> Trouble:
    """Which trouble a failure's words tell of."""
    text = reason.lower()
    return next(
        (trouble for trouble, signs in _SIGNS if any(sign in text for sign in signs)),
        Trouble.OTHER,
    )


def stories(evidence: Evidence, verdict: Verdict) -> tuple[ServerStory, ...]:
    """Each server of the local side, those that answered first."""
    half = evidence.local
    answered = dict.fromkeys(one.server for one in half.candidates if one.server is not None)
    told = [_answered(half, url) for url in answered]
    failed: dict[str, ServerFailure] = {}
    for failure in half.failures:
        if failure.server not in answered:
            failed.setdefault(failure.server, failure)
    return (*told, *(_failed(evidence, verdict, one) for one in failed.values()))


def _answered(half: Half, url: str) -> ServerStory:
    given = [one for one in half.candidates if one.server == url]
    return ServerStory(url, tuple(one.address for one in given), min(one.at for one in given))


def _failed(evidence: Evidence, verdict: Verdict, failure: ServerFailure) -> ServerStory:
    trouble = classify(failure.reason)
    mattered, why = _mattered(evidence, verdict, failure)
    text = f"{failure.origin} {trouble.value} ({failure.reason}); {why}."
    finding = Finding(
        cause=Cause.SERVER,
        side=Side.LOCAL,
        certainty=Certainty.MEASURED,
        text=text,
        help=_HELP[trouble].format(url=failure.server) if mattered else "",
        matters=mattered,
        server=failure.server,
        at=failure.at,
    )
    return ServerStory(failure.server, (), failure.at, finding)


def _mattered(evidence: Evidence, verdict: Verdict, failure: ServerFailure) -> tuple[bool, str]:
    types = {one.type for one in evidence.local.candidates}
    is_relay = failure.server.startswith("turn")
    if verdict is Verdict.DIRECT:
        return False, "the connection is direct, so it did not matter"
    if is_relay:
        if RELAYED in types:
            return False, "another relay gave a candidate, so it did not matter"
        if verdict is Verdict.RELAYED:
            return False, "the remote's relay serves both, so it did not matter"
        return (
            True,
            "so there was no relayed candidate, which would have worked where nothing else does",
        )
    if SERVER_REFLEXIVE in types:
        return False, "another server told the public address, so it did not matter"
    return True, "so the remote was never told where your NAT can be reached"
