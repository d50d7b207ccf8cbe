"""Looks at a certificate's files from time to time, and has them read again when they have changed."""

import asyncio
from collections.abc import Callable

from relay.certificates import Certificates
from relay.errors import CertificateError
from relay.outputs import CertificateRead


class CertificateWatch:
    """One timer for one certificate.

    Args:
        certificates: what clients are shown.
        interval: seconds from one look to the next.
        tell: is told that the files were read, or why they were not, and the time.
    """

    def __init__(
        self,
        certificates: Certificates,
        interval: float,
        tell: Callable[[CertificateRead, float], None],
    ) -> None:
        self._certificates = certificates
        self._interval = interval
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(interval, self._look)

    def stop(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        try:
            if self._certificates.reload_if_changed():
                self._tell(CertificateRead(), now)
        except CertificateError as error:
            self._tell(CertificateRead(str(error)), now)
        self._timer = self._loop.call_later(self._interval, self._look)
