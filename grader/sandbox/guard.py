"""Host side: a ceiling over the memory of one answer to student code."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

from . import kernel


@contextmanager
def memory_ceiling(extra_bytes: int) -> Iterator[None]:
    """In the body this process may grow by `extra_bytes`; more is a MemoryError (Linux only).

    Arguments that are small may still ask for a result that is large, such as an outer product.
    """
    if not kernel.is_linux():
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm", "rb") as counts:
        now = int(counts.read().split()[0]) * resource.getpagesize()
    limits = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([now + extra_bytes, *limits]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
