"""The errors a user of the relay can meet.

::

    RelayError
      ├── SettingsError (also a ValueError)   a setting that cannot be meant
      ├── CertificateError                    certificate files that cannot be used
      ├── AdminError                          an admin socket that cannot be had, or an answer that says no
      ├── UsersFileError                      a users file that cannot be used
      └── HookError                           for hooks to raise: nobody can say now who a user is

Sockets that cannot be opened raise the operating system's own OSError, with the address in its text.
What clients do wrong is never an exception: it is a `Refusal`, or a counted drop.
"""


class RelayError(Exception):
    """Base of the errors that this package raises."""


class CertificateError(RelayError):
    """Certificate files that cannot be used; the text names them."""


class AdminError(RelayError):
    """An admin socket that cannot be had or does not answer, or a request that was refused; the text says why."""


class UsersFileError(RelayError):
    """A users file that cannot be used; the text names the line, and never a password."""


class HookError(RelayError):
    """Raised by a `UserHook` that cannot say now who a user is; the text goes to the log."""


class SettingsError(RelayError, ValueError):
    """A setting that cannot be meant; the text says what came and what was expected."""
