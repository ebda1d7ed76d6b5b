"""Times as the platform and people write them, always with a zone in the end."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?)?"
    r"\s*(Z|z|UTC|[+-]\d{2}:?\d{2})?"
)


def parse_time(text: str) -> datetime:
    """An ISO date with or without a time and a zone; without a time it is the end of that day.

    Without a zone the result has none, too. Raises ValueError for anything else.
    """
    found = ISO.fullmatch(text.strip()) if len(text) < 60 else None
    if not found:
        raise ValueError(f"{text[:40]!a} is not a date such as 2024-03-01T23:59-05:00")
    year, month, day, hour, minute, second, zone = found.groups()
    clock = (int(hour), int(minute), int(second or 0)) if hour else (23, 59, 59)
    try:
        if not 1970 <= int(year) <= 2200:
            raise ValueError
        return datetime(int(year), int(month), int(day), *clock, tzinfo=_zone(zone))
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!a} is no day or time that exists") from None


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text in ("Z", "z", "UTC"):
        return timezone.utc
    away = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-away if text[0] == "-" else away)


def shown_time(time: datetime) -> str:
    """A time as people read it: 2024-03-01 23:59 UTC-05:00."""
    return f"{time:%Y-%m-%d %H:%M} {time.tzinfo}"


def shown_span(seconds: float) -> str:
    """A stretch of time in its two largest units: 2 days 3 hours."""
    left, parts = int(seconds), []
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return " ".join(parts[:2]) or "0 seconds"
