"""The kernel's nine NATs between us and Vovida's programs of RFC 3489: its client at our server, and we at its server."""

import asyncio
from pathlib import Path

import pytest

from nat import ALL_NINE, Behavior, Dependence
from nat.discovery import Report, StunServer
from nat.kernel import KernelHost, KernelLab
from stunwire import Family
from tests.interop.test_kernel_diagnosis import diagnose
from tests.interop.test_kernel_discovery import ALICE, FIRST, SECOND, SERVER_NAME, plan, serve
from tests.interop.vovida import find, read_filtering, read_hairpinning, read_mapping

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("root")]

EI, AD, APD = Dependence
PORT, OTHER_PORT = 4478, 4479
PATIENCE = 60.0
TRIES = 5


Said = tuple[frozenset[Dependence], frozenset[Dependence], bool | None]
"""What the mapping and the filtering may be, and whether packets are turned back."""


def knowable(behavior: Behavior) -> Said:
    """What the client finds behind a NAT that turns packets back, which all nine do.

    It never looks at the filter of a NAT whose mapping depends on something, and sees hairpinning where
    it is let in by its own external address.
    """
    if behavior.mapping is EI:
        return frozenset({EI}), frozenset({behavior.filtering}), True
    return frozenset({AD, APD}), frozenset(), behavior.filtering is EI


async def ask(host: KernelHost) -> Said:
    process = await asyncio.create_subprocess_exec(
        *host.command([find("stun"), f"{FIRST.host}:{FIRST.port}"]),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    text = output.decode(errors="replace")
    return read_mapping(text), read_filtering(text), read_hairpinning(text)


async def ask_patiently(host: KernelHost, behavior: Behavior) -> Said:
    """It waits a second and a half for all its answers, which a busy machine may need for itself."""
    said = await ask(host)
    for _ in range(TRIES - 1):
        if said == knowable(behavior):
            break
        said = await ask(host)
    return said


async def ask_ours(lab: KernelLab) -> list[Said]:
    """What the client says behind each NAT."""
    ready, stop = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        lab.host(SERVER_NAME).start(group, serve(ready, stop))
        await ready.wait()
        hosts = (lab.host(f"{ALICE}-{kind}") for kind in range(9))
        said = await asyncio.gather(*map(ask_patiently, hosts, ALL_NINE))
        stop.set()
    return said


def test_its_client_finds_at_our_server_what_rfc_3489_has_words_for() -> None:
    with KernelLab(plan()) as lab:
        said = lab.play(ask_ours(lab))
    assert said == list(map(knowable, ALL_NINE))


async def ask_theirs(lab: KernelLab, log: Path) -> list[Report]:
    """What we say behind each NAT of its server's answers."""
    where = ("-h", FIRST.host, "-a", SECOND.host, "-p", str(PORT), "-o", str(OTHER_PORT), "-v")
    with log.open("w") as out:
        process = await asyncio.create_subprocess_exec(
            *lab.host(SERVER_NAME).command([find("stund"), *where]),
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        async with asyncio.timeout(PATIENCE):
            while log.read_text().count("Opened port") < 4:
                assert process.returncode is None, log.read_text()
                await asyncio.sleep(0.01)
        return await diagnose(lab, StunServer(FIRST.host, PORT))
    finally:
        process.terminate()
        await process.wait()


def can_be_tested(behavior: Behavior) -> bool:
    """Whether its server can show the filtering.

    It drops requests with RESPONSE-PORT, which came with RFC 5780; so where each address sees another
    port of ours, nothing proves that silence is the filter's and not the server's.
    """
    return behavior.mapping is EI or behavior.filtering is EI


def test_its_server_of_rfc_3489_is_enough_to_know_each_nat_but_what_it_cannot_show(
    tmp_path: Path,
) -> None:
    with KernelLab(plan()) as lab:
        reports = lab.play(ask_theirs(lab, tmp_path / "log"))
    for behavior, report in zip(ALL_NINE, reports, strict=True):
        family = report.family(Family.IPV4)
        assert family is not None
        assert family.mapping.value is behavior.mapping, behavior.short
        filtering = behavior.filtering if can_be_tested(behavior) else None
        assert family.filtering.value is filtering, behavior.short
        assert report.servers[0].honest.value is True, behavior.short
