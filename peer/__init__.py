"""A WebRTC participant on aiortc: trickled candidates, several servers, and a path it can name."""

from aiortc import (
    AudioStreamTrack,
    InvalidAccessError,
    InvalidStateError,
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCCertificate,
    RTCIceServer,
    RTCIceTransportPolicy,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.exceptions import InternalError, OperationError
from aiortc.mediastreams import MediaStreamError

from peer.candidates import CandidateType, GatheredCandidate, ServerFailure
from peer.channel import Channel, RTCDataChannel
from peer.configuration import Configuration, IceTransportPolicy, Nomination
from peer.engine import RTCConfiguration, RTCIceCandidate, RTCPeerConnection
from peer.errors import (
    BufferFullError,
    ChannelClosedError,
    ChannelError,
    ConfigurationError,
    MediaError,
    MessageTooLargeError,
    PeerError,
    RemoteError,
    RoomFullError,
    SessionFailedError,
)
from peer.explanation import Explanation, explain
from peer.happenings import End, EndKind
from peer.matches import join_match, meet_match
from peer.meeting import meet
from peer.path import Path, PathKind
from peer.room import Room, join
from peer.servers import Server, ServerKind, parse_servers
from peer.session import Session
from peer.states import SessionState
from peer.timeline import Phase, Timeline

__all__ = [
    "AudioStreamTrack",
    "BufferFullError",
    "CandidateType",
    "Channel",
    "ChannelClosedError",
    "ChannelError",
    "Configuration",
    "ConfigurationError",
    "End",
    "EndKind",
    "Explanation",
    "GatheredCandidate",
    "IceTransportPolicy",
    "InternalError",
    "InvalidAccessError",
    "InvalidStateError",
    "MediaError",
    "MediaStreamError",
    "MediaStreamTrack",
    "MessageTooLargeError",
    "Nomination",
    "OperationError",
    "Path",
    "PathKind",
    "PeerError",
    "Phase",
    "RTCBundlePolicy",
    "RTCCertificate",
    "RTCConfiguration",
    "RTCDataChannel",
    "RTCIceCandidate",
    "RTCIceServer",
    "RTCIceTransportPolicy",
    "RTCPeerConnection",
    "RTCRtpReceiver",
    "RTCRtpSender",
    "RTCRtpTransceiver",
    "RTCSessionDescription",
    "RemoteError",
    "Room",
    "RoomFullError",
    "Server",
    "ServerFailure",
    "ServerKind",
    "Session",
    "SessionFailedError",
    "SessionState",
    "Timeline",
    "VideoStreamTrack",
    "explain",
    "join",
    "join_match",
    "meet",
    "meet_match",
    "parse_servers",
]
