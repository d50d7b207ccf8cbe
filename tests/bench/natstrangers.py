"""What other tools say of the kernel's nine NATs, which all turn packets back, beside what we say.

Those that no package has are asked where they are installed: `stunclient` is stuntman's, built of its source, and
`stun-nat-behaviour` pion's, built by Go of Debian's golang-github-pion-stun-dev.
"""

import asyncio
import re
import shutil
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import house  # noqa: F401

# isort: split
from rich.table import Table

import nat
from nat import Behavior, Dependence, Hairpinning
from nat.discovery import Report
from nat.kernel import KernelHost, KernelLab
from stunwire import Address, Family
from tests.interop import vovida
from tests.interop.test_kernel_discovery import (
    ALICE,
    FILTERINGS,
    FIRST,
    SERVER_NAME,
    ask,
    hairpins,
    plan,
    serve,
)
from tests.interop.test_kernel_strangers import STOCK

EI, AD, APD = Dependence
NOTHING: frozenset[Dependence] = frozenset()
STOCK_WAIT = "2"
"""Seconds that pystun3 waits for a packet of its own accord."""
WORDS = re.compile(
    r"(?:NAT with |Nat (?:behavior|filtering): |NAT (?:mapping|filtering) behavior: )"
    r"(endpoint independent|address dependent|address and port dependent)",
    re.IGNORECASE,
)
MAPPINGS = re.compile(r"[Mm]apping|Nat behavior")
DEPENDENCES = dict(
    zip(
        ("endpoint independent", "address dependent", "address and port dependent"),
        Dependence,
        strict=True,
    )
)
CONES = {"Full Cone": EI, "Restric NAT": AD, "Restric Port NAT": APD}
LOSS = """
table inet loss {{
  chain input {{ type filter hook input priority -300; ip protocol udp numgen random mod 100 < {loss} drop; }}
  chain output {{ type filter hook output priority -300; ip protocol udp numgen random mod 100 < {loss} drop; }}
}}
"""
Diagnosis = Callable[[Sequence[Address]], Coroutine[Any, Any, Report]]


@dataclass(frozen=True)
class Found:
    """What a mapping and a filtering may be, empty where that is not told, and whether packets are turned back."""

    mapping: frozenset[Dependence] = NOTHING
    filtering: frozenset[Dependence] = NOTHING
    hairpinning: bool | None = None


def _one(found: Dependence | None) -> frozenset[Dependence]:
    return NOTHING if found is None else frozenset({found})


