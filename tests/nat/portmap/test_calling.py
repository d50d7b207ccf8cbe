"""Tests of `nat.portmap.calling`: an action is called, and a refusal said in words."""

import pytest

from nat.choices import PortMapping
from nat.portmap import RefusedError
from nat.portmap.calling import Caller
from nat.portmap.description import Service
from nat.portmap.ssdp import Url
from nat.portmapping.igd import CONTROL_PATH
from nat.portmapping.ssdp import SERVICE
from stunwire import Address
from tests.nat.portmap.conftest import EXTERNAL, GATEWAY


def caller(home):
    control = Url(Address(GATEWAY, 5000), CONTROL_PATH)
    return Caller(home.network, Service(SERVICE, control), 2.0)


def test_what_comes_back_is_given_by_its_names(make_home) -> None:
    home = make_home((PortMapping.UPNP,))
    answer = home.run(caller(home).call("GetExternalIPAddress"))
    assert answer == {"NewExternalIPAddress": EXTERNAL}


def test_a_refusal_has_the_code_and_what_it_means(make_home) -> None:
    home = make_home((PortMapping.UPNP,))
    with pytest.raises(RefusedError, match="refuses by UPnP: it knows no") as no:
        home.run(caller(home).call("Explode"))
    assert no.value.code == 401
    assert "not known: it said so (code 999)" in str(caller(home).refusal(999, "it said so"))
