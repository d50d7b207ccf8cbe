"""The errors a user of the relay can meet.

::

    RelayError
      ├── SettingsError (also a ValueError)   a setting that cannot be meant
      └── CertificateError                    certificate files that cannot be used

Sockets that cannot be opened raise the operating system's own OSError, with the address in its text.
What clients do wrong is never an exception: it is a `Refusal`, or a counted drop.
"""


class RelayError(Exception):
    """Base of the errors that this package raises."""


class CertificateError(RelayError):
    """Certificate files that cannot be used; the text names them."""


class SettingsError(RelayError, ValueError):
    """A setting that cannot be meant; the text says what came and what was expected."""
