"""The kernel's nine NATs as `discover` sees them: asked with our server, and with coturn as a stranger's."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import pytest

from nat import ALL_NINE, Behavior, Dependence, Hairpinning
from nat.discovery import Plan, Report, StunServer, Wish, discover
from nat.kernel import KernelLab
from stunwire import Family
from tests.interop.coturn import find
from tests.interop.test_kernel_discovery import ALICE, FIRST, SECOND, SERVER_NAME, plan, serve

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("root")]

EI, AD, APD = Dependence
NONE, INTERNAL, EXTERNAL = Hairpinning
COTURN = StunServer(FIRST.host, 4478)
OTHER_PORT = 4479
WISHES = frozenset({Wish.MAPPING, Wish.FILTERING, Wish.HAIRPIN, Wish.PORTS})


async def diagnose(
    lab: KernelLab, server: StunServer, kinds: Iterable[int] = range(9)
) -> list[Report]:
    """What is said behind each NAT, all at once."""
    asked = Plan(servers=(server,), wishes=WISHES)
    async with asyncio.TaskGroup() as group:
        tasks = [lab.host(f"{ALICE}-{kind}").start(group, discover(asked)) for kind in kinds]
    return [task.result() for task in tasks]


async def with_ours(lab: KernelLab, kinds: Iterable[int] = range(9)) -> list[Report]:
    ready, stop = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        lab.host(SERVER_NAME).start(group, serve(ready, stop))
        await ready.wait()
        reports = await diagnose(lab, StunServer(FIRST.host, FIRST.port), kinds)
        stop.set()
    return reports


async def with_coturn(lab: KernelLab) -> list[Report]:
    where = ("-L", FIRST.host, "-L", SECOND.host, "-p", str(COTURN.port))
    command = [find("turnserver"), "-n", *where, f"--alt-listening-port={OTHER_PORT}"]
    options = ("--no-tls", "--no-dtls", "--no-tcp", "--no-cli", "--log-file=stdout")
    process = await asyncio.create_subprocess_exec(
        *lab.host(SERVER_NAME).command([*command, *options]),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await asyncio.sleep(2.0)  # it does not say when it is ready
        return await diagnose(lab, COTURN)
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize("asking", [with_ours, with_coturn])
def test_each_of_the_nine_is_known_for_what_it_is(asking) -> None:
    with KernelLab(plan()) as lab:
        reports = lab.play(asking(lab))
    families = [report.family(Family.IPV4) for report in reports]
    found = [(one.mapping.value, one.filtering.value) for one in families if one is not None]
    assert found == [(one.mapping, one.filtering) for one in ALL_NINE]
    for report in reports:
        assert report.servers[0].honest.value is not False
    # All nine hairpin. Between two sockets that both send it shows, unless a new mapping towards
    # our own address has another port than the one that others were let in by.
    for one, behavior in zip(families, ALL_NINE, strict=True):
        seen = behavior.mapping is EI or behavior.filtering is EI
        assert one is not None
        assert one.hairpinning.value is (EXTERNAL if seen else None), behavior.short
        assert one.hairpinning.possible == (), behavior.short


def turned(lab: KernelLab, kind: int, how: Hairpinning) -> Behavior:
    """Let a NAT of the lab hairpin in another way."""
    box = lab.nat(f"home-{ALICE}-{kind}")
    box.become(replace(box.behavior, hairpinning=how))
    return box.behavior


def test_no_hairpinning_is_told_from_hairpinning_where_the_hosts_kernel_lets_both_be_seen() -> None:
    with KernelLab(plan()) as lab:
        for kind in (0, 1, 2):
            assert turned(lab, kind, NONE).mapping is EI
        turned(lab, 3, INTERNAL)
        turned(lab, 6, INTERNAL)
        # what has its own source address would be a martian there
        lab.host(f"{ALICE}-6").namespace.sysctl(ipv4__conf__all__accept_local=1)
        reports = lab.play(with_ours(lab, (0, 1, 2, 3, 6)))
    found = [one.hairpinning for r in reports if (one := r.family(Family.IPV4)) is not None]
    assert [one.value for one in found] == [None] * 4 + [INTERNAL]
    assert [one.possible for one in found] == [(NONE, INTERNAL)] * 4 + [()]
