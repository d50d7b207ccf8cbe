"""NAT behaviour in the words of RFC 4787, with the popular names beside them.

One enum, `Dependence`, serves mapping and filtering alike: both answer "what does it depend on?".
"""

import enum
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


class Dependence(enum.Enum):
    """What a mapping (RFC 4787 §4.1) or a filter (RFC 4787 §5) depends on."""

    ENDPOINT_INDEPENDENT = "endpoint-independent"
    ADDRESS_DEPENDENT = "address-dependent"
    ADDRESS_AND_PORT_DEPENDENT = "address-and-port-dependent"

    @property
    def short(self) -> str:
        """The usual abbreviation: EI, AD or APD."""
        return _SHORT[self]


_SHORT: Final = {
    Dependence.ENDPOINT_INDEPENDENT: "EI",
    Dependence.ADDRESS_DEPENDENT: "AD",
    Dependence.ADDRESS_AND_PORT_DEPENDENT: "APD",
}


class PortAssignment(enum.Enum):
    """How the external port of a new mapping is chosen (RFC 4787 §4.2.1)."""

    PRESERVING = "preserving"
    """The internal port if it is free, otherwise a random one. Never overloading (REQ-3)."""
    SEQUENTIAL = "sequential"
    RANDOM = "random"


class Hairpinning(enum.Enum):
    """What happens to a packet from the inside to an external address of the NAT (RFC 4787 §6)."""

    NONE = "none"
    INTERNAL_SOURCE = "internal source address"
    EXTERNAL_SOURCE = "external source address"
    """As RFC 4787 REQ-9a demands."""


@dataclass(frozen=True, slots=True)
class Behavior:
    """What one NAT does.

    Args:
        mapping: what the choice of the external address and port depends on.
        filtering: whose packets a mapping lets in. Filters belong to a mapping.
        ports: how external ports are chosen.
        hairpinning: whether two hosts inside can meet at the external addresses.
        mapping_lifetime: seconds of outbound silence after which a UDP mapping ends
            (RFC 4787 REQ-5: at least 120). Only outbound packets refresh it (REQ-6).
        tcp_lifetime: the same for TCP (RFC 5382 REQ-5: at least 7440).
    """

    mapping: Dependence
    filtering: Dependence
    ports: PortAssignment = PortAssignment.RANDOM
    hairpinning: Hairpinning = Hairpinning.NONE
    mapping_lifetime: float = 120.0
    tcp_lifetime: float = 7440.0

    def __post_init__(self) -> None:
        if self.mapping_lifetime <= 0 or self.tcp_lifetime <= 0:
            raise ValueError(
                f"a mapping must live for more than 0 s, not {self.mapping_lifetime:g} s (UDP)"
                f" and {self.tcp_lifetime:g} s (TCP)"
            )

    @property
    def name(self) -> str:
        """The popular name if there is one, else `mapping/filtering` in RFC 4787's words."""
        return _POPULAR.get((self.mapping, self.filtering), self.words)

    @property
    def words(self) -> str:
        """`mapping/filtering` in RFC 4787's words; `parse` reads it."""
        return f"{self.mapping.value}/{self.filtering.value}"

    @property
    def short(self) -> str:
        """`mapping/filtering` abbreviated, such as `EI/APD`; `parse` reads it."""
        return f"{self.mapping.short}/{self.filtering.short}"


FULL_CONE: Final = Behavior(Dependence.ENDPOINT_INDEPENDENT, Dependence.ENDPOINT_INDEPENDENT)
RESTRICTED_CONE: Final = Behavior(Dependence.ENDPOINT_INDEPENDENT, Dependence.ADDRESS_DEPENDENT)
PORT_RESTRICTED_CONE: Final = Behavior(
    Dependence.ENDPOINT_INDEPENDENT, Dependence.ADDRESS_AND_PORT_DEPENDENT
)
SYMMETRIC: Final = Behavior(
    Dependence.ADDRESS_AND_PORT_DEPENDENT, Dependence.ADDRESS_AND_PORT_DEPENDENT
)

PRESETS: Final[Mapping[str, Behavior]] = MappingProxyType(
    {
        "full-cone": FULL_CONE,
        "restricted-cone": RESTRICTED_CONE,
        "port-restricted-cone": PORT_RESTRICTED_CONE,
        "symmetric": SYMMETRIC,
    }
)
"""The four kinds of RFC 3489 §5 under the names `parse` reads; "-cone" may be left out."""

_POPULAR: Final = {
    (preset.mapping, preset.filtering): name.replace("-cone", " cone")
    for name, preset in PRESETS.items()
}

ALL_NINE: Final = tuple(
    Behavior(mapping, filtering) for mapping, filtering in itertools.product(Dependence, Dependence)
)
"""Every mapping with every filtering, in the order of the truth tables: EI/EI, EI/AD, EI/APD, …"""


def parse(text: str) -> Behavior:
    """Read a preset's name or `mapping/filtering`.

    Words may be long or short, in any case, with spaces, underscores or hyphens.

    Raises:
        ValueError: it is neither; the message lists what is.
    """
    wanted = re.sub(r"[\s_-]+", "-", text.strip().lower())
    for name, preset in PRESETS.items():
        if wanted in {name, name.removesuffix("-cone")}:
            return preset
    mapping, slash, filtering = wanted.partition("/")
    dependences = {word: one for one in Dependence for word in (one.value, one.short.lower())}
    try:
        if slash:
            return Behavior(dependences[mapping.strip(" -")], dependences[filtering.strip(" -")])
    except KeyError:
        pass
    words = ", ".join(f"{one.value} ({one.short.lower()})" for one in Dependence)
    raise ValueError(
        f"{text!r} names no NAT behaviour. Known: {', '.join(PRESETS)};"
        f" or MAPPING/FILTERING, each one of {words}"
    )
