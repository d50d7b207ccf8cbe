"""Every pairing of two NATs as a world that is ready to use, with what should come of it.

`nat_matrix` of the pytest plugin makes a test of each; they can as well be made by hand.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from nat import reflector
from nat.behavior import Behavior
from nat.candidates import CandidateType
from nat.parsing import parse
from nat.presets import ALL_NINE
from nat.simulator import Simulation
from nat.traversal import Expectation, Model, Types, expect

LATENCIES: Final = (0.010, 0.015)
"""Seconds from each home to the internet; they differ, because what is symmetric hides races."""

_LAN: Final = "192.168.1.0/24"


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two NATs that shall be crossed.

    Attributes:
        a: the NAT before the first side, which controls (RFC 8445 §6.1.1).
        b: the NAT before the second.
        model: the model that both follow, or None if each has settings of its own.
    """

    a: Behavior
    b: Behavior
    model: Model | None = None

    @property
    def name(self) -> str:
        """Such as `EI/APD-APD/APD`."""
        return f"{self.a.short}-{self.b.short}"

    @property
    def expected(self) -> Expectation:
        """What ICE finds."""
        return expect(self.a, self.b)


class NatPair:
    """A world of two homes, each behind its NAT, and a server on the internet.

    Args:
        simulation: an empty world.
        pairing: the two NATs.
        lans: the addresses behind them; by default both have the same, as most homes do.

    Attributes:
        simulation: the world.
        pairing: the two NATs, and what should come of them.
        server: a host on the internet, with the name "server".
        homes: the two NATs.
        alice: the host behind the first NAT.
        bob: the host behind the second.
    """

    def __init__(
        self, simulation: Simulation, pairing: Pairing, *, lans: tuple[str, str] = (_LAN, _LAN)
    ) -> None:
        self.simulation = simulation
        self.pairing = pairing
        self.server = simulation.host("server")
        self.homes = (
            simulation.nat("home-a", pairing.a, lan=lans[0]),
            simulation.nat("home-b", pairing.b, lan=lans[1]),
        )
        for home, latency in zip(self.homes, LATENCIES, strict=True):
            simulation.link(home, latency=latency)
        self.alice = self.homes[0].host("alice")
        self.bob = self.homes[1].host("bob")

    @property
    def expected(self) -> Expectation:
        """What ICE finds."""
        return self.pairing.expected

    @property
    def stun_server(self) -> tuple[str, int]:
        """The address of the STUN server, once `serve_stun` has been awaited."""
        return (self.server.address, reflector.PORT)

    async def serve_stun(self) -> None:
        """Start a STUN server on the server, for server-reflexive candidates."""
        await self.server.run(reflector.serve())

    def assert_direct(self, found: bool) -> None:  # noqa: FBT001 - the one thing asserted
        """Assert that a direct path was found exactly where one exists.

        Raises:
            AssertionError: it was not; the message says what was expected and why packets were
                dropped.
        """
        __tracebackhide__ = True
        expected = self.expected
        if found is not expected.direct:
            wanted = "a direct path" if expected.direct else "no direct path"
            self._complain(wanted, "one" if found else "none")

    def assert_candidate_types(self, found: Iterable[CandidateType | str] | None) -> None:
        """Assert that the selected pair has the candidates that these NATs lead to.

        Args:
            found: the type of each side's own candidate, the controlling side's first, as enums or
                as in SDP (`host`, `srflx`, `prflx`, `relay`); None if there was no direct path.

        Raises:
            AssertionError: it has others; the message says what was expected and why packets were
                dropped.
            ValueError: it is not two types.
        """
        __tracebackhide__ = True
        types = None if found is None else _both(found)
        if not self.expected.allows(types):
            self._complain(self.expected.words, _words(types))

    def _complain(self, wanted: str, found: str) -> None:
        __tracebackhide__ = True
        a, b, model = self.pairing.a, self.pairing.b, self.pairing.model
        under = "" if model is None else f", model {model.value}"
        raise AssertionError(
            f"between {a.short} ({a.name}) and {b.short} ({b.name}){under}: expected {wanted}, because {self.expected.reason};"
            f" found {found}\n{self.simulation.explain()}"
        )


def pairings(
    model: Model | str = Model.PURE, behaviors: Sequence[Behavior | str] = ALL_NINE
) -> list[Pairing]:
    """Every behaviour with every other, in the order of the truth tables.

    Args:
        model: what the NATs do where RFC 4787 leaves it open.
        behaviors: those to pair, as values or by name; all nine types by default.

    Raises:
        ValueError: a name is none.
    """
    model = Model(model)
    known = [model.of(one if isinstance(one, Behavior) else parse(one)) for one in behaviors]
    return [Pairing(a, b, model) for a, b in itertools.product(known, known)]


def _both(found: Iterable[CandidateType | str]) -> Types:
    """The types of both sides.

    Raises:
        ValueError: it is not two types.
    """
    one, other = found
    return CandidateType(one), CandidateType(other)


def _words(types: Types | None) -> str:
    return "no direct path" if types is None else " and ".join(one.words for one in types)
