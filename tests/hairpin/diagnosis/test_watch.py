"""`hairpin nat watch` as a process: JSON lines, metrics, Ctrl-C."""

import json
import signal
import subprocess
import sys
import urllib.request
from typing import Any

import pytest

import relay
from hairpin.diagnosis.watch import tell_change
from nat.discovery.watching import Aspect, Change
from stunwire import Address

COMMAND = (sys.executable, "-m", "hairpin", "nat", "watch")


async def test_each_change_is_a_line_and_metrics_are_served() -> None:
    import asyncio

    settings = relay.Settings(listen=(Address("127.0.0.1", 0),), alternate=Address("127.0.0.2", 0))
    async with relay.serve(settings) as server:
        host, port = server.addresses[0]
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            *("--server", f"{host}:{port}", "--json", "--metrics", "127.0.0.1:0"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        where = (await process.stderr.readline()).decode()
        told = [json.loads(await process.stdout.readline()) for _ in range(4)]
        url = where.split()[-1].rstrip(".")
        metrics = await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=60).read())
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 60) == 0
    now = {change["change"]: change["now"] for change in told}
    assert now["reachability"] == "UDP gets through"
    assert now["address"] == "127.0.0.1"
    assert "type" not in now, "nobody on the internet has told"
    assert all(change["before"] is None and change["at"] > 1.7e9 for change in told)
    assert all(change["lasted"] is None for change in told)
    assert b"hairpin_nat_udp_reachable 1.0" in metrics


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--every", "1"), 2, "expected 5 to 86400"),
        (("--every", "nan"), 2, "expected 5 to 86400"),
        (("--server", ""), 2, "names no host"),
        (("--metrics", "nonsense"), 2, "HOST:PORT"),
        (("--metrics", "192.0.2.1:9100"), 1, "not an address of this machine"),
    ],
)
def test_what_makes_no_sense_is_told(run_nat: Any, arguments: Any, status: int, words: str) -> None:
    result = run_nat("watch", *arguments)
    assert result.exit_code == status
    assert words in " ".join(result.output.replace("│", " ").split())


def test_what_has_changed_tells_for_how_long_it_was_otherwise(capsys: Any) -> None:
    change = Change(1.8e9, Aspect.REACHABILITY, "there is no network", "UDP gets through", 150.4)
    tell_change(change, as_json=False)
    tell_change(change, as_json=True)
    line, document = capsys.readouterr().out.splitlines()
    assert line.endswith("reachability: there is no network → UDP gets through, after 2 min")
    assert json.loads(document)["lasted"] == 150.4
