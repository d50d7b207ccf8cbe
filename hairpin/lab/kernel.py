"""`hairpin lab kernel`: a world in the real kernel, and what two hosts in it find."""
# ruff: noqa: FBT002, PLC0415 - typer reads options from booleans with defaults; peers are loaded where two are to meet

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hairpin.console import count, stdout
from hairpin.helptext import Command, Group
from hairpin.lab.kernelrun import run_program
from hairpin.lab.kernelworlds import (
    IgnoreLinksOption,
    NatOption,
    choose_plan,
    kernel_errors,
    two_peers,
)
from hairpin.lab.options import JsonOption, QuietOption
from hairpin.later import Later, group_of
from nat.kernel import orphans

_PLAY = "play"
_GRID = Later(
    "grid",
    "hairpin.lab.kernelgrid",
    "Print who can meet whom when Linux itself is the NAT: all 81 pairings, in real time.",
)


class PlayedByDefault(Group):
    """A group whose first argument may also be that of `play`; what follows `--` is a program."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `play` first, unless another subcommand or --help is there."""
        before, program = args, []
        if "--" in args:
            cut = args.index("--")
            before, program = args[:cut], args[cut + 1 :]
        ctx.meta["program"] = program
        if not before or before[0] not in {*self.commands, "--help", "-h"}:
            before = [_PLAY, *before]
        parsed: list[str] = super().parse_args(ctx, before)
        return parsed


app = typer.Typer(
    cls=group_of(_GRID, kind=PlayedByDefault),
    help="The same worlds in the real kernel: network namespaces, and NATs of nftables. Needs root.",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _options() -> None:
    """The same worlds in the real kernel: network namespaces, and NATs of nftables. Needs root."""


@app.command(_PLAY, cls=Command)
def play(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE.toml]", help="A world, as for `hairpin lab run`."),
    ] = None,
    nat_a: NatOption = None,
    nat_b: NatOption = None,
    between: Annotated[
        str | None, typer.Option(metavar="HOST,HOST", help="Who tries to meet whom.")
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="HOST", help="The host that runs PROGRAM.")
    ] = None,
    ignore_links: IgnoreLinksOption = False,
    clean: Annotated[
        bool,
        typer.Option("--clean", help="Only end what labs that were killed have left running."),
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Let two hosts behind NATs of the kernel try to meet; or run a PROGRAM on one of them.

    `hairpin lab kernel [FILE.toml] [OPTIONS] [-- PROGRAM ARGUMENTS…]`; the word `play` may be left
    out. Without a file there are alice behind --nat-a and bob behind --nat-b (port-restricted by
    default) and a server on the internet, with STUN at 198.51.100.10:3478 as long as it lasts.
    Everything is removed in the end, also after Ctrl-C and after a crash.

    Example: hairpin lab kernel --nat-a symmetric --nat-b address-dependent/endpoint-independent

    Exit status: 0 a direct path was found, 1 none was or there is no root, 2 wrong arguments; with
    PROGRAM, its own.
    """
    if clean:
        ended = orphans.end()
        left = f"{count(ended, 'program')} of labs that were killed, ended now."
        stdout().print(left if ended else "Nothing left.")
        return
    with kernel_errors():
        plan = choose_plan(file, nat_a, nat_b, ignore_links=ignore_links)
        peers = pair(between) or two_peers(plan)
        program = ctx.meta["program"]
        if program:
            raise typer.Exit(run_program(plan, on or peers[0], program))
        from hairpin.lab.kernelmeeting import document, meet, verdict

        outcome = meet(plan, peers)
    if as_json:
        typer.echo(json.dumps(document(plan, peers, outcome), indent=2))
    else:
        stdout().print(verdict(plan, peers, outcome, quiet=quiet))
    if not outcome.connected:
        raise typer.Exit(1)


def pair(text: str | None) -> tuple[str, str] | None:
    """Read HOST,HOST.

    Raises:
        typer.BadParameter: it is something else.
    """
    if text is None:
        return None
    one, comma, other = text.partition(",")
    if not comma or not one or not other or one == other or "," in other:
        raise typer.BadParameter(f"{text!r} is not HOST,HOST", param_hint="--between")
    return one, other
