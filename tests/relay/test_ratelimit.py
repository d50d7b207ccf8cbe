"""Token buckets for sources: fair to many, of fixed size, and not to be steered from outside."""

from relay.ratelimit import SourceBuckets, TokenBucket


def _buckets(rows: int = 8192) -> SourceBuckets:
    return SourceBuckets(rate=10.0, burst=5.0, key=b"k" * 32, rows=rows)


def test_a_burst_is_served_and_then_the_rate() -> None:
    buckets = _buckets()
    assert [buckets.take("192.0.2.1", 100.0) for _ in range(6)] == [True] * 5 + [False]
    assert not buckets.take("192.0.2.1", 100.05)
    assert buckets.take("192.0.2.1", 100.11)
    assert not buckets.take("192.0.2.1", 100.11)


def test_a_bucket_never_holds_more_than_a_burst() -> None:
    buckets = _buckets()
    assert sum(buckets.take("192.0.2.1", 1e6) for _ in range(50)) == 5


def test_one_source_does_not_empty_the_bucket_of_another() -> None:
    buckets = _buckets()
    while buckets.take("192.0.2.1", 0.0):
        pass
    assert buckets.take("192.0.2.2", 0.0)


def test_all_addresses_of_an_ipv6_subnet_share_a_bucket_and_subnets_do_not() -> None:
    buckets = _buckets()
    assert [buckets.take(f"2001:db8::{n:x}", 0.0) for n in range(1, 7)] == [True] * 5 + [False]
    assert buckets.take("2001:db8:0:1::1", 0.0)


def test_the_row_of_a_source_depends_on_the_key() -> None:
    def crowded(key: bytes) -> list[bool]:
        buckets = SourceBuckets(rate=0.0, burst=1.0, key=key, rows=8)
        return [buckets.take(f"192.0.2.{n}", 0.0) for n in range(32)]

    assert crowded(b"one") != crowded(b"two")
    assert sum(crowded(b"one")) == 8  # rows, not sources: the table does not grow


def test_a_clock_that_goes_back_gives_no_tokens() -> None:
    buckets = _buckets()
    while buckets.take("192.0.2.1", 100.0):
        pass
    assert not buckets.take("192.0.2.1", 50.0)


def test_one_bucket_for_all_gives_a_burst_and_then_the_rate() -> None:
    bucket = TokenBucket(rate=10.0, burst=3.0)
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(100.05)
    assert bucket.take(100.11)
    assert [bucket.take(1000.0) for _ in range(4)] == [True, True, True, False]
