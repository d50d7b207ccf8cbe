"""The messages that a session was sent and has not acknowledged, for it to come back to."""


class Ring:
    """The last frames of a session, in order; whoever holds it knows the number of the newest.

    Attributes:
        frames: The frames as they were sent, numbers and all.
        size: Their bytes.
    """

    __slots__ = ("frames", "size")

    def __init__(self, frames: list[bytes] | None = None) -> None:
        self.frames = [] if frames is None else frames
        self.size = sum(map(len, self.frames))

    def drop(self, count: int) -> int:
        """Forget the `count` oldest frames, and return how many bytes that were."""
        freed = sum(map(len, self.frames[:count]))
        del self.frames[:count]
        self.size -= freed
        return freed

    def excess(self, most: int, most_bytes: int) -> int:
        """Count the oldest frames that are too many, so that at most so many frames and bytes stay."""
        count = max(0, len(self.frames) - most)
        size = self.size - sum(map(len, self.frames[:count]))
        while size > most_bytes:
            size -= len(self.frames[count])
            count += 1
        return count
