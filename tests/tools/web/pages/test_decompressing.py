import gzip
import zlib
from functools import partial

import brotli
import pytest
import zstandard

from outlast.tools.documents.inflating import ALWAYS_ALLOWED_BYTES, MAX_COMPRESSION_RATIO
from outlast.tools.web.pages.decompressing import Packed, unpack

MB = 1 << 20
TEXT = b"The capstan of the ferry is turned by hand. " * 3_000
PACKERS = {
    "gzip": partial(gzip.compress, compresslevel=6),
    "deflate": zlib.compress,
    "br": partial(brotli.compress, quality=1),  # its usual way takes seconds for a bomb
    "zstd": zstandard.compress,
}
ONES = pytest.mark.parametrize("way", PACKERS)


@ONES
def test_what_was_packed_comes_out(way: str) -> None:
    assert unpack(PACKERS[way](TEXT), way, MB) == TEXT
    assert unpack(PACKERS[way](b""), way, MB) == b""


@pytest.mark.parametrize("encodings", ["", "identity", " Identity , "])
def test_what_was_not_packed_stays(encodings: str) -> None:
    assert unpack(TEXT, encodings, MB) == TEXT


def test_two_layers_and_no_more() -> None:
    twice = brotli.compress(gzip.compress(TEXT))
    assert unpack(twice, "gzip, BR", MB) == TEXT
    with pytest.raises(Packed, match="it is compressed 3 times over"):
        unpack(gzip.compress(twice), "gzip, br, gzip", MB)


@ONES
def test_the_limit_is_kept_to_the_byte(way: str) -> None:
    packed = PACKERS[way](TEXT)
    assert len(unpack(packed, way, len(TEXT))) == len(TEXT)
    with pytest.raises(Packed, match="larger than 0 MB when unpacked"):
        unpack(packed, way, len(TEXT) - 1)


@ONES
def test_a_bomb(way: str) -> None:
    zeros = bytes(ALWAYS_ALLOWED_BYTES)
    assert unpack(PACKERS[way](zeros), way, 64 * MB) == zeros
    with pytest.raises(Packed, match=f"more than {MAX_COMPRESSION_RATIO} times its size"):
        unpack(PACKERS[way](zeros * 4), way, 64 * MB)


@ONES
def test_a_bomb_in_a_bomb(way: str) -> None:
    packed = gzip.compress(PACKERS[way](bytes(32 * MB)))
    with pytest.raises(Packed, match=f"more than {MAX_COMPRESSION_RATIO} times its size"):
        unpack(packed, f"{way}, gzip", 512 * MB)


@pytest.mark.parametrize("way", ["gzip", "deflate", "br"])
def test_cut_off(way: str) -> None:
    with pytest.raises(Packed, match="it cannot be unpacked"):
        unpack(PACKERS[way](TEXT)[:-8], way, MB)


@ONES
def test_damaged(way: str) -> None:
    with pytest.raises(Packed, match="it cannot be unpacked"):
        unpack(b"\xde\xad\xbe\xef" * 100, way, MB)


def test_many_gzip_streams_in_a_row() -> None:
    assert unpack(gzip.compress(b"a") * 3 + bytes(8), "gzip", MB) == b"aaa"
    with pytest.raises(Packed, match="it cannot be unpacked"):  # each costs a copy of the rest
        unpack(gzip.compress(b"") * 50_000, "gzip", MB)


def test_a_zstd_window_of_a_gigabyte() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    packing = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(Packed, match="it cannot be unpacked"):
        unpack(packing.compress(TEXT) + packing.flush(), "zstd", MB)


def test_a_way_that_was_not_asked_for() -> None:
    with pytest.raises(Packed, match="in a way that was not asked for"):
        unpack(TEXT, "compress", MB)
