"""What happened to each packet, where, and why: to query, to read, to open in Wireshark, to look at."""

from nat.trace.assertions import assert_delivered, assert_dropped, assert_not_delivered
from nat.trace.events import TraceEvent, Verdict
from nat.trace.journeys import Flow, Journey
from nat.trace.places import Place, PlaceKind, Places, Where
from nat.trace.queries import Events
from nat.trace.record import DEFAULT_LIMIT, Trace
from nat.trace.story import Story

__all__ = [
    "DEFAULT_LIMIT",
    "Events",
    "Flow",
    "Journey",
    "Place",
    "PlaceKind",
    "Places",
    "Story",
    "Trace",
    "TraceEvent",
    "Verdict",
    "Where",
    "assert_delivered",
    "assert_dropped",
    "assert_not_delivered",
]
