"""Who is sent gzip: whoever says so, by the grammar of RFC 9110, and nobody else."""

import pytest

from signaling.codings import takes_gzip


@pytest.mark.parametrize(
    "header",
    [
        "gzip",
        "gzip, deflate, br, zstd",
        "br;q=1.0, GZIP ; q=0.8, *;q=0.1",
        "x-gzip",
        "*",
        "identity;q=0.5, gzip;Q=0.5",
        "gzip;q=1.000",
        "identity;q=0, *;q=0.001",
        ",, gzip\t",
    ],
)
def test_whoever_takes_gzip_gets_it(header: str) -> None:
    assert takes_gzip(header)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "br, deflate",
        "gzip;q=0",
        "gzip;q=0.000, *",
        "*;q=0",
        "identity",
        "identity;q=1, gzip;q=0.9",
        "gzipped",
        "gzip;level=9",
        "gzip;q=2",
        "gzip;q=-1",
        "gzip;q=0.0001",
        "gzip q=1",
        "gzip" * 10_000,
        ";" * 50_000,
    ],
)
def test_whoever_does_not_gets_the_page_as_it_is(header: str | None) -> None:
    assert not takes_gzip(header)
