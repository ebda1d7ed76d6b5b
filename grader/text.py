"""Text that someone else wrote, made safe to show: nothing invisible, nothing endless."""


def visible(text: str, keep: str = "\n") -> str:
    """The text with every control, bidirectional and other unprintable character escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else _escape(c) for c in text)


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line, safe to print, such as a file name."""
    return capped(visible(text, keep=""), limit)


def capped(text: str, limit: int) -> str:
    """At most `limit` characters of the text, and how many were cut."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def listed(names: list[str], limit: int = 6) -> str:
    """The first names, safe to print, and how many more there are."""
    text = ", ".join(one_line(name, 80) for name in names[:limit])
    return f"{text} and {len(names) - limit:,} more" if len(names) > limit else text


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
