"""A peer connection's settings, whether said in our words or in the W3C's."""

from dataclasses import dataclass, field

import aiortc

from peer.configuration import Configuration, IceTransportPolicy
from peer.errors import ConfigurationError
from peer.servers import parse_servers

_TO_AIORTC = {
    IceTransportPolicy.ALL: aiortc.RTCIceTransportPolicy.ALL,
    IceTransportPolicy.RELAY: aiortc.RTCIceTransportPolicy.RELAY,
    IceTransportPolicy.NO_HOST: aiortc.RTCIceTransportPolicy.ALL,
}
_FROM_AIORTC = {
    aiortc.RTCIceTransportPolicy.ALL: IceTransportPolicy.ALL,
    aiortc.RTCIceTransportPolicy.RELAY: IceTransportPolicy.RELAY,
}


@dataclass
class RTCConfiguration(aiortc.RTCConfiguration):
    """The W3C's configuration. aiortc's own is taken as well; two defaults differ.

    No server is asked unless one is named: aiortc would ask a public one. Everything goes over one
    transport (max-bundle): aiortc would open one for audio, one for video and one for data, to
    close all but one when the answer comes.

    Attributes:
        certificates: The certificate for DTLS, at most one; `None` makes one for this connection.
    """

    bundlePolicy: aiortc.RTCBundlePolicy = aiortc.RTCBundlePolicy.MAX_BUNDLE
    certificates: list[aiortc.RTCCertificate] | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Settings:
    """What a peer connection was made with.

    Attributes:
        configuration: In our words.
        rtc: In aiortc's, without servers, which our gathering asks.
        certificates: Those to use, or `None`.
    """

    configuration: Configuration
    rtc: aiortc.RTCConfiguration
    certificates: list[aiortc.RTCCertificate] | None = None


def settle(given: Configuration | aiortc.RTCConfiguration | None) -> Settings:
    """Bring a configuration into both shapes.

    Raises:
        ConfigurationError: A server's URI makes no sense, or there are several certificates.
    """
    if given is None or isinstance(given, Configuration):
        configuration = given or Configuration()
        return Settings(configuration, _rtc(configuration, RTCConfiguration()))
    if not isinstance(given, aiortc.RTCConfiguration):
        raise ConfigurationError(
            f"a configuration is a Configuration or an RTCConfiguration, not {given!r:.80}"
        )
    configuration = Configuration(
        servers=parse_servers(given.iceServers or ()),
        policy=_FROM_AIORTC[given.iceTransportPolicy],
    )
    certificates = getattr(given, "certificates", None)
    if certificates is not None and len(certificates) != 1:
        raise ConfigurationError(f"one certificate can be used, not {len(certificates)}")
    return Settings(configuration, _rtc(configuration, given), certificates)


def _rtc(configuration: Configuration, given: aiortc.RTCConfiguration) -> aiortc.RTCConfiguration:
    """aiortc's shape; balanced, its default, counts only where our class says so."""
    bundle = given.bundlePolicy
    if bundle is aiortc.RTCBundlePolicy.BALANCED and not isinstance(given, RTCConfiguration):
        bundle = aiortc.RTCBundlePolicy.MAX_BUNDLE
    return RTCConfiguration(
        iceServers=[],
        iceTransportPolicy=_TO_AIORTC[configuration.policy],
        bundlePolicy=bundle,
        alwaysNegotiateDataChannels=given.alwaysNegotiateDataChannels,
    )
