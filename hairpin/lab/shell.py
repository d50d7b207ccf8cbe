"""`hairpin lab shell`: a shell inside a host of a world in the kernel."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from hairpin.console import QUIET, stderr
from hairpin.lab import SERVER
from hairpin.lab.kernelrun import run_program
from hairpin.lab.kernelworlds import (
    IgnoreLinksOption,
    NatOption,
    choose_plan,
    kernel_errors,
    known_host,
    nats_of,
    with_server,
)
from hairpin.lab.options import QuietOption
from nat.reflector import PORT
from nat.worlds import WorldPlan, settle


def shell(
    host: Annotated[str, typer.Argument(metavar="HOST", help="Where, such as alice.")],
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE.toml]", help="A world, as for `hairpin lab run`."),
    ] = None,
    nat_a: NatOption = None,
    nat_b: NatOption = None,
    ignore_links: IgnoreLinksOption = False,
    tun: Annotated[
        bool,
        typer.Option("--tun", help="With the simulator's NATs and links, as `hairpin lab tun`."),
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Open a shell inside a host of a world, which is built in the kernel and lasts as long as it.

    Whatever is started there has the host's addresses and is behind its NAT. Without a file there
    are alice, bob and a server, as with `hairpin lab kernel`. Needs root.

    Example: hairpin lab shell alice --nat-a symmetric

    Exit status: 0 or whatever the shell ends with, 1 the world cannot be built, 2 wrong arguments.
    """
    with kernel_errors():
        plan = choose_plan(file, nat_a, nat_b, ignore_links=ignore_links)
        plan, _ = with_server(settle(plan))
        known_host(plan, host)
        if not quiet:
            _greet(plan, host)
        with tempfile.TemporaryDirectory(prefix="hairpin-") as folder:
            argv, variables = _shell(host, Path(folder))
            run = _run_in_tun if tun else run_program
            status = run(plan, host, argv, variables)
    raise typer.Exit(status)


def _run_in_tun(plan: WorldPlan, host: str, argv: list[str], variables: dict[str, str]) -> int:
    from hairpin.lab import tunrun  # noqa: PLC0415 - it loads peers, which a shell in the kernel does without

    with tunrun.tun_errors():
        world, server = tunrun.prepare(plan, [host])
        return tunrun.run_program(world, server, host, argv, more=variables)


def _greet(plan: WorldPlan, host: str) -> None:
    behind = " behind ".join(
        f"{one.name} ({one.behavior.name}, {', '.join(one.external)})"
        for one in nats_of(plan, host)
    )
    out = stderr()
    where = f", behind {behind or 'no NAT'}. `exit` removes the world."
    out.print(Text.assemble((host, "bold"), where))
    for one in plan.hosts:
        addresses = [a for interface in one.interfaces for a in interface.addresses]
        out.print(f"  {one.name}  {', '.join(addresses)}", style=QUIET)
    out.print(f"  STUN  {SERVER}:{PORT}", style=QUIET)


def _shell(host: str, folder: Path) -> tuple[list[str], dict[str, str]]:
    """A shell whose prompt says where one is; bash reads its own settings first."""
    prompt = f"({host}) "
    bash = shutil.which("bash")
    if bash is None:
        return ["sh"], {"PS1": f"{prompt}$ "}
    settings = folder / "settings"
    settings.write_text(f'[ -f ~/.bashrc ] && . ~/.bashrc\nPS1="{prompt}$PS1"\n')
    return [bash, "--rcfile", str(settings)], {}
