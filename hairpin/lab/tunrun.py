"""A world in the TUN lab: two of its hosts try to meet, or programs run on them."""

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hairpin.console import fail
from hairpin.lab import SERVER
from hairpin.lab.kernelworlds import LATER, known_host, with_server
from hairpin.lab.meeting import Outcome, make_configuration, try_to_meet
from nat import reflector
from nat.links import INTERNET_QUALITY
from nat.simulator import Host, Simulation
from nat.trace import TraceEvent
from nat.tun import Machine, TunLab, TunLabError
from nat.worlds import LinkPlan, WorldPlan, build, settle

_BY_SIGNAL = 128
_STDERR = 2


@dataclass(frozen=True, slots=True)
class Background:
    """A program that runs on a host as long as the lab lasts."""

    host: str
    argv: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "Background":
        """Read HOST=PROGRAM with its arguments, quoted as for a shell.

        Raises:
            ValueError: it is not of this form.
        """
        host, equals, command = text.partition("=")
        argv = tuple(shlex.split(command))
        if not equals or not host or not argv:
            raise ValueError(f"{text!r} is not HOST=PROGRAM")
        return cls(host, argv)


@contextlib.contextmanager
def tun_errors() -> Iterator[None]:
    """End the command with status 1 and a plain word, if the TUN lab cannot do what was asked."""
    try:
        yield
    except TunLabError as error:
        fail(str(error))


def prepare(plan: WorldPlan, hosts: Sequence[str]) -> tuple[Simulation, str]:
    """Build the world, with a host for the STUN server, and check that it has these hosts.

    Returns:
        The world, and the name of that host.

    Raises:
        PlanError: it cannot be.
        KernelLabError: it has no such host.
    """
    plan, server = with_server(settle(plan))
    for name in hosts:
        known_host(plan, name)
    return build(plan), server


def meet(
    world: Simulation, server: str, peers: tuple[str, str], background: Sequence[Background] = ()
) -> Outcome:
    """Let two hosts try to meet.

    Raises:
        KernelLabError, TunLabError: the lab cannot be.
    """
    return asyncio.run(_meet(world, server, peers, background))


async def _meet(
    world: Simulation, server: str, peers: tuple[str, str], background: Sequence[Background]
) -> Outcome:
    hosts = {host.name: host for host in world.hosts}
    configuration = make_configuration(with_relay=False, asked=True)
    async with _lab(world, hosts[server], background):
        return await try_to_meet(hosts[peers[0]], hosts[peers[1]], configuration, later=LATER)


def run_program(
    world: Simulation,
    server: str,
    host: str,
    argv: Sequence[str],
    *,
    background: Sequence[Background] = (),
    more: Mapping[str, str] | None = None,
) -> int:
    """Run a program on a host to its end, with this process's terminal.

    Args:
        more: variables for its environment.

    Returns:
        Its exit status, as a shell would show it.

    Raises:
        KernelLabError, TunLabError: the lab cannot be, or there is no such program.
    """
    return asyncio.run(_run_program(world, server, Background(host, tuple(argv)), background, more))


async def _run_program(
    world: Simulation,
    server: str,
    program: Background,
    background: Sequence[Background],
    more: Mapping[str, str] | None,
) -> int:
    _check_program(program)
    hosts = {host.name: host for host in world.hosts}
    async with _lab(world, hosts[server], background) as lab:
        with _left_to_the_program():
            environment = {**os.environ, **(more or {})}
            process = await lab[program.host].popen(*program.argv, env=environment)
            status = await process.wait()
    return _BY_SIGNAL - status if status < 0 else status


@contextlib.contextmanager
def _left_to_the_program() -> Iterator[None]:
    """Ctrl-C is for the program in the terminal; when it has ended, so does the lab."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


@contextlib.asynccontextmanager
async def _lab(
    world: Simulation, server: Host, background: Sequence[Background]
) -> AsyncIterator[TunLab]:
    for program in background:
        _check_program(program)
    async with TunLab(world) as lab:
        transport = await server.run(reflector.serve(SERVER))
        started = [await _start(lab[one.host], one) for one in background]
        try:
            yield lab
        finally:
            transport.close()
            for process in started:
                await _stop(process)


async def _start(machine: Machine, program: Background) -> asyncio.subprocess.Process:
    """What it says goes to the standard error, as the other program's output may be wanted."""
    return await machine.popen(*program.argv, stdin=asyncio.subprocess.DEVNULL, stdout=_STDERR)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(1):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _check_program(program: Background) -> None:
    if shutil.which(program.argv[0]) is None:
        raise TunLabError(f"there is no program {program.argv[0]!r}")


def drops(world: Simulation) -> list[dict[str, Any]]:
    """What was dropped where and why, that of one kind once, as data."""
    kinds: dict[tuple[str, str, str], list[TraceEvent]] = {}
    for event in world.trace.dropped():
        assert event.reason is not None
        kinds.setdefault((event.where, event.reason.name, event.detail), []).append(event)
    return [
        {"where": where, "reason": reason.lower(), "detail": detail, "packets": len(events)}
        for (where, reason, detail), events in kinds.items()
    ]


def with_links(plan: WorldPlan, **changes: float | None) -> WorldPlan:
    """The plan with links of its NATs to the internet changed, those that are given.

    Raises:
        ValueError: a link cannot be so.
    """
    given = {name: value for name, value in changes.items() if value is not None}
    if not given:
        return plan
    quality = replace(INTERNET_QUALITY, **given)  # type: ignore[arg-type]
    return replace(plan, links=tuple(LinkPlan(one.name, quality, quality) for one in plan.nats))
