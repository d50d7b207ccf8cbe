"""Tests of `nat.simulator.opensslclock`: openSSL on the clock of a world, in a program that `nat.simulator.faithful` runs."""

import time

import pytest

from nat.simulator.clock import EPOCH, Clock
from nat.simulator.faithful import compile_library
from nat.simulator.opensslclock import LIBRARY, faithful_patches


class Connection:
    """Stands in for pyOpenSSL's: it keeps what it is called with."""

    def do_handshake(self, *args):
        if not args:
            raise ZeroDivisionError
        return args

    recv = read = recv_into = send = write = sendall = shutdown = do_handshake
    DTLSv1_listen = DTLSv1_get_timeout = DTLSv1_handle_timeout = do_handshake


def test_calls_go_on_with_their_arguments_results_and_errors(tmp_path, monkeypatch):
    monkeypatch.setenv(LIBRARY, str(compile_library(tmp_path)))
    clock = Clock()
    clock.advance_to(5)
    patches = {name: call for _, name, call in faithful_patches(clock, Connection)}
    assert len(patches) == 11
    assert patches["send"](Connection(), b"x", 3) == (b"x", 3)
    with pytest.raises(ZeroDivisionError):
        patches["send"](Connection())
    assert abs(time.time() - EPOCH) > 1000
