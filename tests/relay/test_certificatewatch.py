"""The watch over a certificate's files, in virtual time."""

import asyncio
from typing import Any

from nat.simulator import Simulation
from relay import CertificateError
from relay.certificatewatch import CertificateWatch
from relay.outputs import CertificateRead


class Files:
    """A certificate whose files change, or cannot be read, as the test says."""

    def __init__(self, *looks: bool | Exception) -> None:
        self.looks = list(looks)

    def reload_if_changed(self) -> bool:
        look = self.looks.pop(0)
        if isinstance(look, Exception):
            raise look
        return look


def watch(files: Files, seconds: float, stop_after: float) -> list[tuple[CertificateRead, float]]:
    told: list[tuple[CertificateRead, float]] = []

    async def main() -> None:
        watching: Any = CertificateWatch(
            files,  # type: ignore[arg-type]
            10.0,
            lambda news, now: told.append((news, now)),
        )
        await asyncio.sleep(stop_after)
        watching.stop()
        await asyncio.sleep(seconds - stop_after)

    simulation = Simulation()
    host = simulation.host("relay")
    simulation.run(host.run(main()))
    return told


def test_what_has_changed_is_told_and_what_has_not_is_not() -> None:
    told = watch(Files(False, True, False), seconds=35, stop_after=35)
    assert told == [(CertificateRead(), 20.0)]


def test_files_that_cannot_be_used_are_told_and_looked_at_again() -> None:
    told = watch(Files(CertificateError("no key"), True), seconds=25, stop_after=25)
    assert told == [(CertificateRead("no key"), 10.0), (CertificateRead(), 20.0)]


def test_after_stopping_nobody_looks() -> None:
    files = Files(False)
    watch(files, seconds=100, stop_after=15)
    assert files.looks == []
