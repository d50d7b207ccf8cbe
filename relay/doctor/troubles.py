"""What may happen to a line before anybody answers on it, each with its meaning and its remedy."""

from enum import Enum


class Trouble(Enum):
    """Why nothing comes of a line."""

    UNRESOLVED = "the name has no address"
    SILENT = "nothing answers"
    REFUSED = "the machine answers that the port is closed"
    UNREACHABLE = "the network says that there is no way"
    CLOSED = "the connection was closed"
    NOT_STUN = "what answers does not speak STUN"
    NOT_TLS = "what answers does not speak TLS"
    EXPIRED = "its certificate has expired"
    NOT_YET = "its certificate is not valid yet"
    OTHER_NAME = "its certificate is for another name"
    UNKNOWN_ISSUER = (
        "nobody who is trusted here has signed its certificate, or the chain is not whole"
    )
    NO_CERTIFICATE = "its certificate cannot be used"


CERTIFICATE_TROUBLES = frozenset(
    {
        Trouble.EXPIRED,
        Trouble.NOT_YET,
        Trouble.OTHER_NAME,
        Trouble.UNKNOWN_ISSUER,
        Trouble.NO_CERTIFICATE,
    }
)

REMEDIES: dict[Trouble, str] = {
    Trouble.UNRESOLVED: "Correct the name, or its DNS record.",
    Trouble.SILENT: (
        "A firewall drops the packets, or the address is another machine's: open the port in the firewall (and the "
        "cloud's security group), and compare the address with `hairpin relay status`."
    ),
    Trouble.REFUSED: (
        "The machine is there, but no relay listens on that port over that transport: start it, or correct "
        "--listen, --tcp-listen or --tls-listen."
    ),
    Trouble.UNREACHABLE: "Correct the address, or the routes on the way; IPv6 may not work from here.",
    Trouble.CLOSED: "See the relay's log: it names each connection that it ends, and why.",
    Trouble.NOT_STUN: "Another service has that port: correct the address, or move one of the two.",
    Trouble.NOT_TLS: "Ask over TCP, or give the relay that port with --tls-listen.",
    Trouble.EXPIRED: "Renew it, and let the relay read it: `hairpin relay reload`.",
    Trouble.NOT_YET: "Correct the clock of this machine, or wait.",
    Trouble.OTHER_NAME: "Ask by a name that is in the certificate, or get one for this name.",
    Trouble.UNKNOWN_ISSUER: (
        "Let --tls-cert hold the certificate and those between it and the root; for a private root say --ca FILE."
    ),
    Trouble.NO_CERTIFICATE: "Get another certificate.",
}


class LineError(Exception):
    """A line came to nothing.

    Args:
        trouble: which of them.
        detail: what the system said, for who wants to know more.
    """

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble.value}{f' ({detail})' if detail else ''}")
        self.trouble = trouble
        self.detail = detail
