"""What the subcommands of the lab share."""

from hairpin.lab.options import processes


def test_as_many_processes_as_are_asked_for_or_else_one_for_each_processor() -> None:
    assert processes(3) == 3
    assert processes(None) >= 1
