"""What an operator can get wrong: a file, a setting, the admin socket.

OperatorError
├── SettingsError (ValueError)   a setting that cannot be meant, or a file of settings that cannot be read
├── KeyFileError (ValueError)    a file with keys or a secret that cannot be used
└── AdminError                   an admin socket that cannot be had, or an answer that says no

The text is one sentence for people: where, what came, what is expected; never a secret.
"""


class OperatorError(Exception):
    """Base of them all."""


class SettingsError(OperatorError, ValueError):
    """A setting that cannot be meant."""


class KeyFileError(OperatorError, ValueError):
    """A file with keys or a secret that cannot be used."""


class AdminError(OperatorError):
    """An admin socket that cannot be had or does not answer, or a request that was refused."""


class NodesError(Exception):
    """Something about the backplane of many nodes; `signaling.nodes` has what. Its place is here for whoever does without Redis."""


class DecodeError(NodesError):
    """What came out of an inbox was not sent by a node of this version."""
