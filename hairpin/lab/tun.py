"""`hairpin lab tun`: unmodified programs behind simulated NATs, on simulated links, in real time."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from hairpin.console import QUIET, fail, stderr, stdout
from hairpin.helptext import Command
from hairpin.lab import tunrun
from hairpin.lab.kernel import pair
from hairpin.lab.kernelmeeting import document, verdict
from hairpin.lab.kernelworlds import NatOption, choose_plan, kernel_errors, two_peers
from hairpin.lab.options import JsonOption, QuietOption
from hairpin.lab.tunrun import Background, tun_errors
from nat.simulator import Simulation
from nat.worlds import WorldPlan, settle
from nat.worlds.units import BANDWIDTHS, SECONDS, SHARES, parse_quantity

_UNITS: Final = {
    "latency": (SECONDS, "a time"),
    "jitter": (SECONDS, "a time"),
    "loss": (SHARES, "a share"),
    "bandwidth": (BANDWIDTHS, "a rate"),
}


FileArgument = Annotated[
    Path | None, typer.Argument(metavar="[FILE.toml]", help="A world, as for `hairpin lab run`.")
]
LatencyOption = Annotated[
    str | None, typer.Option(metavar="TIME", help='One way, of the links of all NATs: "40 ms".')
]
JitterOption = Annotated[str | None, typer.Option(metavar="TIME", help="Up to so much more.")]
LossOption = Annotated[str | None, typer.Option(metavar="SHARE", help='Such as "2 %" or 0.02.')]
BandwidthOption = Annotated[str | None, typer.Option(metavar="RATE", help='Such as "10 Mbit/s".')]
BetweenOption = Annotated[
    str | None, typer.Option(metavar="HOST,HOST", help="Who tries to meet whom.")
]
OnOption = Annotated[
    str | None, typer.Option("--on", metavar="HOST", help="The host that runs PROGRAM.")
]
WithOption = Annotated[
    list[str] | None,
    typer.Option(
        "--with", metavar="HOST=PROGRAM", help="Run this there meanwhile; may be repeated."
    ),
]
PcapngOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write all packets for Wireshark.")
]
SvgOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Draw what happened to the packets.")
]
SeedOption = Annotated[
    int | None, typer.Option(help="Decides ports, loss and jitter, instead of the file's.")
]


class WithProgram(Command):
    """A command after whose `--` a program stands, with its arguments."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Keep the program apart."""
        cut = args.index("--") if "--" in args else len(args)
        ctx.meta["program"] = args[cut + 1 :]
        parsed: list[str] = super().parse_args(ctx, args[:cut])
        return parsed


app = typer.Typer(add_completion=False)


@app.command(cls=WithProgram)
def tun(
    ctx: typer.Context,
    file: FileArgument = None,
    nat_a: NatOption = None,
    nat_b: NatOption = None,
    latency: LatencyOption = None,
    jitter: JitterOption = None,
    loss: LossOption = None,
    bandwidth: BandwidthOption = None,
    between: BetweenOption = None,
    on: OnOption = None,
    background: WithOption = None,
    pcapng: PcapngOption = None,
    svg: SvgOption = None,
    seed: SeedOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Let two hosts try to meet, or run a PROGRAM, with the simulator as their network.

    `hairpin lab tun [FILE.toml] [OPTIONS] [-- PROGRAM ARGUMENTS…]`. Hosts are network namespaces of
    this machine; between them are the simulator's NATs and links, in real time. Without a file
    there are alice behind --nat-a and bob behind --nat-b (port-restricted by default) and a server,
    with STUN at 198.51.100.10:3478; programs find them by name. Needs root. Nothing is left
    afterwards, also after Ctrl-C and after a crash.

    Example: hairpin lab tun --nat-a symmetric --latency "80 ms" --with "server=python3 -m http.server 80" --on alice -- curl http://server/

    Exit status: 0 a direct path was found, 1 none was or there is no root, 2 wrong arguments; with
    PROGRAM, its own.
    """
    links = {"latency": latency, "jitter": jitter, "loss": loss, "bandwidth": bandwidth}
    with kernel_errors(), tun_errors():
        plan = settle(_with_links(choose_plan(file, nat_a, nat_b, ignore_links=False), file, links))
        plan = replace(plan, seed=plan.seed if seed is None else seed)
        others = [_background(text) for text in background or []]
        program = ctx.meta["program"]
        peers = (on,) if program and on else pair(between) or two_peers(plan)
        world, server = tunrun.prepare(plan, [*peers, *(one.host for one in others)])
        if program:
            status = tunrun.run_program(world, server, peers[0], program, background=others)
            told: dict[str, Any] = {"status": status}
        else:
            assert len(peers) == 2
            outcome = tunrun.meet(world, server, peers, others)
            status, told = int(not outcome.connected), document(plan, peers, outcome)
            if not as_json:
                stdout().print(verdict(plan, peers, outcome, quiet=quiet))
    if as_json:
        typer.echo(json.dumps({**told, "drops": tunrun.drops(world)}, indent=2))
    elif not quiet:
        (stderr() if program else stdout()).print(world.explain(), style=QUIET, soft_wrap=True)
    _write(world, {"pcapng": pcapng, "svg": svg})
    raise typer.Exit(status)


def _with_links(plan: WorldPlan, file: Path | None, texts: Mapping[str, str | None]) -> WorldPlan:
    """The plan with the links that the options ask for."""
    changes: dict[str, float] = {}
    for name, text in texts.items():
        if text is None:
            continue
        if file is not None:
            raise typer.BadParameter(
                f"a file says what its links do: leave out --{name}", param_hint="FILE.toml"
            )
        try:
            changes[name] = parse_quantity(_number(text), *_UNITS[name])
            plan = tunrun.with_links(plan, **changes)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=f"--{name}") from None
    return plan


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _background(text: str) -> Background:
    try:
        return Background.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--with") from None


def _write(world: Simulation, files: Mapping[str, Path | None]) -> None:
    """Write what happened to the packets, as the files that were asked for."""
    trace = world.trace
    for kind, path in files.items():
        if path is None:
            continue
        content = trace.pcapng() if kind == "pcapng" else trace.svg().encode()
        try:
            path.write_bytes(content)
        except OSError as error:
            fail(f"{path}: {error.strerror}")
