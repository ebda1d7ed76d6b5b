"""Downloading one file: mirrors, resumed parts, retries with growing pauses, a checksum.

Under its final name lies a file whose checksum was right, or none; what has arrived so far lies
beside it as <name>.part and is continued by the next try, in this run or a later one.
"""

import gzip
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import md5
from http.client import HTTPException, InvalidURL
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from urllib.request import Request, urlopen

from .errors import DataError
from .progress import progress

CHUNK = 64 * 1024  # bytes per step of the progress bar
LIMIT = 200_000_000  # bytes: nothing published is near this
SCHEMES = ("http", "https", "file")
NO_SUCH_FILE = (400, 401, 403, 404, 405, 410)  # asking again is of no use
RANGE_BEYOND_END = 416


@dataclass(frozen=True)
class PublishedFile:
    """A file on mirrors: its name there and its MD5, of the file or of what is gzipped in it."""

    name: str
    md5: str
    of_content: bool = False


@dataclass(frozen=True)
class Patience:
    """Seconds without a byte until a try is given up, and pauses before each further try."""

    timeout: float = 20.0
    pauses: Sequence[float] = (1.0, 4.0, 10.0)
    sleep: Callable[[float], None] = time.sleep


class Refused(Exception):
    """A mirror does not have the file, or not the right one; the text says which."""


def fetch(
    file: PublishedFile, mirrors: Sequence[str], folder: Path, patience: Patience | None = None
) -> Path:
    """The path of the file in folder, downloaded from the first mirror that gives it.

    A right file that is there already is kept, another one removed. Raises DataError in one line
    that says what each mirror answered.
    """
    path = folder / file.name
    if path.is_file():
        if checksum(path, file.of_content) == file.md5:
            return path
        path.unlink()
    answers = []
    for mirror in mirrors:
        answer = _from_mirror(file, mirror, path, patience or Patience())
        if not answer:
            return path
        answers.append(f"{mirror}: {answer}")
    raise DataError(f"{file.name}: not downloaded ({'; '.join(answers)})")


def check_mirror(url: str) -> str:
    """The address of a folder, with its last slash; DataError where it is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # read for its check
    except ValueError as error:
        raise DataError(f"--mirror {url}: not a valid address ({error})") from None
    if parts.scheme not in SCHEMES:
        raise DataError(f"--mirror {url}: wanted an address that begins with http:// or https://")
    return url if url.endswith("/") else url + "/"


def checksum(path: Path, of_content: bool) -> str:
    """MD5 in hexadecimal of a file, or of what is gzipped in it.

    "damaged gzip" where that is no whole gzip file: cut short or with something else behind it.
    """
    digest = md5(usedforsecurity=False)
    try:
        with gzip.open(path) if of_content else path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        return "damaged gzip"
    return digest.hexdigest()


def _from_mirror(file: PublishedFile, mirror: str, path: Path, patience: Patience) -> str:
    """Try one mirror until it gives the file: "" then, else what was wrong at the last try."""
    url, part = urljoin(mirror, file.name), path.with_name(f"{path.name}.part")
    answer = ""
    for pause in (0.0, *patience.pauses):
        if answer:
            print(f"{url}: {answer}; again in {pause:g} s", file=sys.stderr)
            patience.sleep(pause)
        try:
            resumed = _download(url, part, patience.timeout)
            _accept(file, part, path, resumed)
            return ""
        except Refused as error:
            return str(error)
        except (OSError, HTTPException) as error:
            answer = _reason(error)
    return answer


def _accept(file: PublishedFile, part: Path, path: Path, resumed: bool) -> None:
    """Give a part its final name if it is the published file, else remove it."""
    found = checksum(part, file.of_content)
    if found == file.md5:
        part.replace(path)
        return
    part.unlink()
    if resumed:  # the beginning came from elsewhere or was damaged: again, from the start
        raise ConnectionError("its part did not continue the one that was there")
    raise Refused(f"not the published file (MD5 {found}, wanted {file.md5})")


def _download(url: str, part: Path, timeout: float) -> bool:
    """Append to the part what is missing of it; True if something of it was there before.

    A server that ignores the range sends the whole file, and the part begins anew. Raises Refused
    where asking again is of no use, OSError or HTTPException where it may help.
    """
    start = part.stat().st_size if part.is_file() else 0
    headers = {"Range": f"bytes={start}-"} if start else {}
    try:
        response = urlopen(Request(url, headers=headers), timeout=timeout)
    except HTTPError as error:
        error.close()
        if error.code == RANGE_BEYOND_END and start:
            return True  # nothing is missing: the checksum decides
        if error.code in NO_SUCH_FILE:
            raise Refused(f"answer {error.code}") from None
        raise
    except (ValueError, InvalidURL) as error:  # UnicodeError: a long host label, a path in no ASCII
        raise Refused(f"not a valid address ({_reason(error)})") from None
    with response:
        if not _continues(response, start):
            start = 0
        with part.open("ab" if start else "wb") as file:
            _copy(response, file, Path(urlsplit(url).path).name, start)
    return start > 0


def _continues(response: Any, start: int) -> bool:
    """Whether an answer begins at byte `start` of the file."""
    return (
        start > 0
        and response.status == 206
        and response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
    )


def _copy(response: Any, file: IO[bytes], name: str, start: int) -> None:
    """Write the body of an answer to a file, with progress; OSError where it is cut short."""
    announced = response.headers.get("Content-Length", "")
    length = int(announced) if announced.isdecimal() else None
    if start + (length or 0) > LIMIT:
        raise Refused(f"{start + (length or 0)} bytes announced, more than any published file")
    done = 0
    with progress(name, max(1, -(-(length or 0) // CHUNK))) as bar:
        while chunk := response.read1(CHUNK):  # what has arrived, so that a stall loses nothing
            file.write(chunk)
            before, done = done, done + len(chunk)
            if start + done > LIMIT:
                raise Refused(f"more than {LIMIT} bytes")
            for _ in range(before // CHUNK, done // CHUNK if length else 0):
                bar.advance(f"{(start + done) / 1e6:.1f} MB")
        if done % CHUNK or not length:
            bar.advance(f"{(start + done) / 1e6:.1f} MB")
    if length is not None and done < length:
        raise ConnectionError(f"cut short: {done} of {length} bytes")


def _reason(error: Exception) -> str:
    """One line for an error of the network."""
    if isinstance(error, HTTPError):
        return f"answer {error.code}"
    cause = getattr(error, "reason", error)
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    lines = str(cause).splitlines()
    return lines[0] if lines else type(cause).__name__
