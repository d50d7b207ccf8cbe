"""A real redis-server for tests: on a unix socket, in a directory of its own, ended by pid."""

import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import redis


class RedisServer:
    """Runs while the context lasts; may be killed, stopped and started again in between."""

    def __init__(self, *, keeps: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="hairpin-redis-"))
        self._socket = self._folder / "socket"
        self._keeps = keeps
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()
        shutil.rmtree(self._folder)

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self._socket))

    def start(self) -> None:
        options = ["--port", "0", "--unixsocket", str(self._socket), "--dir", str(self._folder)]
        keeping = ["--appendonly", "yes" if self._keeps else "no", "--save", ""]
        self._process = subprocess.Popen(
            ["redis-server", *options, *keeping], stdout=subprocess.DEVNULL
        )
        for _ in range(3000):
            try:
                self.client.ping()
            except redis.RedisError:
                time.sleep(0.01)
            else:
                return
        raise AssertionError("redis-server did not start")

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None
            self._socket.unlink(missing_ok=True)

    def send_signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
