"""submission_metadata.json, read leniently: what is missing or of a wrong type is left out.

Whatever is wrong becomes a line for the instructor; nothing here ever ends a grading.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone, tzinfo
from pathlib import Path
from typing import Any, TypeVar

from grader.gradescope.times import parse_time
from grader.text import one_line

LONGEST = 64 << 20
MOST_USERS, MOST_EARLIER, MOST_UNGRADED = 1000, 10_000, 500
# Keys of extra_data. The platform tells the latest results alone: so these carry the times of all
# earlier submissions that were not graded.
GRADED, UNGRADED = "graded", "ungraded_attempts"
_T = TypeVar("_T")


@dataclass(frozen=True)
class User:
    """One of those who handed in; `due` is the platform's own extension, where there is one."""

    email: str = ""
    sid: str = ""
    due: datetime | None = None


@dataclass(frozen=True)
class Earlier:
    """An earlier submission of the same people; `results` is there for the latest one alone.

    graded: false where the grader itself could not grade it, or only provisionally.
    """

    at: datetime | None = None
    score: float | None = None
    autograder_error: bool = False
    results: Mapping[str, Any] | None = None
    graded: bool = True


@dataclass(frozen=True)
class Metadata:
    """What policies are decided by; all times have a zone. notes: lines for the instructor."""

    created: datetime | None = None
    due: datetime | None = None
    users: tuple[User, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    zone: tzinfo = timezone.utc
    notes: tuple[str, ...] = ()

    @property
    def ungraded(self) -> list[str]:
        """When the earlier submissions were made that were not graded, as extra_data keeps it."""
        times = [one.at.isoformat() for one in self.earlier if one.at and not one.graded]
        return times[-MOST_UNGRADED:]


def read_metadata(path: Path) -> Metadata:
    """What the file says; without a file, nothing."""
    try:
        size = path.stat().st_size
        if size > LONGEST:
            return _unusable(path, f"has {size:,} bytes, more than is read")
        text = path.read_bytes()
        data = json.loads(text, parse_float=_finite, parse_constant=_finite)
    except FileNotFoundError:
        return _unusable(path, "is not there")
    except OSError as error:
        return _unusable(path, f"cannot be read: {error.strerror}")
    except (ValueError, RecursionError) as error:
        return _unusable(path, f"is not JSON: {one_line(str(error), 120)}")
    return parse_metadata(data, path.name)


def _unusable(path: Path, why: str) -> Metadata:
    line = f"{path.name} {why}: no policy that depends on it is applied."
    return Metadata(notes=(line,))


def parse_metadata(data: Any, name: str = "submission_metadata.json") -> Metadata:
    """The metadata in JSON data of whatever kind."""
    if not isinstance(data, dict):
        return _unusable(Path(name), f"holds {_kind(data)}, not an object")
    reader = _Reader(name)
    assignment = reader.get(data, "assignment", dict, {})
    found = Metadata(
        created=reader.time(data, "created_at"),
        due=reader.time(assignment, "due_date", "assignment."),
        users=tuple(reader.users(data)),
        earlier=tuple(reader.earlier(data)),
    )
    return _settled(reader.with_zones(found))


def _settled(found: Metadata) -> Metadata:
    """The same without submissions that are no earlier ones; those not graded are marked."""
    created = found.created
    earlier = [one for one in found.earlier if not (created and one.at and one.at >= created)]
    told = {time for one in earlier for time in _told(one)}
    marked = (replace(one, graded=one.graded and one.at not in told) for one in earlier)
    return replace(found, earlier=tuple(marked))


def _told(one: Earlier) -> Iterator[datetime]:
    """The times of ungraded submissions that earlier results carry; all else is passed over."""
    carried = _extra(one.results or {}).get(UNGRADED)
    for text in carried[:MOST_UNGRADED] if isinstance(carried, list) else ():
        with suppress(ValueError):
            time = parse_time(text if isinstance(text, str) else "")
            if time.tzinfo is not None:
                yield time


def _extra(results: Mapping[str, Any]) -> Mapping[str, Any]:
    extra = results.get("extra_data")
    return extra if isinstance(extra, dict) else {}


class _Reader:
    """Takes values of the right type out of JSON and notes those of a wrong one."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._notes: list[str] = []

    def get(self, data: Mapping[str, Any], key: str, kind: type[_T], default: _T) -> _T:
        """The value of a key, or the default where it is absent, null or something else."""
        value = data.get(key)
        if isinstance(value, kind):
            return value
        if value is not None:
            self._note(f"{key} is {_kind(value)}, not {_NAMES[kind]}")
        return default

    def time(self, data: Mapping[str, Any], key: str, within: str = "") -> datetime | None:
        """A time, with or without a zone."""
        text = self.get(data, key, str, "")
        if not text:
            return None
        try:
            return parse_time(text)
        except ValueError as error:
            self._note(f"{within}{key}: {error}")
            return None

    def users(self, data: Mapping[str, Any]) -> Iterator[User]:
        """Those who handed in."""
        for user in self._objects(data, "users", MOST_USERS):
            own = self.get(user, "assignment", dict, {})
            due = self.time(own, "due_date", "users[].assignment.")
            yield User(self._word(user, "email").lower(), self._word(user, "sid"), due)

    def earlier(self, data: Mapping[str, Any]) -> Iterator[Earlier]:
        """Earlier submissions; the latest results are kept."""
        for one in self._objects(data, "previous_submissions", MOST_EARLIER):
            results = self.get(one, "results", dict, {})
            yield Earlier(
                at=self.time(one, "submission_time", "previous_submissions[]."),
                score=_number(one.get("score")),
                autograder_error=one.get("autograder_error") not in (None, False, 0, "", "false"),
                results=results or None,
                graded=_extra(results).get(GRADED) is not False,
            )

    def with_zones(self, found: Metadata) -> Metadata:
        """The same with a zone in every time: that of another time, or UTC."""
        times = [found.due, found.created, *(u.due for u in found.users)]
        times += [one.at for one in found.earlier]
        given = [time for time in times if time is not None]
        zones = [time.tzinfo for time in given if time.tzinfo is not None]
        zone: tzinfo = zones[0] if zones else timezone.utc
        if len(zones) < len(given):
            self._note(f"times without a zone are taken to be in {zone}")

        def fixed(time: datetime | None) -> datetime | None:
            return time.replace(tzinfo=zone) if time is not None and not time.tzinfo else time

        return Metadata(
            created=fixed(found.created),
            due=fixed(found.due),
            users=tuple(replace(user, due=fixed(user.due)) for user in found.users),
            earlier=tuple(replace(one, at=fixed(one.at)) for one in found.earlier),
            zone=zone,
            notes=tuple(dict.fromkeys(self._notes)),
        )

    def _objects(self, data: Mapping[str, Any], key: str, most: int) -> Iterator[dict[str, Any]]:
        for one in self.get(data, key, list, [])[:most]:
            if isinstance(one, dict):
                yield one
            else:
                self._note(f"{key}[] holds {_kind(one)}, not an object")

    def _word(self, data: Mapping[str, Any], key: str) -> str:
        value = data.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value) if abs(value) < 10**18 else ""
        return self.get(data, key, str, "").strip()[:300]

    def _note(self, what: str) -> None:
        self._notes.append(f"{self._name}: {what}.")


_NAMES: Mapping[type, str] = {dict: "an object", list: "a list", str: "a text"}


def _kind(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return "null" if value is None else str(value).lower()
    known = {dict: "an object", list: "a list", str: "a text", int: "a number", float: "a number"}
    return known.get(type(value), "something else")


def _finite(text: str) -> float | None:
    """A number that can be written again: earlier results are handed back as they came."""
    number = float(text)
    return number if math.isfinite(number) else None


def _number(value: Any) -> float | None:
    """A finite number, also one in a text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
