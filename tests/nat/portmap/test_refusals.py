"""Tests of `nat.portmap.refusals`: every result code has words."""

import pytest

from nat.choices import PortMapping
from nat.portmap.refusals import explain
from nat.portmapping import natpmp, pcp

EVERY = [
    *((PortMapping.NAT_PMP, one) for one in natpmp.Result if one),
    *((PortMapping.PCP, one) for one in pcp.Result if one),
    *((PortMapping.UPNP, one) for one in (401, 402, 501, 606, 714, 718, 724, 725, 727, 728)),
]


@pytest.mark.parametrize(("spoken", "code"), EVERY)
def test_each_code_of_the_rfcs_is_said_in_words(spoken: PortMapping, code: int) -> None:
    words = explain(spoken, code)
    assert "not known" not in words
    assert words.endswith(f"(code {code})")


@pytest.mark.parametrize("spoken", PortMapping)
def test_an_unknown_code_is_told_with_what_the_gateway_said(spoken: PortMapping) -> None:
    assert explain(spoken, 999, "Full Moon") == (
        "for a reason that is not known: Full Moon (code 999)"
    )
    assert "it gave none (code 999)" in explain(spoken, 999)
