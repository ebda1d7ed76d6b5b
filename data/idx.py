"""Reading IDX, the format in which MNIST is published, gzipped or not."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from .errors import DataError

GZIP_MAGIC = b"\x1f\x8b"
DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: Path) -> np.ndarray:
    """The array in an IDX file: two zero bytes, type, rank, then the sizes and the values.

    Raises DataError where the file is damaged, cut short or no IDX at all.
    """
    raw = _uncompressed(path)
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in DTYPES:
        raise DataError(f"{path}: not an IDX file")
    dtype, rank = np.dtype(DTYPES[raw[2]]), raw[3]
    start = 4 + 4 * rank
    if len(raw) < start:
        raise DataError(f"{path}: cut short in its header")
    shape = struct.unpack(f">{rank}I", raw[4:start])
    wanted = math.prod(shape) * dtype.itemsize
    if len(raw) - start != wanted:
        raise DataError(f"{path}: {wanted} bytes of values announced, {len(raw) - start} found")
    return np.frombuffer(raw, dtype, offset=start).reshape(shape)


def _uncompressed(path: Path) -> bytes:
    raw = path.read_bytes()
    if not raw.startswith(GZIP_MAGIC):
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: damaged gzip file ({error})") from None
