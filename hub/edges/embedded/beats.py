"""Hears the signs of life of a child, by the protocol of `sd_notify`. It must never wait for one."""

import shutil
import socket
import tempfile
from pathlib import Path

#: A child that has not come up yet may take longer to speak for the first time.
_FIRST_WITHIN_SECONDS = 60.0
#: Whoever did not listen for so long knows nothing.
_LONGEST_GAP_SECONDS = 2.0


class Beats:
    """The ear for one child: where it sends to, and whether it has fallen silent."""

    def __init__(self, within_seconds: float) -> None:
        # Short and apart from the data: the path of a socket has 100 characters at most.
        self._folder = Path(tempfile.mkdtemp(prefix="hub-"))
        self._within_seconds = within_seconds
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(str(self._folder / "beats"))
        self._patience = _FIRST_WITHIN_SECONDS
        self._silent_since = self._listened_at = 0.0

    @property
    def environ(self) -> dict[str, str]:
        """What tells the child where to send."""
        return {"NOTIFY_SOCKET": str(self._folder / "beats")}

    def expect(self, now: float) -> None:
        """A child was started."""
        self._heard()
        self._silent_since = self._listened_at = now
        self._patience = _FIRST_WITHIN_SECONDS

    def silent(self, now: float) -> bool:
        """Whether the child has been silent for too long; to be asked often."""
        if self._heard():
            self._patience = self._within_seconds
            self._silent_since = now
        elif now - self._listened_at > _LONGEST_GAP_SECONDS:
            self._silent_since = now
        self._listened_at = now
        return now - self._silent_since > self._patience

    def close(self) -> None:
        """Leave nothing behind."""
        self._socket.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _heard(self) -> bool:
        heard = False
        while True:
            try:
                self._socket.recv(64)
            except OSError:
                return heard
            heard = True
