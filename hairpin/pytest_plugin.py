"""The pytest plugin: a world for a test, and a test for each pairing of two NATs.

pytest loads it wherever Hairpin is installed, so it loads nothing itself before a test asks for it:
that is why it is not in `nat`, which takes some ten milliseconds, and why its fixtures are typed `Any`.

- `simulation`: an empty, seeded world (`nat.simulator.Simulation`).
- `nat_pair`, in a test marked `nat_matrix`: two homes behind NATs, a server, and what should come of
  it (`nat.matrix.NatPair`). The marker takes `model=` and `behaviors=`.
- `--nat-seed N`: the seed, or `random` for another one each time.

When a test fails, its report has the seed, how to play it again, and why packets were dropped.
"""

import importlib
import random
from collections.abc import Generator
from typing import Any, Final

import pytest

MARKER: Final = "nat_matrix"
_worlds: Final = pytest.StashKey[list[Any]]()
_seed: Final = pytest.StashKey[int]()
_MOST_BITS: Final = 32
_MOST_LINES: Final = 50


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the seed."""
    group = parser.getgroup("hairpin", "worlds behind NATs")
    group.addoption(
        "--nat-seed",
        metavar="N",
        default="1",
        help="what decides every random choice in simulated worlds: a number, or 'random'",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Read the seed, and make the marker known."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(model='pure', behaviors=…): run the test behind each pairing of two NATs",
    )
    text = config.getoption("--nat-seed")
    if text == "random":
        config.stash[_seed] = random.SystemRandom().getrandbits(_MOST_BITS)
    elif text.isdecimal():
        config.stash[_seed] = int(text)
    else:
        raise pytest.UsageError(f"--nat-seed is a number from 0 up, or 'random', not {text!r}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each pairing."""
    marker = metafunc.definition.get_closest_marker(MARKER)
    if marker is None or "nat_pair" not in metafunc.fixturenames:
        return
    try:
        pairings = importlib.import_module("nat.matrix").pairings(*marker.args, **marker.kwargs)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: {MARKER}: {error}") from None
    metafunc.parametrize("nat_pair", pairings, indirect=True, ids=lambda one: one.name)


@pytest.fixture
def simulation(request: pytest.FixtureRequest) -> Any:
    """An empty world, a `nat.simulator.Simulation`, whose seed is that of `--nat-seed`."""
    module = importlib.import_module("nat.simulator")
    world = module.Simulation(request.config.stash[_seed])
    request.node.stash.setdefault(_worlds, []).append(world)
    return world


@pytest.fixture
def nat_pair(simulation: Any, request: pytest.FixtureRequest) -> Any:
    """Two homes behind NATs, a `nat.matrix.NatPair`, in a test marked `nat_matrix`."""
    pairing = getattr(request, "param", None)
    if pairing is None:
        raise pytest.UsageError(f"nat_pair is for tests marked @pytest.mark.{MARKER}(…)")
    return importlib.import_module("nat.matrix").NatPair(simulation, pairing)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell what happened in the world of a test that has failed."""
    report = yield
    if report.failed:
        for world in item.stash.get(_worlds, []):
            report.sections.append(("simulated world", _story(item, world)))
    return report


def _story(item: pytest.Item, world: Any) -> str:
    lines = world.explain().splitlines()
    more = [f"… and {len(lines) - _MOST_LINES} more lines"] if len(lines) > _MOST_LINES else []
    head = [
        f"seed {world.seed}; to play it again: pytest '{item.nodeid}' --nat-seed {world.seed}",
        f"virtual time {world.now:.3f} s",
    ]
    return "\n".join([*head, *lines[:_MOST_LINES], *more])
