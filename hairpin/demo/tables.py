"""The demo's report as tables: the verdict, then the connections, then the NATs."""

from statistics import median

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hairpin.console import BROKEN, FINE, HELPED, QUIET, endpoint, milliseconds, table
from hairpin.demo.results import DemoReport, DiagnosedNat, PeerReport, RealRun, SimulatedRun
from peer import GatheredCandidate, PathKind

_COLOURS = {PathKind.HOST: FINE, PathKind.REFLEXIVE: FINE, PathKind.RELAYED: HELPED, None: BROKEN}
_LONG_PAIRING = 40
_POLICIES = {
    "all": "Real sockets on loopback, every candidate allowed",
    "relay": "Real sockets on loopback, relayed candidates only",
}


def show(report: DemoReport, out: Console, *, quiet: bool) -> None:
    """Print the report, the verdict first."""
    out.print(verdict(report))
    if quiet:
        return
    for run in report.real:
        out.print()
        _show_real(run, out)
    out.print()
    out.print(_simulated(report.simulated, report.seed))
    for simulated in report.simulated:
        if not simulated.ok:
            reason = simulated.reason or "the connection took another path"
            out.print(Text(f"{simulated.name}: {reason}", BROKEN))
    if report.diagnosed:
        out.print()
        out.print(Text("What hairpin nat says of these NATs, without being told", "bold"))
        for each in report.diagnosed:
            out.print(_diagnosed(each))


def verdict(report: DemoReport) -> Text:
    """The report in one sentence."""
    outcomes = [run.ok for run in report.real] + [run.ok for run in report.simulated]
    wrong = outcomes.count(False)
    if wrong:
        return Text(
            f"{wrong} of {len(outcomes)} connections did not take the expected path.", BROKEN
        )
    setup = report.real[0].peers[1].timeline.setup
    return Text(
        f"All {len(outcomes)} connections took the expected path; "
        f"on this machine two peers are connected {milliseconds(setup)} after the second joins.",
        FINE,
    )


def _show_real(run: RealRun, out: Console) -> None:
    out.print(Text(_POLICIES[run.policy], "bold"))
    for report in run.peers:
        out.print(_candidates(report))
    out.print(_connection(run))


def _candidates(report: PeerReport) -> Table:
    """Every candidate in the order in which it was gathered."""
    rows = table(
        "at",
        "candidate",
        "priority",
        "address",
        title=f"{report.name} gathers",
        right=("at", "priority"),
    )
    for candidate in report.candidates:
        rows.add_row(
            milliseconds(candidate.at),
            candidate.type.words,
            str(candidate.priority),
            Text(endpoint(candidate.address)) + _note(candidate),
        )
    for failure in report.failures:
        reason = Text(f"{failure.origin}: {failure.reason}", HELPED)
        rows.add_row(milliseconds(failure.at), "none", "", reason)
    return rows


def _note(candidate: GatheredCandidate) -> Text:
    """Why a candidate was not sent."""
    if candidate.told:
        return Text()
    if candidate.withheld:
        return Text("\nan address of this machine, not sent", QUIET)
    known = "equals its base (no NAT)" if candidate.address == candidate.base else "told before"
    return Text(f"\n{known}, not sent", QUIET)


def _connection(run: RealRun) -> Table:
    """The selected pair, the phases of the set-up, the round trips."""
    rows = table("", *(report.name for report in run.peers), title="connection")
    rows.add_row(
        "path", *(_path(report.path.kind if report.path else None) for report in run.peers)
    )
    for end in ("local", "remote"):
        rows.add_row(f"selected {end}", *(_end(report, end) for report in run.peers))
    names = [phase.name for phase in run.peers[0].timeline.phases]
    for index, name in enumerate(names):
        rows.add_row(name, *(_phase(report, index) for report in run.peers))
    rows.add_row("set-up", *(milliseconds(report.timeline.setup) for report in run.peers))
    trips = run.round_trips
    text = (
        f"{milliseconds(median(trips))} median of {len(trips)}, {milliseconds(max(trips))} at most"
    )
    rows.add_row("round trip", "", text)
    return rows


def _simulated(runs: tuple[SimulatedRun, ...], seed: int) -> Table:
    numbers = ("candi-\ndates", "virtual\ntime", "real\ntime")
    rows = table(
        "pairing",
        "path expected",
        "path found",
        *numbers,
        title=f"Simulated world, virtual time, seed {seed}",
        right=numbers,
    )
    # Popular names stay whole in eighty columns; RFC words may be folded.
    rows.columns[0].no_wrap = all(len(run.name) < _LONG_PAIRING for run in runs)
    for run in runs:
        rows.add_row(
            run.name.replace(" × ", " ×\n"),
            _path(run.expected),
            _found(run),
            " + ".join(str(len(report.candidates)) for report in run.peers) or "–",
            milliseconds(run.virtual),
            milliseconds(run.real),
        )
    return rows


def _diagnosed(nat: DiagnosedNat) -> Text:
    took = f"({nat.virtual:.1f} s, played in {milliseconds(nat.real)})"
    return Text.assemble((nat.name, "bold"), f": {nat.verdict} ", (took, QUIET))


def _found(run: SimulatedRun) -> Text:
    return _path(run.found) + (Text(" ✓", FINE) if run.ok else Text(" (unexpected)", BROKEN))


def _path(kind: PathKind | None) -> Text:
    return Text("no path" if kind is None else kind.words, _COLOURS[kind])


def _end(report: PeerReport, end: str) -> str:
    if report.path is None:
        return "–"
    path = report.path
    kind, address = (
        (path.local_type, path.local) if end == "local" else (path.remote_type, path.remote)
    )
    return f"{kind.words} {endpoint(address)}"


def _phase(report: PeerReport, index: int) -> str:
    phases = report.timeline.phases
    return milliseconds(phases[index].duration) if index < len(phases) else "–"