async def run(host: KernelHost, *argv: str) -> str:
    """What a program prints on a host."""
    process = await asyncio.create_subprocess_exec(
        *host.command(argv), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return output.decode(errors="replace")


async def pystun3(host: KernelHost) -> Found:
    output = await run(host, sys.executable, "-c", STOCK, FIRST.host, str(FIRST.port), STOCK_WAIT)
    name = output.strip().partition("|")[0]
    if name == "Symmetric NAT":
        return Found(frozenset({AD, APD}))
    return Found(_one(EI), _one(CONES[name])) if name in CONES else Found()


async def natdiscovery(host: KernelHost) -> Found:
    mapping = read(await ask(host, "-m", 5000)).mapping
    filtering = await ask(host, "-f", 6000)
    return Found(
        mapping,
        frozenset(what for words, what in FILTERINGS.items() if words in filtering),
        hairpins(await ask(host, "-H", 7000)) or None,
    )


async def stun(host: KernelHost) -> Found:
    output = await run(host, "stun", f"{FIRST.host}:{FIRST.port}")
    return Found(
        vovida.read_mapping(output), vovida.read_filtering(output), vovida.read_hairpinning(output)
    )


async def stunclient(host: KernelHost) -> Found:
    return read(await run(host, "stunclient", "--mode", "full", FIRST.host, str(FIRST.port)))


async def stunclient_apart(host: KernelHost) -> Found:
    outputs = [
        await run(host, "stunclient", "--mode", mode, FIRST.host, str(FIRST.port))
        for mode in ("behavior", "filtering")
    ]
    return read("\n".join(outputs))


async def stun_nat_behaviour(host: KernelHost) -> Found:
    return read(await run(host, "stun-nat-behaviour", "-server", f"{FIRST.host}:{FIRST.port}"))


def read(output: str) -> Found:
    """The words of RFC 4787, which most of them print."""
    found = {"mapping": NOTHING, "filtering": NOTHING}
    for line in output.splitlines():
        if said := WORDS.search(line):
            of = "mapping" if MAPPINGS.search(line) else "filtering"
            found[of] = _one(DEPENDENCES[said[1].lower()])
    return Found(found["mapping"], found["filtering"])


OURS = "hairpin nat"
Tool = Callable[[KernelHost], Awaitable[Found]]
TOOLS: dict[str, tuple[Tool, str, str]] = {
    "pystun3": (pystun3, sys.executable, ""),
    "natdiscovery": (natdiscovery, "turnutils_natdiscovery", "coturn's clients"),
    "stun, Vovida": (stun, "stun", "Debian's stun-client"),
    "stunclient --mode full": (
        stunclient,
        "stunclient",
        "stuntman, which Debian 12 does not have,",
    ),
    "stunclient, mode by mode": (stunclient_apart, "stunclient", "the same"),
    "stun-nat-behaviour, pion": (stun_nat_behaviour, "stun-nat-behaviour", "pion's program"),
}
"""How each is asked, its program, and what it belongs to."""


def installed() -> tuple[list[str], list[str]]:
    """The tools that are there, and of the others why they are left out."""
    there = [name for name, (_, program, _) in TOOLS.items() if shutil.which(program)]
    missing = (name for name in TOOLS if name not in there)
    return there, [f"{name}: left out, since {TOOLS[name][2]} is not installed" for name in missing]


async def ask_all(
    lab: KernelLab, tools: Iterable[str], diagnosis: Diagnosis, rounds: int
) -> dict[str, list[tuple[Found, float]]]:
    """What each tool says of each of the nine NATs, round by round, and after how many seconds."""

    async def ours(host: KernelHost) -> Found:
        async with asyncio.TaskGroup() as group:
            task = lab.host(host.name).start(group, diagnosis((FIRST,)))
        family = task.result().family(Family.IPV4)
        if family is None:
            return Found()
        how = family.hairpinning.value
        turned = None if how is None else how is not Hairpinning.NONE
        return Found(_one(family.mapping.value), _one(family.filtering.value), turned)

    async def ask_one(tool: Tool, host: KernelHost) -> tuple[Found, float]:
        began = time.perf_counter()
        found = await tool(host)
        return found, time.perf_counter() - began

    ready, stop = asyncio.Event(), asyncio.Event()
    said: dict[str, list[tuple[Found, float]]] = {OURS: [], **{name: [] for name in tools}}
    async with asyncio.TaskGroup() as group:
        lab.host(SERVER_NAME).start(group, serve(ready, stop))
        await ready.wait()
        hosts = [lab.host(f"{ALICE}-{kind}") for kind in range(9)]
        for _ in range(rounds):
            for name, answers in said.items():
                tool = ours if name == OURS else TOOLS[name][0]
                answers.extend(await asyncio.gather(*(ask_one(tool, host) for host in hosts)))
        stop.set()
    return said


def grade(found: Found, truth: Behavior) -> tuple[str, str, str]:
    """Of the mapping, the filtering and the hairpinning."""

    def one(said: frozenset[Dependence], true: Dependence) -> str:
        return ("right" if true in said else "wrong") if said else "unknown"

    turned = {None: "unknown", True: "right", False: "wrong"}[found.hairpinning]
    return one(found.mapping, truth.mapping), one(found.filtering, truth.filtering), turned


def table(tools: Sequence[str], diagnosis: Diagnosis, *, loss: int = 0, rounds: int = 1) -> Table:
    """Each finding of each tool: right, unknown, wrong.

    Args:
        loss: percent of the packets that the server loses, each way.
    """
    with KernelLab(plan()) as lab:
        if loss:
            lab.host(SERVER_NAME).namespace.nft(LOSS.format(loss=loss))
        said = lab.play(ask_all(lab, tools, diagnosis, rounds))
    made = Table(
        "tool", "finding", "right", "unknown", "wrong", "seconds, median", "worst",
        title=f"The kernel's nine NATs, {rounds} times, with {loss} % lost each way;"
        "\n`Symmetric` and `Dependent Mapping` count as right for two mappings",
        title_justify="left",
    )  # fmt: skip
    for name, answers in said.items():
        seconds = [took for _, took in answers]
        times = f"{statistics.median(seconds):.1f}", f"{max(seconds):.1f}"
        truths = rounds * nat.ALL_NINE
        grades = [grade(found, truth) for truth, (found, _) in zip(truths, answers, strict=True)]
        for index, finding in enumerate(("mapping", "filtering", "hairpinning")):
            counts = Counter(each[index] for each in grades)
            told = [str(counts[each]) for each in ("right", "unknown", "wrong")]
            made.add_row(name, finding, *told, *(times if not index else ("", "")))
    return made
