"""The W3C's rules that make one state of those of all transports (WebRTC §4.3.3 and §4.3.4)."""

from collections.abc import Iterable


def gathering_state(current: set[str], begun: set[str], ended: set[str]) -> str:
    """W3C `RTCIceGatheringState` (WebRTC §4.3.2).

    Args:
        current: The fragment of each transport's newest generation.
        begun: The fragments for which gathering has begun.
        ended: Those for which it has ended. A generation that waits counts once it gathers.
    """
    if current & begun - ended:
        return "gathering"
    return "complete" if begun else "new"


def ice_connection_state(transports: Iterable[str], *, closed: bool) -> str:
    """W3C `RTCIceConnectionState` of the states of all ICE transports."""
    states = set(transports)
    if closed:
        return "closed"
    if "failed" in states:
        return "failed"
    if "disconnected" in states:
        return "disconnected"
    if states <= {"new", "closed"}:
        return "new"
    if states & {"new", "checking"}:
        return "checking"
    if states <= {"completed", "closed"}:
        return "completed"
    return "connected"


def connection_state(ice: Iterable[str], dtls: Iterable[str], *, closed: bool) -> str:
    """W3C `RTCPeerConnectionState` of the states of all ICE and DTLS transports."""
    ice_states, dtls_states = set(ice), set(dtls)
    if closed:
        return "closed"
    if "failed" in ice_states | dtls_states:
        return "failed"
    if "disconnected" in ice_states:
        return "disconnected"
    if ice_states | dtls_states <= {"new", "closed"}:
        return "new"
    if ice_states & {"new", "checking"} or dtls_states & {"new", "connecting"}:
        return "connecting"
    return "connected"
