"""The tree of errors."""

from stunwire import DecodeError, StreamError


def test_whoever_catches_value_errors_catches_what_a_remote_got_wrong() -> None:
    assert issubclass(DecodeError, ValueError)
    assert issubclass(StreamError, DecodeError)


def test_a_stream_error_carries_the_frames_before_the_garbage() -> None:
    error = StreamError("lost", (b"one", b"two"))
    assert str(error) == "lost"
    assert error.frames == (b"one", b"two")
    assert StreamError("lost").frames == ()
