"""Every subcommand has its help, with an example and the exit status."""

from typing import Any

import pytest

from hairpin.diagnosis.commands import COMMANDS

NAMES = sorted(each.name for each in COMMANDS)


def test_the_group_is_a_command_of_its_own(run_nat: Any) -> None:
    text = " ".join(run_nat("--help").output.replace("│", " ").split())
    assert "Example: hairpin nat" in text
    for status in (
        "0 direct",
        "10 with some",
        "11 a relay",
        "12 UDP",
        "13 there is no",
        "3 the evidence",
        "2 wrong",
    ):
        assert status in text.partition("Exit status:")[2]
    for name in NAMES:
        assert f" {name} " in text


@pytest.mark.parametrize("name", NAMES)
def test_each_has_an_example_and_its_exit_status(run_nat: Any, name: str) -> None:
    text = " ".join(run_nat(name, "--help").output.split())
    assert f"Example: hairpin nat {name}" in text
    assert "Exit status:" in text
