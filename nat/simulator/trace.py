"""The trace of a simulated world, under the name that it had first: see `nat.trace`."""

from nat.trace import Trace, TraceEvent, Verdict

__all__ = ["Trace", "TraceEvent", "Verdict"]
