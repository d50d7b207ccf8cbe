"""Two hosts in the kernel try to meet, and what came of it in words and as data."""

from typing import Any

from rich.text import Text

from hairpin import __version__
from hairpin.console import BROKEN, FINE, QUIET, endpoint, milliseconds
from hairpin.lab.kernelworlds import LATER, nats_of, stun_server, with_server
from hairpin.lab.meeting import Outcome, make_configuration, try_to_meet
from nat.kernel import KernelLab
from nat.worlds import WorldPlan
from peer import Path


def meet(plan: WorldPlan, peers: tuple[str, str]) -> Outcome:
    """Build the world, let two of its hosts try, and remove it.

    Raises:
        KernelLabError: it cannot be built, or has no such hosts.
    """
    plan, server = with_server(plan)
    with KernelLab(plan) as lab:
        return lab.play(_meet(lab, peers, server))


async def _meet(lab: KernelLab, peers: tuple[str, str], server: str) -> Outcome:
    alice, bob = (lab.host(name) for name in peers)
    configuration = make_configuration(with_relay=False, asked=True)
    async with stun_server(lab.host(server)):
        return await try_to_meet(alice, bob, configuration, later=LATER)


def verdict(plan: WorldPlan, peers: tuple[str, str], outcome: Outcome, *, quiet: bool) -> Text:
    """One sentence, and who was where."""
    if not outcome.connected:
        text = Text(f"No direct path, after {milliseconds(outcome.elapsed)} of trying.", BROKEN)
    else:
        text = Text(f"Direct, {milliseconds(outcome.elapsed)}.", FINE)
    if quiet:
        return text
    for name, path in zip(peers, outcome.paths, strict=True):
        text.append(f"\n{name}", "bold")
        text.append(f" behind {_nats(plan, name)}")
        if path is not None:
            text.append(f": {path.local_type.words} {endpoint(path.local)}", QUIET)
    return text


def document(plan: WorldPlan, peers: tuple[str, str], outcome: Outcome) -> dict[str, Any]:
    """The same as one JSON document; times are milliseconds."""
    return {
        "version": __version__,
        "path": "direct" if outcome.connected else None,
        "ms": round(outcome.elapsed * 1000, 3),
        "peers": [
            {
                "host": name,
                "nats": [one.behavior.words for one in nats_of(plan, name)],
                "candidate": _candidate(path),
            }
            for name, path in zip(peers, outcome.paths, strict=True)
        ],
    }


def _nats(plan: WorldPlan, host: str) -> str:
    names = [f"{one.name} ({one.behavior.name})" for one in nats_of(plan, host)]
    return " behind ".join(names) or "no NAT"


def _candidate(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    return {"type": path.local_type.value, "address": endpoint(path.local)}
