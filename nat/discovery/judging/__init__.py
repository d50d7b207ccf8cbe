"""The judge: from recorded evidence to a report, as a pure function."""

from nat.discovery.judging.behaviors import behaviors_of
from nat.discovery.judging.whole import judge

__all__ = ["behaviors_of", "judge"]
