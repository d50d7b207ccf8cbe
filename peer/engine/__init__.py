"""The engine: aiortc and aioice, opened where they must be."""

from peer.engine import names
from peer.engine.icecandidate import RTCIceCandidate
from peer.engine.peerconnection import RTCPeerConnection
from peer.engine.settings import RTCConfiguration

names.check()

__all__ = ["RTCConfiguration", "RTCIceCandidate", "RTCPeerConnection"]
