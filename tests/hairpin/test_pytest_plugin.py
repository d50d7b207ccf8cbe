"""The pytest plugin in the test-suite of a stranger who has only installed Hairpin."""

import subprocess
import sys
from importlib.metadata import entry_points
from types import SimpleNamespace
from typing import Any

import pytest

import nat.matrix
from hairpin import pytest_plugin

pytest_plugins = ("pytester",)

GREETING = """
import asyncio
import nat


async def greet(reader, writer):
    writer.write(b"hello, " + await reader.readline())
    writer.close()


async def ask(host):
    reader, writer = await asyncio.open_connection(host, 7000)
    writer.write(b"world\\n")
    answer = await reader.read()
    writer.close()
    return answer


def test_a_client_behind_a_nat_is_greeted(simulation):
    server = simulation.host("server")
    laptop = simulation.nat("home", nat.SYMMETRIC).host("laptop")

    async def main():
        listening = await server.run(asyncio.start_server(greet, "0.0.0.0", 7000))
        answer = await laptop.run(ask("server"))
        listening.close()
        return answer

    assert simulation.run(main()) == b"hello, world\\n"
"""

UNREACHABLE = """
import asyncio
import nat


def test_a_server_behind_a_nat_is_reached(simulation):
    laptop = simulation.host("laptop")
    server = simulation.nat("home", nat.FULL_CONE, external="203.0.113.7").host("server")

    async def main():
        with laptop:
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_datagram_endpoint(
                asyncio.DatagramProtocol, remote_addr=("203.0.113.7", 7)
            )
        transport.sendto(b"is anybody there?")
        await asyncio.sleep(1)

    simulation.run(main())
    assert False, f"nobody, {simulation.seed}"
"""

MATRIX = """
import pytest
from nat import CandidateType


@pytest.mark.nat_matrix(model="pure", behaviors=["port-restricted-cone", "symmetric"])
def test_of_each_pairing(nat_pair):
    async def main():
        await nat_pair.serve_stun()

    nat_pair.simulation.run(main())
    assert nat_pair.stun_server == ("198.51.100.1", 3478)
    assert {nat_pair.alice.name, nat_pair.bob.name} == {"alice", "bob"}
    cones = nat_pair.pairing.name == "EI/APD-EI/APD"
    nat_pair.assert_direct(cones)
    nat_pair.assert_candidate_types(("srflx", CandidateType.SERVER_REFLEXIVE) if cones else None)
"""


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run the stranger's tests in this process, which has loaded everything already."""
    assert nat.matrix
    return pytester.runpytest_inprocess("-p", "no:asyncio", *arguments)


def test_an_ordinary_program_runs_in_the_world_of_the_fixture(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(GREETING)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_failure_tells_seed_replay_time_and_drops(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_stranger=UNREACHABLE)
    result = run(pytester, "--nat-seed", "42")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*nobody, 42*",
            "*simulated world*",
            "seed 42; to play it again: pytest 'test_stranger.py::*_is_reached' --nat-seed 42",
            "virtual time 1.0?? s",
            "home dropped 1 packet *: no such mapping: nobody inside has opened 203.0.113.7:7",
        ]
    )


def test_a_long_story_is_cut() -> None:
    drops = "\n".join(f"home dropped packet {number}" for number in range(60))
    world = SimpleNamespace(seed=1, now=2.0, explain=lambda: drops)
    item: Any = SimpleNamespace(nodeid="test_it.py::test_it")
    story = pytest_plugin._story(item, world)
    assert story.splitlines()[1:3] == ["virtual time 2.000 s", "home dropped packet 0"]
    assert story.endswith("home dropped packet 49\n… and 10 more lines")


def test_the_seed_is_the_same_each_time_unless_random_is_asked_for(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("def test_it(simulation):\n    assert False, simulation.seed\n")
    seeds = []
    for option in ((), (), ("--nat-seed=random",), ("--nat-seed=random",)):
        lines = run(pytester, *option).outlines
        seeds += [line.split(";")[0] for line in lines if line.startswith("seed ")]
    assert seeds[:2] == ["seed 1", "seed 1"]
    assert len(set(seeds)) == 3


def test_the_matrix_makes_a_test_of_each_pairing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MATRIX)
    result = run(pytester, "-v", "--strict-markers")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*test_of_each_pairing?EI/APD-APD/APD? PASSED*"])


def test_a_matrix_without_arguments_has_81_cells(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import pytest\n@pytest.mark.nat_matrix\ndef test_it(nat_pair):\n    pass\n"
    )
    run(pytester).assert_outcomes(passed=81)


def test_candidate_types_that_differ_are_told_with_the_reason(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.nat_matrix(behaviors=["full-cone"])
        def test_it(nat_pair):
            nat_pair.assert_candidate_types(("host", "prflx"))
        """
    )
    result = run(pytester)
    result.stdout.fnmatch_lines(
        [
            "E *between EI/EI (full cone) and *: expected server-*, because *found host and peer-*",
            "*seed 1; to play it again: *",
        ]
    )


@pytest.mark.parametrize(
    ("marker", "option", "complaint"),
    [
        ("nat_matrix(model='wishful')", (), "'wishful' is not a valid Model"),
        ("nat_matrix(behaviors=['cosy'])", (), "'cosy' names no NAT behaviour"),
        ("nat_matrix(size=3)", (), "unexpected keyword argument 'size'"),
        ("skipif(False, reason='')", (), "nat_pair is for tests marked"),
        ("nat_matrix", ("--nat-seed=x",), "--nat-seed is a number from 0 up, or 'random', not 'x'"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    pytester: pytest.Pytester, marker: str, option: tuple[str, ...], complaint: str
) -> None:
    pytester.makepyfile(f"import pytest\n@pytest.mark.{marker}\ndef test_it(nat_pair):\n    pass\n")
    result = run(pytester, *option)
    assert result.ret != 0
    assert complaint in result.stdout.str() + result.stderr.str()


def test_whoever_does_not_use_it_does_not_pay_for_it() -> None:
    """pytest loads the plugin wherever Hairpin is installed."""
    (found,) = [one for one in entry_points(group="pytest11") if one.name == "hairpin"]
    assert found.value == "hairpin.pytest_plugin"
    code = (
        "import pytest, sys; before = set(sys.modules); import hairpin.pytest_plugin;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['hairpin', 'hairpin.pytest_plugin']"
