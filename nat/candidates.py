"""The types of ICE candidates, which say how an address was learned (RFC 8445 §4)."""

import enum


class CandidateType(enum.Enum):
    """RFC 8445 §4's four types, with their names in SDP (RFC 8839 §5.1)."""

    HOST = "host"
    SERVER_REFLEXIVE = "srflx"
    PEER_REFLEXIVE = "prflx"
    RELAYED = "relay"

    @property
    def words(self) -> str:
        """The type as a person reads it."""
        return {"srflx": "server-reflexive", "prflx": "peer-reflexive", "relay": "relayed"}.get(
            self.value, self.value
        )
