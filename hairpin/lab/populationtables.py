"""What came of a population, for people (verdict, table, sources) and for programs (JSON)."""

import math
from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console
from rich.text import Text

import hairpin.console as look
from hairpin import __version__
from hairpin.lab.couples import Group, Met, count
from hairpin.lab.mix import Mix, pairs_of

_MANY: Final = 0.8
_FEW: Final = 0.2


def show(mix: Mix, met: Sequence[Met], out: Console, *, took: float, quiet: bool) -> None:
    """Print the verdict, the pairs of kinds, and where the mix comes from."""
    everybody = count(met)
    out.print(_verdict(mix, everybody, took))
    if quiet:
        return
    numbers = ("pairs", "direct", "median", "95 %")
    rows = look.table("one side", "other side", *numbers, right=numbers)
    for (one, other), group in by_kinds(mix, met).items():
        if group.couples:
            rows.add_row(one, other, *_figures(group))
    rows.add_section()
    rows.add_row("all", "", *_figures(everybody))
    out.print(rows)
    out.print(
        Text("median, 95 %: the time within which so many of the direct ones connect", look.QUIET)
    )
    if everybody.unexpected:
        text = f"{look.count(everybody.unexpected, 'pair')} not as the rule of traversal says"
        out.print(Text(text, look.HELPED))
    for kind in mix.kinds:
        out.print(Text(f"{kind.name}: {kind.share:.0%} of all. {kind.source}".rstrip(), look.QUIET))


def by_kinds(mix: Mix, met: Sequence[Met]) -> dict[tuple[str, str], Group]:
    """Every pair of kinds, in the order of the mix, with what came of its couples."""
    names = [kind.name for kind in mix.kinds]
    sorted_kinds = [tuple(sorted(one.kinds, key=names.index)) for one in met]
    return {
        pair: count([one for one, kinds in zip(met, sorted_kinds, strict=True) if kinds == pair])
        for pair in pairs_of(names)
    }


def document(mix: Mix, met: Sequence[Met], *, seed: int, took: float) -> dict[str, Any]:
    """The population as one JSON document; shares from 0 to 1, times in virtual milliseconds."""
    return {
        "version": __version__,
        "mix": mix.name,
        "seed": seed,
        "real_ms": round(took * 1000),
        "all": _record(count(met)),
        "kinds": [
            {"name": kind.name, "share": round(kind.share, 4), "source": kind.source}
            for kind in mix.kinds
        ],
        "pairs": [
            {"kinds": list(pair), **_record(group)} for pair, group in by_kinds(mix, met).items()
        ],
    }


def _verdict(mix: Mix, everybody: Group, took: float) -> Text:
    share = everybody.share
    colour = look.FINE if share > _MANY else look.HELPED if share > _FEW else look.BROKEN
    return Text(
        f"{_percent(share)} (± {everybody.doubt * 100:.0f}) of"
        f" {look.count(everybody.couples, 'pair')} connect directly,"
        f" half of them within {look.milliseconds(everybody.median)} ({mix.name}; {took:.1f} s).",
        colour,
    )


def _figures(group: Group) -> tuple[str, str, str, str]:
    return (
        f"{group.couples:,}",
        _percent(group.share),
        look.milliseconds(group.median),
        look.milliseconds(group.p95),
    )


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{share * 100:.0f} %"


def _record(group: Group) -> dict[str, Any]:
    return {
        "couples": group.couples,
        "direct": group.direct,
        "share": round(group.share, 4) if group.couples else None,
        "unexpected": group.unexpected,
        "median_ms": _ms(group.median),
        "p95_ms": _ms(group.p95),
    }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
