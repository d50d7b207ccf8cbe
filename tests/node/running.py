"""Where Node is, and what the tests run with it."""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = ROOT / "tests" / "node"
_OURS = Path(sys.prefix) / "bin" / "node"  # where the system has none
NODE = str(_OURS) if _OURS.exists() else (shutil.which("node") or "node")
TYPESCRIPT = HERE / "node_modules" / "typescript" / "bin" / "tsc"
