"""Everything that can happen to a client's stream, in any order, and the bounds that must hold after each step."""

from relay_clients import METHODS, Reader, pick

from relay import StreamLimits
from relay.proxyprotocol import ProxyHeader
from relay.stream import (
    ANSWER_ROOM,
    Close,
    Cut,
    GoOn,
    NameClient,
    Stream,
    StreamOutput,
    TakeData,
    TakeFrames,
    WriteBytes,
)
from stunwire import Carrier, ChannelData, Message, Method

LIMITS = StreamLimits(write_buffer=4096, longest_frame=2048)
LARGEST_READ = 32 * 1024
SPANS = (0.0, 0.1, 4.9, 5.1, 10.0, 15.0, 60.0, 1000.0)
MOST_STEPS = 40
HEADER = b"PROXY TCP4 203.0.113.9 198.51.99.1 40000 3478\r\n"


class StreamPlay:
    """One stream, its transport's write buffer, and the frames that were sent on it.

    Args:
        reader: decides.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.now = 0.0
        header = ProxyHeader() if reader.below(4) == 3 else None
        self.stream = Stream(LIMITS, range(0x40, 0x50), 0.0, header=header)
        self.pending = HEADER if header is not None and reader.below(4) < 3 else b""
        self.buffered = 0
        self.is_paused = False
        self.is_over = False
        self.is_data = False
        self.grants = False

    def run(self) -> None:
        """Play to the end."""
        for _ in range(1 + self.reader.below(MOST_STEPS)):
            pick(self.reader, STEPS)(self)
            assert self.stream.waiting <= LIMITS.longest_frame + LARGEST_READ
            room = LIMITS.write_buffer + ANSWER_ROOM + LIMITS.longest_frame
            assert self.buffered <= room + (LARGEST_READ if self.is_data else 0)
            if self.is_over:
                assert self.stream.next_deadline() is None
                assert self.stream.receive_bytes(b"\0\1\0\0", self.now) == []
                assert self.stream.encode(b"\1\1\0\0", 0) is None

    def receive(self) -> None:
        """Bytes come in: whole frames, halves, two at once, or anything."""
        whole = self.pending + self._frames()
        cut = self.reader.below(len(whole) + 1) if self.reader.below(3) == 2 else len(whole)
        self.pending = whole[cut:]
        if cut:
            self._take(self.stream.receive_bytes(whole[:cut], self.now))

    def receive_anything(self) -> None:
        """Bytes come in that nobody meant, up to a whole read of them."""
        data = self.reader.chunk(40) * pick(self.reader, (1, 1, 1, 800))
        self.pending = b""
        if data:
            self._take(self.stream.receive_bytes(data, self.now))

    def send(self) -> None:
        """A packet or an answer is for the client, who may not read."""
        if self.is_data:
            if not self.is_paused:
                data = bytes(self.reader.below(LARGEST_READ))
                self._write(self.stream.encode_data(data))
            return
        data = bytes(self.reader.below(1500))
        frame = pick(
            self.reader, (ChannelData(0x4000, data), Message.request(1, b"t" * 12).success())
        )
        encoded = self.stream.encode(frame.encode(), self.buffered)
        if encoded is not None:
            assert len(encoded) % 4 == 0
            self._write(encoded)

    def read(self) -> None:
        """The client reads a part of what waits, or all."""
        self.buffered -= (
            self.reader.below(self.buffered + 1) if self.reader.below(2) else self.buffered
        )
        if self.is_paused and self.buffered <= LIMITS.write_buffer // 2:
            self.is_paused = False
            self.stream.receive_resumed()

    def wait(self) -> None:
        """Time goes by, with the timer kept."""
        end, in_use = self.now + pick(self.reader, SPANS), bool(self.reader.below(2))
        while (deadline := self.stream.next_deadline()) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self._take(self.stream.handle_timer(self.now, in_use=in_use))
            after = self.stream.next_deadline()
            assert after is None or after > deadline, "a timer that fires without end"
        self.now = end

    def change_mind(self) -> None:
        """Requests to carry data are granted from now on or not."""
        self.grants = bool(self.reader.below(2))

    def _frames(self) -> bytes:
        method = pick(self.reader, (*METHODS, Method.CONNECTION_BIND, Method.CONNECTION_BIND))
        frames = [Message.request(method, b"t" * 12).encode()]
        size = pick(self.reader, (5, 0, 1024, LIMITS.longest_frame - 4, LIMITS.longest_frame - 3))
        frames.append(ChannelData(0x4001, bytes(size)).encode(Carrier.STREAM))
        return b"".join(pick(self.reader, (frames, frames[:1], frames[1:], frames * 3)))

    def _write(self, data: bytes) -> None:
        self.buffered += len(data)
        if self.buffered > LIMITS.write_buffer and not self.is_paused:
            self.is_paused = True
            self.stream.receive_paused(self.now)

    def _take(self, outputs: list[StreamOutput]) -> None:
        for output in outputs:
            assert not self.is_over, f"{output} after the end"
            match output:
                case TakeFrames(frames):
                    assert not self.is_data
                    self._take_frames(frames)
                case GoOn():
                    self._take(self.stream.go_on(self.now))
                case TakeData(data):
                    assert self.is_data
                    assert data
                case NameClient() | WriteBytes():
                    pass
                case Cut() | Close():
                    self.is_over = True
                case _:
                    raise AssertionError(f"no output of a stream: {output!r}")

    def _take_frames(self, frames: list[bytes]) -> None:
        for frame in frames:
            assert 4 <= len(frame) <= LIMITS.longest_frame
            if frame[0] < 4:
                assert len(frame) == 20 + int.from_bytes(frame[2:4], "big")
            else:
                assert len(frame) == 4 + int.from_bytes(frame[2:4], "big")
        if self.grants and frames[-1][:2] == Method.CONNECTION_BIND.to_bytes(2, "big"):
            self.is_data = True
            self.stream.begin_data()


STEPS = (
    *(StreamPlay.receive,) * 6,
    *(StreamPlay.send,) * 4,
    *(StreamPlay.read,) * 2,
    *(StreamPlay.wait,) * 2,
    StreamPlay.receive_anything,
    StreamPlay.change_mind,
)
