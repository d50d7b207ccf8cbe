"""`hairpin lab run`: a world that a file describes, played from the first packet to the last."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import asyncio
import contextlib
import dataclasses
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from hairpin.console import fail, stdout
from hairpin.lab import printing, runtables
from hairpin.lab.options import JsonOption, QuietOption
from hairpin.lab.rooms import Rooms
from nat import worlds
from nat.kernel import KernelLabError
from nat.simulator import SimulationError
from nat.tun import TunLabError
from nat.tun.playing import play

FileArgument = Annotated[Path, typer.Argument(metavar="FILE.toml", help="The world.")]
SeedOption = Annotated[
    int | None,
    typer.Option(help="Another seed than the file's: another story, told again the same."),
]
TraceOption = Annotated[bool, typer.Option("--trace", help="Print what happened to each packet.")]
PcapngOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write a capture file for Wireshark.")
]
TunOption = Annotated[
    bool, typer.Option("--tun", help="In real time, as `hairpin lab tun`: the TUN lab. Needs root.")
]
SvgOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Write a sequence diagram.")]


def run(
    file: FileArgument,
    seed: SeedOption = None,
    tun: TunOption = False,
    trace: TraceOption = False,
    pcapng: PcapngOption = None,
    svg: SvgOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Play a world of hosts, NATs, links, events and programs, which a TOML file describes.

    It shows what became of each program, what it printed, and why packets were dropped. Time is
    virtual, unless --tun is given; the same seed plays the same again. docs/lab.md has the reference of the file.

    Example: hairpin lab run home.toml --svg home.svg

    Exit status: 0 every program ended well, 1 one failed or the world cannot be, 2 wrong arguments.
    """
    plan = _read(file)
    if seed is not None:
        plan = dataclasses.replace(plan, seed=seed)
    started = time.perf_counter()
    try:
        with _importing_beside(file), printing.kept() as printed:
            programs = {"meet": Rooms().meet}
            result = asyncio.run(play(plan, programs)) if tun else worlds.play(plan, programs)
    except (SimulationError, worlds.PlanError, KernelLabError, TunLabError) as error:
        fail(f"{file}: {error}")
    took = time.perf_counter() - started
    played = runtables.PlayedWorld(file, plan.seed, result, printed, took, is_real=tun)
    if pcapng is not None:
        _write(pcapng, result.simulation.trace.pcapng())
    if svg is not None:
        _write(svg, result.simulation.trace.svg(title=file.stem).encode())
    if as_json:
        typer.echo(json.dumps(runtables.document(played), indent=2))
    else:
        runtables.show(played, stdout(), quiet=quiet)
        if trace:
            typer.echo(result.simulation.trace.text())
    if not result.succeeded:
        raise typer.Exit(1)


def _read(file: Path) -> worlds.WorldPlan:
    try:
        return worlds.read(file)
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror or error}")
    except (worlds.PlanError, UnicodeDecodeError) as error:
        fail(str(error))


@contextlib.contextmanager
def _importing_beside(file: Path) -> Iterator[None]:
    """Programs of one's own, "module:coroutine", are looked for beside the file, too."""
    beside = str(file.resolve().parent)
    sys.path.insert(0, beside)
    try:
        yield
    finally:
        sys.path.remove(beside)


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror or error}")
