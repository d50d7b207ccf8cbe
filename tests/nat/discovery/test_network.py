"""Whoever plays the world for a diagnosis must offer all that it may ask."""

import inspect

from nat.discovery.network import Network, StreamEndpoint, UdpEndpoint


def test_every_promise_says_what_it_is() -> None:
    for interface in (Network, UdpEndpoint, StreamEndpoint):
        promises = [each for name, each in vars(interface).items() if not name.startswith("_")]
        assert promises
        assert all(inspect.getdoc(each) for each in promises)
