"""What can go wrong in the kernel lab.

KernelLabError
├── NeedsRootError: this process may not make network namespaces
├── NotExpressibleError: the kernel cannot do what a setting says
└── CommandFailedError: `ip` or `nft` refused what they were given, or are not installed
"""

import enum


class KernelLabError(Exception):
    """The kernel lab could not do what was asked."""


class NeedsRootError(KernelLabError):
    """This process may not make network namespaces."""

    def __init__(self) -> None:
        super().__init__(
            "the kernel lab makes network namespaces, and that needs root: run it with sudo, or in a"
            " user namespace with `unshare --user --map-root-user --net COMMAND`"
        )


class NotExpressibleError(KernelLabError):
    """The kernel cannot do what a setting says.

    Attributes:
        setting: its name.
    """

    def __init__(self, setting: str, value: object, why: str) -> None:
        self.setting = setting
        self._value, self._why = value, why
        shown = value.value if isinstance(value, enum.Enum) else value
        super().__init__(
            f"the kernel lab cannot play {setting} = {shown} ({why});"
            " the simulator and the TUN lab can"
        )

    def at(self, place: str) -> "NotExpressibleError":
        """The same, with the place in the plan where the setting stands."""
        return NotExpressibleError(f"{place}.{self.setting}", self._value, self._why)


class CommandFailedError(KernelLabError):
    """A system's program refused what it was given, or is not there."""
