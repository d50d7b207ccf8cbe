"""Every private name of aiortc and aioice that this folder touches, listed once, checked at import.

aiortc 1.16 and aioice 0.13 have no public way to trickle outgoing candidates, to ask several
servers, or to say which pair was selected. A release that moves one of these names is found here,
with its name, and not in the middle of a call.
"""

from typing import Any

import aioice.ice
import aiortc
import aiortc.rtcicetransport
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder
from aiortc.rtcrtpreceiver import RemoteStreamTrack

#: Methods and attributes of `aioice.Connection`, overridden or read by its subclass.
CONNECTION = (
    "_add_remote_candidate",
    "_check_list",
    "_check_list_done",
    "_check_list_maybe_complete",
    "_check_list_maybe_fail",
    "_check_list_state",
    "_check_periodic",
    "_closing",
    "_early_checks",
    "_early_checks_done",
    "_end_remote_candidates",
    "_find_pair",
    "_local_candidates",
    "_local_candidates_end",
    "_local_candidates_start",
    "_nominated",
    "_pair_remote_candidate",
    "_protocols",
    "_prune_components",
    "_queue",
    "_remote_candidates",
    "_remote_candidates_end",
    "_remote_candidates_expected",
    "_remote_candidates_resolving",
    "_transport_policy",
    "_unfreeze_initial",
)
PC_GATHER = "_RTCPeerConnection__gather"
PC_CONNECT = "_RTCPeerConnection__connect"
PC_CREATE_DTLS_TRANSPORT = "_RTCPeerConnection__createDtlsTransport"
PC_CREATE_TRANSCEIVER = "_RTCPeerConnection__createTransceiver"
PC_ICE_TRANSPORTS = "_RTCPeerConnection__iceTransports"
PC_DTLS_TRANSPORTS = "_RTCPeerConnection__dtlsTransports"
PC_REMOTE_ICE = "_RTCPeerConnection__remoteIce"
PC_REMOTE_DTLS = "_RTCPeerConnection__remoteDtls"
PC_LOCAL_RTP = "_RTCPeerConnection__localRtp"
PC_REMOTE_RTP = "_RTCPeerConnection__remoteRtp"
PC_SCTP_REMOTE_PORT = "_RTCPeerConnection__sctpRemotePort"
PC_SCTP_REMOTE_CAPS = "_RTCPeerConnection__sctpRemoteCaps"
PC_IS_CLOSED = "_RTCPeerConnection__isClosed"
PC_SET_SIGNALING_STATE = "_RTCPeerConnection__setSignalingState"
PC_UPDATE_CONNECTION_STATE = "_RTCPeerConnection__updateConnectionState"
PC_UPDATE_ICE_STATE = "_RTCPeerConnection__updateIceConnectionState"
PC_UPDATE_GATHERING_STATE = "_RTCPeerConnection__updateIceGatheringState"
PC_LOCAL_DESCRIPTION = "_RTCPeerConnection__localDescription"
PC_REMOTE_DESCRIPTION = "_RTCPeerConnection__remoteDescription"
PC_CERTIFICATES = "_RTCPeerConnection__certificates"
PC_CREATE_SCTP_TRANSPORT = "_RTCPeerConnection__createSctpTransport"
PC_CURRENT_LOCAL = "_RTCPeerConnection__currentLocalDescription"
PC_CURRENT_REMOTE = "_RTCPeerConnection__currentRemoteDescription"
PC_PENDING_LOCAL = "_RTCPeerConnection__pendingLocalDescription"
PC_PENDING_REMOTE = "_RTCPeerConnection__pendingRemoteDescription"
PC_SEEN_MIDS = "_RTCPeerConnection__seenMids"
PC_SCTP = "_RTCPeerConnection__sctp"
PC_SCTP_LEGACY = "_sctpLegacySdp"
PC_SCTP_MLINE_INDEX = "_RTCPeerConnection__sctp_mline_index"
PC_TRANSCEIVERS = "_RTCPeerConnection__transceivers"
PEER_CONNECTION = (
    PC_GATHER,
    PC_CREATE_SCTP_TRANSPORT,
    PC_CURRENT_LOCAL,
    PC_CURRENT_REMOTE,
    PC_PENDING_LOCAL,
    PC_PENDING_REMOTE,
    PC_SEEN_MIDS,
    PC_SCTP,
    PC_SCTP_LEGACY,
    PC_SCTP_MLINE_INDEX,
    PC_TRANSCEIVERS,
    PC_CONNECT,
    PC_CREATE_DTLS_TRANSPORT,
    PC_CREATE_TRANSCEIVER,
    PC_ICE_TRANSPORTS,
    PC_DTLS_TRANSPORTS,
    PC_REMOTE_ICE,
    PC_REMOTE_DTLS,
    PC_LOCAL_RTP,
    PC_REMOTE_RTP,
    PC_SCTP_REMOTE_PORT,
    PC_SCTP_REMOTE_CAPS,
    PC_IS_CLOSED,
    PC_SET_SIGNALING_STATE,
    PC_UPDATE_CONNECTION_STATE,
    PC_UPDATE_ICE_STATE,
    PC_UPDATE_GATHERING_STATE,
    PC_LOCAL_DESCRIPTION,
    PC_REMOTE_DESCRIPTION,
    PC_CERTIFICATES,
)

