"""The truth table as one page of HTML that needs nothing else."""

from html import escape

from hairpin import __version__
from hairpin.console import milliseconds
from hairpin.lab.cells import Played
from hairpin.lab.gridtables import found, verdict
from operating.paper import written


def page(played: list[Played], took: float) -> str:
    """The page; a browser of any kind shows it in its own light or dark colours."""
    names = list(dict.fromkeys(one.cell.pairing.b.short for one in played))
    cell = played[0].cell
    return written(
        "hairpin.lab",
        "gridpage.html",
        title=escape(verdict(played, took).plain.partition(" (")[0].removesuffix(".") + "."),
        subtitle=escape(
            f"Two peers, each behind one NAT, played with real ICE in {took:.1f} s."
            f" Model {cell.model.value}, seed {cell.seed},"
            f" {'with' if cell.with_relay else 'without'} a relay; Hairpin {__version__}."
        ),
        heads="".join(f'<th scope="col">{name}</th>' for name in names),
        rows="\n".join(_row(name, played) for name in names),
        command=_command(played[0]),
    )


def _row(name: str, played: list[Played]) -> str:
    cells = "".join(f"<td>{_cell(one)}</td>" for one in played if one.cell.pairing.a.short == name)
    return f'<tr><th scope="row">{name}</th>{cells}</tr>'


def _cell(one: Played) -> str:
    kind = "direct" if one.direct else "relayed" if one.relayed else "none"
    text = found(one)
    if not one.ok:
        kind, text = "wrong", f"{text} !"
    name = f"{one.cell.pairing.a.short} × {one.cell.pairing.b.short}"
    label = f"{name}: {_found(one)}"
    return (
        f'<button type="button" class="{kind}" aria-pressed="false" aria-label="{escape(label)}"'
        f' data-name="{name}">{text}</button><template>{_details(one)}</template>'
    )


def _details(one: Played) -> str:
    expected = one.expected
    wanted = "relayed" if one.cell.with_relay else "no path"
    if expected.direct:
        wanted = f"direct, {expected.words}"
    pairs = {
        "Expected": wanted,
        "Found": _found(one),
        "Why": expected.reason,
        "Names": f"{one.cell.pairing.a.name} × {one.cell.pairing.b.name}",
    }
    listed = "".join(f"<dt>{term}</dt><dd>{escape(text)}</dd>" for term, text in pairs.items())
    drops = f"<pre>{escape(chr(10).join(one.drops))}</pre>" if one.drops else ""
    return f"<dl>{listed}</dl>{drops}"


def _found(one: Played) -> str:
    after = milliseconds(one.elapsed)
    if one.types is None:
        return f"no path after {after}"
    if one.relayed:
        return f"relayed, after {after}"
    return f"direct, {' and '.join(kind.words for kind in one.types)}, after {after}"


def _command(one: Played) -> str:
    cell = one.cell
    relay = " --relay" if cell.with_relay else ""
    return f"hairpin lab grid{relay} --model {cell.model.value} --seed {cell.seed} --html grid.html"
