"""Where Node is, and what the tests run with it."""

import asyncio
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = ROOT / "tests" / "node"
_OURS = Path(sys.prefix) / "bin" / "node"  # where the system has none
NODE = str(_OURS) if _OURS.exists() else (shutil.which("node") or "node")
TYPESCRIPT = HERE / "node_modules" / "typescript" / "bin" / "tsc"


async def run(*command: object, seconds: float = 30.0) -> str:
    """Run a program with Node while something else goes on; what it wrote."""
    process = await asyncio.create_subprocess_exec(
        NODE,
        *map(str, command),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds):
            out, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, errors.decode()
    return out.decode()
