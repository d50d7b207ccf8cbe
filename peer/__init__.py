"""A WebRTC participant on aiortc: trickled candidates, several servers, and a path it can name."""

from peer.candidates import CandidateType, GatheredCandidate, ServerFailure
from peer.channel import Channel
from peer.configuration import Configuration, IceTransportPolicy, Nomination
from peer.errors import (
    ChannelClosedError,
    ConfigurationError,
    PeerError,
    RemoteError,
    SessionFailedError,
)
from peer.path import Path, PathKind
from peer.servers import Server, ServerKind, parse_servers
from peer.session import Session, meet
from peer.states import SessionState
from peer.timeline import Phase, Timeline

__all__ = [
    "CandidateType",
    "Channel",
    "ChannelClosedError",
    "Configuration",
    "ConfigurationError",
    "GatheredCandidate",
    "IceTransportPolicy",
    "Nomination",
    "Path",
    "PathKind",
    "PeerError",
    "Phase",
    "RemoteError",
    "Server",
    "ServerFailure",
    "ServerKind",
    "Session",
    "SessionFailedError",
    "SessionState",
    "Timeline",
    "meet",
    "parse_servers",
]
