"""Tests of `nat.portmap.network`: what a diagnosis has is what asking a gateway needs."""

from nat.discovery.network import Network as DiscoveryNetwork
from nat.portmap.network import Network
from nat.portmap.sockets import Sockets


def test_its_own_sockets_and_those_of_a_diagnosis_will_do() -> None:
    def take(network: Network) -> Network:
        return network

    def give(network: DiscoveryNetwork) -> Network:
        return network  # what mypy checks here is the test

    assert take(Sockets())
    assert give