ICE_CONNECTION = "_connection"
ICE_RECV = "_recv"
ICE_SEND = "_send"
ICE_ROLE_SET = "_role_set"
ICE_TRANSPORT = (ICE_CONNECTION, ICE_RECV, ICE_SEND, ICE_ROLE_SET)
ICE_GATHERER = (ICE_CONNECTION,)

DTLS_ROLE = "_role"
DTLS_SSL = "_ssl"
DTLS_GET_STATS = "_get_stats"
CERTIFICATE_CERT = "_cert"
#: How the SCTP transport talks to DTLS; `_handle_data` is what DTLS calls of it.
DTLS_REGISTER = "_register_data_receiver"
DTLS_UNREGISTER = "_unregister_data_receiver"
DTLS_SEND = "_send_data"
DTLS_TRANSPORT = (
    DTLS_ROLE,
    DTLS_SSL,
    DTLS_GET_STATS,
    DTLS_REGISTER,
    DTLS_UNREGISTER,
    DTLS_SEND,
    "_data_receiver",
    "_setup_srtp",
    "_set_state",
    "_validate_peer_identity",
)

BUNDLED = "_bundled"
TRANSCEIVER_MID = "_RTCRtpTransceiver__mid"
TRANSCEIVER_MLINE_INDEX = "_RTCRtpTransceiver__mline_index"
TRANSCEIVER_CURRENT_DIRECTION = "_RTCRtpTransceiver__currentDirection"
TRANSCEIVER_OFFER_DIRECTION = "_offerDirection"
TRANSCEIVER_CODECS = "_codecs"
TRANSCEIVER_HEADER_EXTENSIONS = "_headerExtensions"
TRANSCEIVER_PREFERRED = "_preferred_codecs"
TRANSCEIVER = (
    BUNDLED,
    TRANSCEIVER_MID,
    TRANSCEIVER_MLINE_INDEX,
    TRANSCEIVER_CURRENT_DIRECTION,
    TRANSCEIVER_OFFER_DIRECTION,
    TRANSCEIVER_CODECS,
    TRANSCEIVER_HEADER_EXTENSIONS,
    TRANSCEIVER_PREFERRED,
)
#: Of a sender and a receiver, and of the latter alone.
ENABLED = "_enabled"
TRACK = "_track"
TRACK_QUEUE = "_queue"
RECEIVER_DECODER_QUEUE = "_RTCRtpReceiver__decoder_queue"
RECEIVER_DECODER_ERROR = "_RTCRtpReceiver__decoder_error"
RECEIVER_DECODER_THREAD = "_RTCRtpReceiver__decoder_thread"
RECEIVER = (
    ENABLED,
    TRACK,
    RECEIVER_DECODER_QUEUE,
    RECEIVER_DECODER_ERROR,
    RECEIVER_DECODER_THREAD,
)
SENDER_ENCODER = "_RTCRtpSender__encoder"
SENDER_NEXT_FRAME = "_next_encoded_frame"
VP8_BITRATE = "_Vp8Encoder__target_bitrate"
H264_BITRATE = "_H264Encoder__target_bitrate"

_TOUCHED: tuple[tuple[type, tuple[str, ...]], ...] = (
    (aioice.ice.Connection, CONNECTION),
    (aiortc.RTCPeerConnection, PEER_CONNECTION),
    (aiortc.rtcicetransport.RTCIceTransport, ICE_TRANSPORT),
    (aiortc.rtcicetransport.RTCIceGatherer, ICE_GATHERER),
    (aiortc.RTCDtlsTransport, DTLS_TRANSPORT),
    (aiortc.RTCCertificate, (CERTIFICATE_CERT,)),
    (aiortc.RTCSctpTransport, (BUNDLED, "_handle_data")),
    (aiortc.RTCRtpTransceiver, TRANSCEIVER),
    (aiortc.RTCRtpReceiver, RECEIVER),
    (aiortc.RTCRtpSender, (ENABLED, SENDER_ENCODER, SENDER_NEXT_FRAME)),
    (RemoteStreamTrack, (TRACK_QUEUE,)),
    (Vp8Encoder, (VP8_BITRATE,)),
    (H264Encoder, (H264_BITRATE,)),
)


def check() -> None:
    """Make sure that every name is still there.

    Raises:
        ImportError: One is gone; the message says which, and which versions are known to work.
    """
    missing = [
        f"{owner.__module__}.{owner.__name__}.{name}"
        for owner, names in _TOUCHED
        for name in names
        if not _has(owner, name)
    ]
    if missing:
        raise ImportError(
            "this release of aiortc or aioice has moved names that hairpin needs: "
            f"{', '.join(missing)}. Known to work: aiortc 1.16 with aioice 0.13."
        )


def private(owner: Any, name: str) -> Any:
    """The value of a private name; `name` is one of those listed above."""
    return getattr(owner, name)


def _has(owner: type, name: str) -> bool:
    """Whether a class defines the name, or its constructor stores it."""
    return hasattr(owner, name) or name in owner.__init__.__code__.co_names  # type: ignore[misc]
