"""All 81 pairings of mapping × filtering, with everything real but the network.

Sessions on aiortc, the signaling server and its client, the relay: first without the relay, then
with it.
"""

from pathlib import Path

import pytest

import nat
from hairpin.demo.world import Pairing, play
from peer import PathKind

TABLE = Path(__file__).parent.parent / "nat" / "truth_table.txt"


def literal_table() -> dict[tuple[str, str], bool]:
    """The table derived from RFC 4787, cell by cell: whether a direct path exists."""
    lines = [line.split() for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    columns, *rows = lines
    return {
        (row[0], column): letter == "Y"
        for row in rows
        for column, letter in zip(columns, row[1:], strict=True)
    }


DIRECT = literal_table()


def found_paths(row: nat.Behavior, *, relay: bool) -> dict[str, PathKind | None]:
    """The path of each pairing in one row of the table."""
    found = {}
    for column in nat.ALL_NINE:
        run = play(Pairing.between(row, column, relay=relay), seed=1)
        assert run.found is not None or run.reason, f"{run.name}: no path and no reason"
        found[column.short] = run.found
    return found


def test_the_table_has_81_cells_and_42_of_them_are_direct() -> None:
    assert len(DIRECT) == 81
    assert sum(DIRECT.values()) == 42


@pytest.mark.parametrize("row", nat.ALL_NINE, ids=lambda row: row.short)
def test_without_a_relay_a_path_is_found_exactly_where_the_table_says_so(row: nat.Behavior) -> None:
    assert found_paths(row, relay=False) == {
        column.short: PathKind.REFLEXIVE if DIRECT[row.short, column.short] else None
        for column in nat.ALL_NINE
    }


@pytest.mark.parametrize("row", nat.ALL_NINE, ids=lambda row: row.short)
def test_with_a_relay_every_pairing_connects_and_directly_where_it_can(row: nat.Behavior) -> None:
    assert found_paths(row, relay=True) == {
        column.short: PathKind.REFLEXIVE if DIRECT[row.short, column.short] else PathKind.RELAYED
        for column in nat.ALL_NINE
    }
