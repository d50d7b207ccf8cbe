"""Lets a bench import what tests share, as `tests.…`, though it is run as a script."""

import sys
from pathlib import Path
from types import ModuleType

tests = ModuleType("tests")
tests.__path__ = [str(Path(__file__).parents[1])]
sys.modules["tests"] = tests
