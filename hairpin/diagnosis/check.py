"""`hairpin nat` without a subcommand, and `lifetime`: ask, judge, and tell."""

import asyncio
import dataclasses
import socket
from typing import Annotated, Final

import typer

from hairpin.console import stderr
from hairpin.diagnosis.asking import ask
from hairpin.diagnosis.options import Flags
from hairpin.diagnosis.outcomes import failures, status
from hairpin.diagnosis.reading import read_evidence
from hairpin.diagnosis.telling import check_writable, tell
from nat.discovery import Evidence, Outcome, Plan, Wish
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.judging import judge

_FEWEST: Final = 2
"""Rungs of a ladder."""


def check(context: typer.Context, *, flags: Flags) -> None:
    """What does my NAT do, and with whom can I connect directly?

    It asks STUN servers, within 8 seconds, and changes nothing. The verdict comes first, then with whom direct
    connections work, then the facts. Ctrl-C ends it early, with what is known by then.

    Example: hairpin nat --server stun.example.org --report nat.html

    Exit status: 0 direct connections are likely, 10 with some peers, 11 a relay is needed, 12 UDP is blocked, 13
    there is no network, 3 the evidence does not decide, 2 wrong arguments, 1 a file cannot be read or written.
    """
    if context.invoked_subcommand is not None:
        _refuse_what_stands_before(context, context.invoked_subcommand)
        return
    diagnose(flags, flags.plan())


def lifetime(
    longest: Annotated[
        float, typer.Option(metavar="SECONDS", help="The longest silence that is tried.")
    ] = 600.0,
    *,
    precise: Annotated[
        bool,
        typer.Option(
            "--precise", help="Then narrow each lifetime down to seconds: another wait as long."
        ),
    ] = False,
    flags: Flags,
) -> None:
    """How long may a binding be silent before the NAT forgets it?

    It opens many ports at once and asks after each of them once, after 15 seconds, 25, 35, and so on: a single wait
    of ten minutes, or less with --longest. Ctrl-C ends it early, with what is known by then.

    Example: hairpin nat lifetime --longest 130

    Exit status: as of hairpin nat; --fail-on nothing makes it 0.
    """
    plan = flags.plan(Wish.LIFETIME)
    waits = tuple(wait for wait in plan.lifetimes if wait <= longest)
    if len(waits) < _FEWEST:
        known = ", ".join(f"{wait:g}" for wait in plan.lifetimes)
        raise typer.BadParameter(
            f"{longest:g} s is too short: of {known} s there must be two", param_hint="--longest"
        )
    diagnose(flags, dataclasses.replace(plan, lifetimes=waits, precise=precise))


def diagnose(flags: Flags, plan: Plan) -> None:
    """Ask, or read what was recorded, and tell what it comes to.

    Raises:
        typer.Exit: with the status of the outcome.
    """
    failing = failures(flags.fail_on)
    check_writable(flags.report)
    evidence = _evidence(flags, plan)
    report = judge(flags.masked(evidence))
    tell(report, flags)
    raise typer.Exit(status(report.verdict.outcome, failing))


def _evidence(flags: Flags, plan: Plan) -> Evidence:
    if flags.replay is not None:
        return read_evidence(flags.replay)
    _check_interface(plan.interface)
    return asyncio.run(ask(plan, quiet=flags.quiet or flags.as_json))


def _check_interface(name: str) -> None:
    """Say of an interface that there is none, before names are looked up that do not need it.

    Raises:
        typer.Exit: as where there is no network.
    """
    if not name or name in {known for _, known in socket.if_nameindex()}:
        return
    known = [each.name for each in AsyncioNetwork().interfaces()]
    if name in known:
        return
    there = f"there are {', '.join(known)}" if known else "there is none with an address"
    stderr().print(f"error: there is no interface {name!r}; {there}", soft_wrap=True, markup=False)
    raise typer.Exit(Outcome.NO_NETWORK)


def _refuse_what_stands_before(context: typer.Context, subcommand: str) -> None:
    """Tell who says `hairpin nat --server S lifetime` where the option has to stand.

    Raises:
        typer.BadParameter: An option was given that the subcommand does not see.
    """
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(
                f"{parameter.opts[0]} stands before {subcommand!r} and means nothing there: put it behind"
            )
