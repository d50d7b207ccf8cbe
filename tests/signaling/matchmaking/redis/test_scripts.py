"""The scripts are there, each beginning with what all begin with."""

from importlib.resources import files

from signaling.matchmaking.redis import scripts


def test_each_script_has_its_file_and_each_file_its_script() -> None:
    folder = files("signaling.matchmaking.redis") / "lua"
    found = {each.name for each in folder.iterdir() if each.name.endswith(".lua")}
    assert found == {"prelude.lua", "books.lua", *(f"{name}.lua" for name in scripts.NAMES)}


def test_a_script_is_known_by_what_is_in_it() -> None:
    assert len({scripts.digest(name) for name in scripts.NAMES}) == len(scripts.NAMES)
    prelude = (files("signaling.matchmaking.redis") / "lua" / "prelude.lua").read_text()
    assert all(scripts.source(name).startswith(prelude) for name in scripts.NAMES)
