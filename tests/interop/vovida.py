"""Vovida's client and server of RFC 3489 as strangers: Debian's stun-client and stun-server, of 2005 and still there."""

import os
import shutil

import pytest

from nat import Dependence

FILTERS = {
    "Independent Filter": Dependence.ENDPOINT_INDEPENDENT,
    "Address Dependent Filter": Dependence.ADDRESS_DEPENDENT,
    "Port Dependent Filter": Dependence.ADDRESS_AND_PORT_DEPENDENT,
}


def find(program: str) -> str:
    """Return the path of a program; without it the tests fail, they are not skipped."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        pytest.fail(
            f"{program} is not installed: the set-up step of `make test` installs it"
            " (Debian packages stun-client and stun-server)"
        )
    return found


def read_mapping(output: str) -> frozenset[Dependence]:
    """What the client says of the mapping: that it depends on something is all it knows beside independence."""
    first, *others = Dependence
    if "Independent Mapping" in output:
        return frozenset({first})
    return frozenset(others) if "Dependent Mapping" in output else frozenset()


def read_filtering(output: str) -> frozenset[Dependence]:
    """What it says of the filtering; nothing where the mapping depends on something."""
    return frozenset(what for words, what in FILTERS.items() if f", {words}" in output)


def read_hairpinning(output: str) -> bool | None:
    """Whether it says that packets are turned back."""
    for words, said in {"will hairpin": True, "no hairpin": False}.items():
        if words in output:
            return said
    return None
