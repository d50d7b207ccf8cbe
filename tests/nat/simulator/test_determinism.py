"""The same seed gives the same packets, in this process and in others."""

import json
import os
import subprocess
import sys
from pathlib import Path


def run_world(hash_seed, program="lossy_world.py", *arguments):
    script = Path(__file__).with_name(program)
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_one_seed_gives_the_same_trace_bit_for_bit_in_processes_with_other_hash_seeds():
    first, second = run_world("1"), run_world("2")
    assert first == second
    count, digest = first.split()
    assert int(count) > 300
    assert len(digest) == 64


def test_a_call_with_tls_dtls_media_and_threads_is_the_same_in_every_process_but_for_sizes():
    first, second = (
        json.loads(run_world(hash_seed, "call_world.py", "1")) for hash_seed in ("1", "2")
    )
    assert first.pop("process") != second.pop("process")
    assert first == second
    assert first["audio"] > 100
    assert first["video"] > 50
