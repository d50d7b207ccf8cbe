"""`hairpin nat simulate`: what the diagnosis says of a NAT that is known."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import ipaddress
from typing import Annotated, Final

import typer

from hairpin.behaviors import behavior_of
from hairpin.diagnosis.options import ShowFlags
from hairpin.diagnosis.outcomes import failures, status
from hairpin.diagnosis.simulated import EXTERNAL, Scene, diagnose
from hairpin.diagnosis.telling import check_writable, tell
from nat.discovery import Plan, Wish
from nat.discovery.judging import judge
from nat.discovery.plan import DEFAULT_WISHES

NONE: Final = "none"
WISHES: Final = DEFAULT_WISHES - {Wish.REACH, Wish.TURN}
"""What is asked: the world has one server, and it serves STUN."""


def simulate(
    behavior: Annotated[
        str, typer.Argument(metavar="NAT", help="The NAT before the laptop, or none.")
    ],
    carrier: Annotated[
        str | None, typer.Option(metavar="NAT", help="A carrier's NAT before that one.")
    ] = None,
    lifetime: Annotated[
        bool, typer.Option("--lifetime", help="Measure lifetimes, too: minutes of virtual time.")
    ] = False,
    loss: Annotated[
        float, typer.Option(metavar="PERCENT", help="Packets lost each way, in percent.")
    ] = 0.0,
    round_trip: Annotated[
        float, typer.Option(metavar="MILLISECONDS", help="To the server and back.")
    ] = 50.0,
    external: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Of the outermost NAT.")
    ] = EXTERNAL,
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 1,
    *,
    flags: ShowFlags,
) -> None:
    """Diagnose a simulated NAT, as hairpin nat does a real one.

    NAT is a popular name (full-cone, restricted-cone, port-restricted-cone, symmetric), MAPPING/FILTERING, or a
    product such as linux-masquerade; settings may follow: "ei/apd, ports=overloading". Time is virtual, so ten minutes
    of silence take a moment.

    Example: hairpin nat simulate symmetric --lifetime --report symmetric.html

    Exit status: as of hairpin nat.
    """
    failing = failures(flags.fail_on)
    scene = Scene(
        home=None if behavior == NONE else behavior_of(behavior, "NAT"),
        carrier=None if carrier is None else behavior_of(carrier, "--carrier"),
        loss=_in_range(loss, 100, "--loss") / 100,
        round_trip=_in_range(round_trip, 10_000, "--round-trip") / 1000,
        external=_address(external),
        seed=seed,
    )
    if scene.home is None and scene.carrier is not None:
        raise typer.BadParameter(
            "it stands before a NAT, and there is none", param_hint="--carrier"
        )
    check_writable(flags.report)
    wishes = WISHES | ({Wish.LIFETIME} if lifetime else set())
    report = judge(flags.masked(diagnose(scene, Plan(wishes=wishes))))
    tell(report, flags)
    raise typer.Exit(status(report.verdict.outcome, failing))


def _address(text: str) -> str:
    try:
        host = ipaddress.IPv4Address(text)
    except ValueError:
        host = None
    if host is None or (not host.is_private and not host.is_global):
        raise typer.BadParameter(
            f"{text!r} is not an IPv4 address, such as {EXTERNAL}", param_hint="--external"
        )
    return str(host)


def _in_range(number: float, most: float, option: str) -> float:
    if not 0 <= number <= most:
        raise typer.BadParameter(f"{number:g}: expected 0 to {most:g}", param_hint=option)
    return number
