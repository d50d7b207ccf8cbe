"""What can go wrong when a gateway is asked for a port: `PortMapError` and its kinds."""


class PortMapError(Exception):
    """No port was opened, or nothing was learned; the message says why."""


class NoGatewayError(PortMapError):
    """It is not known whom to ask: this machine has no default router, or it cannot be found out."""


class MovedError(PortMapError):
    """This machine no longer has the address for which a port was opened."""


class ForgottenError(PortMapError):
    """The gateway no longer has the port that was opened."""


class SilentError(PortMapError):
    """Nobody has answered in time."""


class UnsupportedError(PortMapError):
    """The gateway does not speak the protocol, and says so."""


class MalformedError(PortMapError):
    """The answer is not what the protocol says it must be, or not from whom it should be."""


class NoExternalAddressError(MalformedError):
    """The gateway answers that it has no external address, or none that it would tell.

    Some say so where theirs is a private one, because another NAT is before them.
    """


class RefusedError(PortMapError):
    """The gateway understood and said no.

    Attributes:
        code: its result code: of RFC 6886 §3.5, of RFC 6887 §7.4, or of UPnP.
        retry_after: seconds for which it need not be asked again (RFC 6887 §7.4), or None.
    """

    def __init__(self, message: str, code: int, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after
