"""A trace as a table of aligned columns, one line for each event, and nothing wrapped."""

from collections.abc import Iterable

from nat.trace.events import TraceEvent

_HEADS = ("time", "packet", "where", "what", "addresses", "size", "carries")


def table(events: Iterable[TraceEvent], forgotten: int = 0) -> str:
    """Events as lines: seconds, packet, place, verdict, addresses, bytes, summary; and why, of drops.

    Args:
        forgotten: how many older events are not there any more.
    """
    cells = [_HEADS, *(_cells(event) for event in events)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADS) - 1)]
    lines = [_line(row, widths) for row in cells]
    if forgotten:
        lines.insert(1, f"({forgotten} older events were forgotten: see `trace_limit`)")
    return "\n".join(lines)


def _cells(event: TraceEvent) -> tuple[str, ...]:
    carries = event.summary
    if event.reason is not None:
        carries = f"{carries}; {event.reason.value}: {event.detail}"
    return (
        f"{event.time:.6f}", f"#{event.packet}", event.where, event.what, event.addresses,
        f"{event.size} B", carries,
    )  # fmt: skip


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    time, packet, where, what, addresses, size = (
        cell.rjust(width) if column in {0, 5} else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=False))
    )
    return f"{time}  {packet}  {where}  {what}  {addresses}  {size}  {row[-1]}".rstrip()
