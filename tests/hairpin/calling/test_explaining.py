"""Which diagnoses an explanation rests on is read from options."""

from pathlib import Path

import pytest
import typer

import nat
from hairpin.calling.explaining import Explaining
from hairpin.calling.plan import Diagnoses
from nat.discovery import Report, encode
from tests.nat.discovery.simulated import diagnose


def test_without_options_nothing_is_known_and_nothing_is_made() -> None:
    assert Explaining().diagnoses() == Diagnoses()
    assert not Diagnoses().are_wanted


def test_files_are_read_and_one_may_be_made(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_bytes(encode(diagnose(nat.FULL_CONE).evidence))
    found = Explaining(diagnosis=file).diagnoses()
    assert isinstance(found.own, Report)
    assert found.remote is None
    assert found.are_wanted
    made = Explaining(remote_diagnosis=file, diagnose=True).diagnoses()
    assert isinstance(made.remote, Report)
    assert made.make


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        (Explaining(), False),
        (Explaining(explain=True), True),
        (Explaining(diagnose=True), True),
        (Explaining(diagnosis=Path("mine.json")), True),
        (Explaining(remote_diagnosis=Path("theirs.json")), True),
    ],
)
def test_who_gives_a_diagnosis_has_it_explained(flags: Explaining, wanted: bool) -> None:
    assert flags.is_wanted is wanted


def test_two_of_one_side_make_no_sense() -> None:
    with pytest.raises(typer.BadParameter, match="one of --diagnosis and --diagnose"):
        Explaining(diagnosis=Path("mine.json"), diagnose=True).diagnoses()
