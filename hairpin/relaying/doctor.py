"""`hairpin relay doctor`: what is wrong with a relay, as a client sees it, and what to do about it."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

import relay
from hairpin.console import BROKEN, FINE, HELPED, QUIET, fail, milliseconds, stderr, stdout, table
from hairpin.relaying.reading import read_or_fail
from relay.configuration import Document
from relay.doctor.examination import examine
from relay.doctor.findings import Diagnosis, Finding, Outcome, Report
from relay.doctor.owntargets import own_targets
from relay.doctor.sockets import Sockets
from relay.doctor.target import Login, Secret, Target
from relay.doctor.uris import read_server
from relay.fivetuple import Transport

_COLOURS = {
    Outcome.OK: FINE,
    Outcome.NOTED: HELPED,
    Outcome.FAILED: BROKEN,
    Outcome.SKIPPED: QUIET,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorFlags:
    """Whom to examine, as whom, and what is expected."""

    server: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Whom to examine, also as turn:HOST:PORT?transport=tcp or turns:HOST; repeatable.",
        ),
    ] = None
    transport: Annotated[
        list[Transport] | None,
        typer.Option(metavar="udp|tcp|tls", help="How to ask each HOST:PORT [udp]; repeatable."),
    ] = None
    user: Annotated[
        str | None, typer.Option(metavar="NAME:PASSWORD", help="The credential to show.")
    ] = field(default=None, repr=False)
    secret: Annotated[
        str | None,
        typer.Option(
            metavar="SECRET",
            envvar="HAIRPIN_RELAY_SECRET",
            help="Or the secret to make time-limited ones with.",
        ),
    ] = field(default=None, repr=False)
    realm: Annotated[
        str | None, typer.Option(metavar="NAME", help="The realm that is expected.")
    ] = None
    external_ip: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="The announced address that is expected; repeatable."),
    ] = None
    name: Annotated[
        str | None, typer.Option(metavar="HOST", help="Whom the certificate has to be for.")
    ] = None
    ca: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Roots to trust beside the system's, PEM."),
    ] = None
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Take all that from a relay's file, on its machine."),
    ] = None

    def targets(self) -> tuple[Target, ...]:
        """Every listener that is meant.

        Raises:
            typer.BadParameter: None is, or a flag makes no sense.
        """
        if self.config is not None:
            return own_targets(read_or_fail(Document(), self.config).settings, name=self.name)
        access = _access(self.user, self.secret)
        return tuple(
            Target(
                host=host,
                port=port,
                transport=over,
                access=access,
                realm=self.realm,
                external=tuple(self.external_ip or ()),
                name=self.name,
            )
            for host, port, over in _servers(self.server, self.transport)
        )


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict alone.")] = False,
    *,
    flags: DoctorFlags,
) -> None:
    """Examine a relay as a client would, and say what is wrong and what to do about it.

    It asks for its address and an allocation, and passes packets through to a socket of its own.
    Without --user or --secret it looks at STUN alone. Nothing is changed or left behind.

    Example: hairpin relay doctor --server turn.example.org:3478 --user alice:wonderland

    Exit status: 0 nothing failed, 1 something failed, 2 wrong arguments.
    """
    targets = flags.targets()
    if flags.ca is not None and not flags.ca.is_file():
        fail(f"--ca: there is no file {flags.ca}.")
    report = asyncio.run(_examine(targets, Sockets(flags.ca)))
    if as_json:
        typer.echo(json.dumps(report.document(), indent=2))
    else:
        _show(report, quiet=quiet)
    if not report.is_well:
        raise typer.Exit(1)


async def _examine(targets: tuple[Target, ...], sockets: Sockets) -> Report:
    """Examine one after another, and tell a terminal which."""
    err = stderr()
    if not err.is_terminal:
        return Report(tuple([await examine(target, sockets) for target in targets]))
    with err.status("") as now:
        diagnoses = []
        for target in targets:
            now.update(f"Asking {target.text} over {target.transport.name}")
            diagnoses.append(await examine(target, sockets))
    return Report(tuple(diagnoses))


def _servers(
    servers: list[str] | None, transports: list[Transport] | None
) -> list[tuple[str, int, Transport]]:
    if not servers:
        raise typer.BadParameter("expected --server HOST:PORT, or --config FILE")
    found = []
    for text in servers:
        try:
            named = read_server(text)
        except relay.SettingsError as error:
            raise typer.BadParameter(str(error), param_hint="--server") from None
        chosen = [named.transport] if named.transport else transports or [Transport.UDP]
        found += [(named.host, named.port, one) for one in chosen]
    return found


def _access(user: str | None, secret: str | None) -> Login | Secret | None:
    if user is None:
        return None if secret is None else Secret(secret)
    name, _, password = user.partition(":")
    if name.isdecimal() and ":" in password:  # a time-limited name has a colon of its own
        of_whom, _, password = password.partition(":")
        name = f"{name}:{of_whom}"
    if not name or not password:
        raise typer.BadParameter("expected NAME:PASSWORD", param_hint="--user")
    return Login(name, password)


def _show(report: Report, *, quiet: bool) -> None:
    out = stdout()
    colour = FINE if report.is_well else BROKEN
    if report.is_well and any(one.worst for one in report.diagnoses):
        colour = HELPED
    out.print(Text(report.verdict, colour), soft_wrap=True)
    for diagnosis in () if quiet else report.diagnoses:
        out.print(_table(diagnosis))


def _table(diagnosis: Diagnosis) -> Table:
    title = f"{diagnosis.server} over {diagnosis.transport.name}"
    rows = table("step", "outcome", "reason and remedy", title=title)
    skipped = [one.step.value for one in diagnosis.findings if one.outcome is Outcome.SKIPPED]
    for finding in diagnosis.findings:
        if finding.outcome is not Outcome.SKIPPED:
            rows.add_row(finding.step.value, _outcome(finding), _words(finding))
    if skipped:
        rows.add_row("the rest", Text(Outcome.SKIPPED.value, QUIET), ", ".join(skipped))
    return rows


def _outcome(finding: Finding) -> Text:
    return Text(finding.outcome.value, _COLOURS[finding.outcome])


def _words(finding: Finding) -> Text:
    parts = [finding.what] if finding.what else []
    if finding.seconds is not None:
        parts.append(milliseconds(finding.seconds))
    words = Text(", ".join(parts))
    if finding.remedy:
        words.append(f".\n{finding.remedy}", QUIET)
    return words
