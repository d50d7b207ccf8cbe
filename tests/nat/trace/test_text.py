"""Tests of `nat.trace.text`: a trace as a table of aligned columns."""

TABLE = """
    time  packet  where   what        addresses                                                    size  carries
1.000000  #3      bob     sent        192.168.1.2:6000 > 203.0.113.1:40000                          5 B  "hello"
1.001000  #3      home-b  translated  192.168.1.2:6000 → 203.0.113.2:50000 > 203.0.113.1:40000      5 B  "hello"
1.002000  #3      home-a  dropped     203.0.113.2:50000 > 203.0.113.1:40000                         5 B  "hello"; filtered by the NAT: 203.0.113.1:40000 has never sent to 203.0.113.2:50000
"""


def test_columns_are_aligned_and_nothing_is_wrapped(punched):
    table = punched.events.packets(3).text()
    assert [line.split() for line in table.splitlines()] == [
        line.split() for line in TABLE.strip().splitlines()
    ]
    heads, *lines = table.splitlines()
    for word in ("packet", "where", "what", "addresses", "carries"):
        at = heads.index(word)
        assert all(line[at - 2 : at] == "  " and line[at] != " " for line in lines)
    assert {line.index(" B  ") for line in lines} == {heads.index("carries") - 4}


def test_what_was_forgotten_is_said_below_the_heads(make_scribe):
    scribe = make_scribe(limit=4)
    for _ in range(9):
        scribe.sent("alice", ("192.0.2.1", 1), ("192.0.2.2", 2))
    assert scribe.trace.events.text().splitlines()[1] == (
        "(6 older events were forgotten: see `trace_limit`)"
    )
