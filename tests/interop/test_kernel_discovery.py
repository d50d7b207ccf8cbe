"""The nine NATs of the kernel, as coturn's client for NAT behaviour discovery sees them (RFC 5780)."""

import asyncio
import dataclasses
import re

import pytest

import relay
from hairpin.lab.kernelworlds import ALICE, SERVER_NAME, grid_plan
from nat import ALL_NINE, Dependence, Hairpinning
from nat.kernel import KernelHost, KernelLab
from nat.worlds import HostPlan, InterfacePlan, WorldPlan
from stunwire import Address
from tests.interop.coturn import find

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("root")]

FIRST, SECOND = Address("198.51.100.10", 3478), Address("198.51.100.11", 3479)
FILTERINGS = {
    "NAT with Endpoint Independent Filtering!": Dependence.ENDPOINT_INDEPENDENT,
    "NAT with Address Dependent Filtering!": Dependence.ADDRESS_DEPENDENT,
    "NAT with Address and Port Dependent Filtering!": Dependence.ADDRESS_AND_PORT_DEPENDENT,
}
ANSWER = re.compile(r"Response origin: : ([\d.]+):\d+\n(?:.*Other addr.*\n).*reflexive addr: (\S+)")


def plan() -> WorldPlan:
    """The nine NATs that hairpin, if they can, a host behind each, and a server with two addresses."""
    whole = grid_plan()
    server = HostPlan(SERVER_NAME, (InterfacePlan(addresses=(FIRST.host, SECOND.host)),))
    alices = [one for one in whole.hosts if one.name.startswith(ALICE)]
    hairpinning = tuple(
        dataclasses.replace(
            one, behavior=dataclasses.replace(one.behavior, hairpinning=Hairpinning.EXTERNAL_SOURCE)
        )
        for one in whole.nats[:9]
    )
    return dataclasses.replace(whole, nats=hairpinning, hosts=(server, *alices))


async def ask(host: KernelHost, what: str, port: int) -> str:
    process = await asyncio.create_subprocess_exec(
        *host.command([find("turnutils_natdiscovery"), what]),
        *("-L", host.address, "-l", str(port), "-p", str(FIRST.port), FIRST.host),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return output.decode(errors="replace")


async def serve(ready: asyncio.Event, stop: asyncio.Event) -> None:
    async with relay.serve(relay.Settings(listen=(FIRST,), alternate=SECOND)):
        ready.set()
        await stop.wait()


async def discover(lab: KernelLab) -> list[tuple[str, str, str]]:
    """What the client prints about the mapping, the filtering and the hairpinning of each NAT."""
    ready, stop = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        lab.host(SERVER_NAME).start(group, serve(ready, stop))
        await ready.wait()
        hosts = [lab.host(f"{ALICE}-{kind}") for kind in range(9)]
        mappings = asyncio.gather(*(ask(host, "-m", 5000) for host in hosts))
        filterings = asyncio.gather(*(ask(host, "-f", 6000) for host in hosts))
        hairpins = asyncio.gather(*(ask(host, "-H", 7000) for host in hosts))
        found = list(zip(await mappings, await filterings, await hairpins, strict=True))
        stop.set()
    return found


def mapping(output: str) -> Dependence:
    """Read the mapping from the answers.

    The client's own verdict never is "address-dependent": its third request goes to the first
    address again, and is compared with the second one.
    """
    answers = ANSWER.findall(output)
    assert len(answers) >= 2, output
    if len({seen for _, seen in answers}) == 1:
        return Dependence.ENDPOINT_INDEPENDENT
    if len(set(answers)) == len({server for server, _ in answers}):
        return Dependence.ADDRESS_DEPENDENT
    return Dependence.ADDRESS_AND_PORT_DEPENDENT


def filtering(output: str) -> Dependence:
    (verdict,) = [what for words, what in FILTERINGS.items() if words in output]
    return verdict


def hairpins(output: str) -> bool:
    """Read whether a request came back; the client says no more than that."""
    return "maybe a successful hairpinning" in output


def test_each_of_the_nine_is_what_it_was_told_to_be() -> None:
    with KernelLab(plan()) as lab:
        outputs = lab.play(discover(lab))
    found = [(mapping(one), filtering(other)) for one, other, _ in outputs]
    assert found == [(one.mapping, one.filtering) for one in ALL_NINE]
    # one socket sends, and the other has never sent there: its filter must let strangers in
    turned = [hairpins(output) for _, _, output in outputs]
    assert turned == [one.filtering is Dependence.ENDPOINT_INDEPENDENT for one in ALL_NINE]
