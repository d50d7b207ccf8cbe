"""What can go wrong in the kernel lab.

KernelLabError
├── NeedsRootError: this process may not make network namespaces
└── CommandFailedError: `ip` or `nft` refused what they were given, or are not installed
"""


class KernelLabError(Exception):
    """The kernel lab could not do what was asked."""


class NeedsRootError(KernelLabError):
    """This process may not make network namespaces."""

    def __init__(self) -> None:
        super().__init__(
            "the kernel lab makes network namespaces, and that needs root: run it with sudo, or in a"
            " user namespace with `unshare --user --map-root-user --net COMMAND`"
        )


class CommandFailedError(KernelLabError):
    """A system's program refused what it was given, or is not there."""
