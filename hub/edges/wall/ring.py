"""The last frames as sent, for screens that missed some. It must never grow without end."""

from collections import deque


class Ring:
    """Encoded frames with consecutive sequence numbers, bounded by count and by bytes."""

    def __init__(self, *, max_frames: int, max_bytes: int) -> None:
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        #: Sequence number of the newest frame; that of the board before any frame.
        self.newest = 0

    def add(self, seq: int, frame: bytes) -> None:
        """Keep a frame. After a jump in the sequence nothing older is kept."""
        if seq != self.newest + 1:
            self._frames.clear()
            self._bytes = 0
        self._frames.append(frame)
        self._bytes += len(frame)
        self.newest = seq
        while len(self._frames) > self._max_frames or (self._bytes > self._max_bytes and len(self._frames) > 1):
            self._bytes -= len(self._frames.popleft())

    @property
    def oldest(self) -> int:
        """Sequence number of the oldest frame kept; one past `newest` when there is none."""
        return self.newest - len(self._frames) + 1

    def holds(self, seq: int) -> bool:
        """Whether a frame is kept."""
        return self.oldest <= seq <= self.newest

    def continues(self, seq: int) -> bool:
        """Whether somebody who has everything up to `seq` can go on without a snapshot."""
        return self.oldest - 1 <= seq <= self.newest

    def frame(self, seq: int) -> bytes:
        """A frame that is kept."""
        return self._frames[seq - self.oldest]

    def bytes_after(self, seq: int, at_most: int) -> int:
        """Bytes of the frames after `seq`, counted no further than past `at_most`."""
        total = 0
        for missed in range(seq + 1, self.newest + 1):
            total += len(self.frame(missed))
            if total > at_most:
                break
        return total
