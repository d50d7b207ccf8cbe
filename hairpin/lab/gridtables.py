"""The truth table for people (verdict, table, legend) and for programs (JSON)."""

from typing import Any

from rich.console import Console
from rich.text import Text

import nat
from hairpin import __version__
from hairpin.console import BROKEN, FINE, HELPED, QUIET, milliseconds, table
from hairpin.lab.cells import Played

_LETTERS = {
    nat.CandidateType.HOST: "h",
    nat.CandidateType.SERVER_REFLEXIVE: "s",
    nat.CandidateType.PEER_REFLEXIVE: "p",
    nat.CandidateType.RELAYED: "r",
}
_LEGEND = (
    "Rows are the NAT of the side that controls, columns that of the other: mapping/filtering, EI"
    " endpoint-independent, AD address-dependent, APD address-and-port-dependent.\n"
    "s·p  direct: the candidate of the row is s, that of the column p"
    " (s server-reflexive, p peer-reflexive, h host)\n"
    "relay  connected through the relay     –  no path     !  not as expected"
)


def show(played: list[Played], out: Console, took: float, *, quiet: bool) -> None:
    """Print the table, the verdict first."""
    out.print(verdict(played, took))
    if quiet:
        return
    names = list(dict.fromkeys(one.cell.pairing.b.short for one in played))
    rows = table("", *names)
    for name in names:
        rows.add_row(
            Text(name, "bold"), *(_cell(one) for one in played if one.cell.pairing.a.short == name)
        )
    out.print(rows)
    out.print(Text(_LEGEND, QUIET))
    for one in played:
        if not one.ok:
            out.print(Text(_complaint(one), BROKEN))


def verdict(played: list[Played], took: float) -> Text:
    """The whole table in one sentence."""
    model = played[0].cell.model.value
    wrong = sum(not one.ok for one in played)
    if wrong:
        text = f"{wrong} of {len(played)} pairings are not as expected (model {model})."
        return Text(text, BROKEN)
    direct = sum(one.direct for one in played)
    relayed = sum(one.relayed for one in played)
    others = f", the other {relayed} through the relay" if relayed else ""
    return Text(
        f"{direct} of {len(played)} pairings connect directly{others}, as expected"
        f" (model {model}; {took:.1f} s).",
        FINE,
    )


def document(played: list[Played], took: float) -> dict[str, Any]:
    """The table as one JSON document; times are virtual milliseconds unless the name says real."""
    return {
        "version": __version__,
        "model": played[0].cell.model.value,
        "relay": played[0].cell.with_relay,
        "seed": played[0].cell.seed,
        "ok": all(one.ok for one in played),
        "direct": sum(one.direct for one in played),
        "relayed": sum(one.relayed for one in played),
        "real_ms": round(took * 1000),
        "cells": [_record(one) for one in played],
    }


def found(one: Played) -> str:
    """What was found, in a word or two."""
    if one.types is None:
        return "–"
    if one.relayed:
        return "relay"
    return "·".join(_LETTERS[kind] for kind in one.types)


def _cell(one: Played) -> Text:
    colour = FINE if one.direct else HELPED if one.relayed else QUIET
    if one.ok:
        return Text(found(one), colour)
    return Text(f"{found(one)} !", BROKEN)


def _complaint(one: Played) -> str:
    expected = one.expected
    wanted = "a relayed path" if one.cell.with_relay else "no path"
    if expected.direct:
        wanted = expected.words
    got = "no path"
    if one.types is not None:
        got = "a relayed path" if one.relayed else " and ".join(kind.words for kind in one.types)
    return (
        f"{one.cell.pairing.a.short} × {one.cell.pairing.b.short}: expected {wanted}, because {expected.reason};"
        f" found {got} after {milliseconds(one.elapsed)}"
    )


def _record(one: Played) -> dict[str, Any]:
    path = None if one.types is None else "relayed" if one.relayed else "direct"
    expected = "direct" if one.expected.direct else "relayed" if one.cell.with_relay else None
    return {
        "a": one.cell.pairing.a.short,
        "b": one.cell.pairing.b.short,
        "expected": {
            "path": expected,
            "types": [_names(types) for types in one.expected.alternatives],
            "reason": one.expected.reason,
        },
        "found": {"path": path, "types": _names(one.types), "ms": round(one.elapsed * 1000, 3)},
        "ok": one.ok,
        "drops": list(one.drops),
    }


def _names(
    types: tuple[nat.CandidateType, nat.CandidateType] | None,
) -> list[str] | None:
    return None if types is None else [kind.value for kind in types]
