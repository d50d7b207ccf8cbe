"""The errors of the wire: what a remote sent and we refuse."""


class DecodeError(ValueError):
    """The bytes are no STUN message, attribute or ChannelData; the text says what came and what was expected."""


class StreamError(DecodeError):
    """A byte stream has lost its framing and cannot be cut any further; close the connection.

    Args:
        message: what came and what was expected.
        frames: the whole frames that stood before the garbage in the same chunk.
    """

    def __init__(self, message: str, frames: tuple[bytes, ...] = ()) -> None:
        super().__init__(message)
        self.frames = frames
