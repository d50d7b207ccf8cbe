"""The engine: aiortc and aioice, opened where they must be, behind one small interface."""

from peer.engine import names
from peer.engine.engine import AiortcEngine
from peer.engine.events import (
    CandidateFound,
    ChannelOpened,
    ConnectionBroken,
    ConnectionClosed,
    DtlsConnected,
    EngineEvent,
    GatheringEnded,
    IceCompleted,
    IceFailed,
    IceStarted,
    ServerFailed,
)
from peer.engine.icecandidate import RTCIceCandidate
from peer.engine.peerconnection import RTCPeerConnection
from peer.engine.settings import RTCConfiguration

names.check()

__all__ = [
    "AiortcEngine",
    "CandidateFound",
    "ChannelOpened",
    "ConnectionBroken",
    "ConnectionClosed",
    "DtlsConnected",
    "EngineEvent",
    "GatheringEnded",
    "IceCompleted",
    "IceFailed",
    "IceStarted",
    "RTCConfiguration",
    "RTCIceCandidate",
    "RTCPeerConnection",
    "ServerFailed",
]
