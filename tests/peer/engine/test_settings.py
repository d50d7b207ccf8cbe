"""A configuration in our words or in the W3C's comes to the same."""

from typing import Any

import aiortc
import pytest

from peer import Configuration, ConfigurationError, IceTransportPolicy, RTCConfiguration
from peer.engine.settings import settle

BALANCED = aiortc.RTCBundlePolicy.BALANCED
MAX_BUNDLE = aiortc.RTCBundlePolicy.MAX_BUNDLE
RELAY = aiortc.RTCIceTransportPolicy.RELAY


def test_the_w3cs_servers_and_policy_are_ours() -> None:
    server = aiortc.RTCIceServer(["stun:a", "turn:b"], "user", "password")
    settings = settle(aiortc.RTCConfiguration([server], iceTransportPolicy=RELAY))
    assert [one.url for one in settings.configuration.servers] == ["stun:a", "turn:b"]
    assert settings.configuration.policy is IceTransportPolicy.RELAY
    assert settings.rtc.iceServers == []  # ours are asked by our gathering, none by aiortc's


@pytest.mark.parametrize(
    ("given", "bundle"),
    [
        (None, MAX_BUNDLE),
        (Configuration(), MAX_BUNDLE),
        (RTCConfiguration(), MAX_BUNDLE),
        (aiortc.RTCConfiguration(), MAX_BUNDLE),
        (RTCConfiguration(bundlePolicy=BALANCED), BALANCED),
        (
            aiortc.RTCConfiguration(bundlePolicy=aiortc.RTCBundlePolicy.MAX_COMPAT),
            aiortc.RTCBundlePolicy.MAX_COMPAT,
        ),
    ],
)
def test_everything_goes_over_one_transport_unless_asked_otherwise(given: Any, bundle: Any) -> None:
    assert settle(given).rtc.bundlePolicy is bundle


@pytest.mark.parametrize(
    "given", ["stun:a", RTCConfiguration([aiortc.RTCIceServer("http://a")]), {"iceServers": []}]
)
def test_what_makes_no_sense_is_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError):
        settle(given)


def test_one_certificate_may_be_given() -> None:
    certificate = aiortc.RTCCertificate.generateCertificate()
    assert settle(RTCConfiguration(certificates=[certificate])).certificates == [certificate]
    with pytest.raises(ConfigurationError, match="one certificate"):
        settle(RTCConfiguration(certificates=[]))
