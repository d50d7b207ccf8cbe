"""What can go wrong in the TUN lab.

TunLabError
└── NoTunError: there is no /dev/net/tun here, or it may not be used

`NeedsRootError` and `CommandFailedError` of `nat.kernel` come up here, too.
"""


class TunLabError(Exception):
    """The TUN lab could not do what was asked."""


class NoTunError(TunLabError):
    """There is no /dev/net/tun here, or this process may not use it."""
