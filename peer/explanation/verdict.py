"""The verdict first: what came of the connection, in a sentence that a tired person understands."""

from nat import Dependence
from peer.explanation.addresses import words
from peer.explanation.evidence import HOST, RELAYED, Evidence, worked
from peer.explanation.findings import Certainty, NatStory, Verdict
from peer.report import IceState, PairReport

_STATES = {
    IceState.NEW: Verdict.CONNECTING,
    IceState.CHECKING: Verdict.CONNECTING,
    IceState.DISCONNECTED: Verdict.DISCONNECTED,
    IceState.FAILED: Verdict.FAILED,
    IceState.CLOSED: Verdict.CLOSED,
}
_POPULAR = {
    (Dependence.ENDPOINT_INDEPENDENT,): "keeps one port for all destinations",
    (Dependence.ADDRESS_DEPENDENT,): "opens a new port for each address",
    (
        Dependence.ADDRESS_AND_PORT_DEPENDENT,
    ): 'opens a new port for each destination ("symmetric NAT")',
    (
        Dependence.ADDRESS_DEPENDENT,
        Dependence.ADDRESS_AND_PORT_DEPENDENT,
    ): 'opens new ports for new destinations ("symmetric NAT")',
}


def verdict(evidence: Evidence) -> Verdict:
    """What has come of the connection, as of the report."""
    state, pair = evidence.report.state, evidence.selected
    if state is IceState.CLOSED and pair is not None:
        return kind_of(pair)  # it was up until it was closed
    if state in {IceState.CONNECTED, IceState.COMPLETED} and pair is not None:
        return kind_of(pair)
    return _STATES.get(state, Verdict.CONNECTING)


def summary(evidence: Evidence, nats: tuple[NatStory, NatStory], found: Verdict) -> str:
    """The verdict in words, with what is known of the NATs."""
    return f"{_first(evidence, found)} {_networks(nats)}".strip()


def kind_of(pair: PairReport) -> Verdict:
    """What a connection over a pair is."""
    ends = {pair.local.type, pair.remote.type}
    return Verdict.RELAYED if RELAYED in ends else Verdict.DIRECT


def _first(evidence: Evidence, found: Verdict) -> str:
    pair = evidence.selected
    match found:
        case Verdict.DIRECT | Verdict.RELAYED:
            assert pair is not None
            return _path(pair, found)
        case Verdict.DISCONNECTED:
            return "Disconnected: the remote has not answered for a while; checks go on."
        case Verdict.FAILED:
            return _failure(evidence)
        case Verdict.CLOSED:
            return "Closed before a pair was selected."
        case _:
            tried = sum(1 for one in evidence.pairs if one.requests_sent)
            return f"Connecting: {tried} of {len(evidence.pairs)} pairs tried so far."


def _path(pair: PairReport, found: Verdict) -> str:
    trip = "" if pair.round_trip is None else f", {milliseconds(pair.round_trip)}"
    if found is Verdict.DIRECT:
        straight = {pair.local.type, pair.remote.type} == {HOST}
        between = "no NAT between" if straight else f"to {words(pair.remote.address)}"
        return f"Direct{trip}, {between}."
    ends = [one for one in (pair.local, pair.remote) if one.type is RELAYED]
    via = " and ".join(words(one.address) for one in ends)
    return f"Relayed{trip}, via {via}."


def _failure(evidence: Evidence) -> str:
    if evidence.selected is not None:
        return "Lost: the connection was up, and then nothing came any more."
    if not evidence.pairs:
        return "No path: there was no candidate pair to try."
    tried = [one for one in evidence.pairs if one.requests_sent]
    working = [one for one in tried if worked(one)]
    elsewhere = [one for one in tried if one.responses_received and not worked(one)]
    count = f"{len(tried)} pair was" if len(tried) == 1 else f"{len(tried)} pairs were"
    if working:
        came = f"{len(working)} answered, none was nominated"
    elif elsewhere:
        came = f"and {len(elsewhere)} answered from other ports than were asked"
    else:
        came = "none answered"
    return f"No path: {count} tried, {came}."


def _networks(nats: tuple[NatStory, NatStory]) -> str:
    local, remote = (_POPULAR.get(one.mapping.values) if one.present else None for one in nats)
    sure = [one.mapping.certainty is Certainty.MEASURED for one in nats]
    if local is not None and local == remote:
        plural = local.replace("keeps", "keep", 1).replace("opens", "open", 1)
        return f"Both sides are{'' if all(sure) else ' probably'} behind NATs that {plural}."
    said = [
        f"{whose} NAT {'' if known else 'probably '}{text}."
        for whose, text, known in zip(("Your", "The remote's"), (local, remote), sure, strict=True)
        if text is not None
    ]
    return " ".join(said)


def milliseconds(seconds: float) -> str:
    """A duration, without false precision: `0.4 ms`, `41 ms`, `1.2 s`."""
    value = seconds * 1000
    if value < 10:
        return f"{value:.1f} ms"
    return f"{value:.0f} ms" if value < 1000 else f"{seconds:.1f} s"
