"""Groups 17 and 18: what a worker may write to the host, past all of its own code."""

from __future__ import annotations

from meta_tests.attacks.record import Attack

_FIXED = "reading has no switch: whatever does not fit ends the worker"
_NONSENSE = "died: crashed: the process answered nonsense: "
_TOP = """
def send(header, body=b"", size=None):
    import json, struct
    text = header if type(header) is bytes else json.dumps(header).encode()
    data = struct.pack("<IQ", len(text), len(body) if size is None else size) + text + body
    while data: data = data[os.write(3, data):]
def reply(values=None, arrays=(), body=b"", **more):
    result = {"values": values, "dropped": [], "seconds": 0.0, **more}
    nonce = found("Server").nonce
    send({"op": "reply", "nonce": nonce, "arrays": list(arrays), "results": [result]}, body)
"""


def frame(group: int, name: str, code: str, seen: str) -> Attack:
    """Writes something else than an answer."""
    return Attack(group, name, code, {"wire": seen}, note=_FIXED, top=_TOP, forges=True)


def _slow(name: str, code: str, seen: str, factor: int = 3) -> Attack:
    """Writes without coming to an end, and lets nobody stop it."""
    limits = {"cpu_seconds": 0.1, "wall_factor": factor}
    lines = f"import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))\n{code}"
    return Attack(17, name, lines, {"deadline": seen}, note=_FIXED, top=_TOP, limits=limits)


def wrong(group: int, name: str, code: str, seen: str) -> Attack:
    return frame(group, name, code, _NONSENSE + seen)


_LATE = "died: timed_out: no answer within 1.26 s"
JUNK = (
    wrong(17, "writes junk", "os.write(3, b'\\xff' * 64)", "a frame is too large"),
    wrong(
        17,
        "announces a huge header",
        "os.write(3, b'\\0\\0\\0\\x40' + bytes(8))",
        "a frame is too large",
    ),
    wrong(17, "announces a huge body", "send({}, size=1 << 60)", "a frame is too large"),
    wrong(
        17,
        "nests a header a million deep",
        "send(b'[' * 10**6)",
        "the header of a frame is not JSON",
    ),
    wrong(17, "sends a list for a header", "send(b'[]')", "the header of a frame is not an object"),
    wrong(
        17,
        "sends a number of a million digits",
        "send(b'{\"a\":' + b'1' * 10**6 + b'}')",
        "a number of the header is too long",
    ),
    wrong(
        17,
        "hides such a number in another encoding",
        "send(('{\"a\":' + '1' * 10**6 + '}').encode('utf-16-le'))",
        "the header of a frame is not JSON",
    ),
    wrong(
        17,
        "sends text that is no text",
        'send(b\'{"op":"\\xff"}\')',
        "the header of a frame is not JSON",
    ),
    wrong(17, "sends an empty header", "send({})", "an answer that nobody waits for"),
    _slow(
        "stops in the middle of a frame",
        "os.write(3, b'\\x09' + bytes(11) + b'{')\ntime.sleep(9)",
        _LATE,
    ),
    frame(
        17,
        "ends in the middle of a frame",
        "os.write(3, b'\\x09' + bytes(11) + b'{'); os._exit(0)",
        "died: crashed: the process ended itself with exit code 0",
    ),
    _slow(
        "answers a byte at a time",
        "while True: os.write(3, b'\\0'); time.sleep(0.01)",
        # Twelve of them are a frame without a header.
        _NONSENSE + "the header of a frame is not JSON",
    ),
    _slow(
        "drips a header that is as long as it may be",
        "os.write(3, b'\\0\\0\\x10\\0' + bytes(8))\n"
        "while True: os.write(3, b' '); time.sleep(0.01)",
        _LATE,
    ),
    _slow(
        "tells of progress without end",
        "nonce = found('Server').nonce\n"
        "while True: send({'op': 'progress', 'nonce': nonce, 'module': 'nn', 'line': 1})",
        "died: timed_out: more than 0.42 s of CPU time",
        factor=400,  # most of the time is the host's, which reads it all
    ),
    frame(
        17,
        "closes its end",
        "os.close(3)",
        "died: crashed: the process ended itself with exit code 0",
    ),
    Attack(
        17,
        "shuts its end down for writing",
        "return raw(48, 210, 3, 1)",
        {"seccomp": "EPERM"},
        "died: crashed: the process ended itself with exit code 0",
    ),
)

FORGED = (
    Attack(
        18,
        "answers early, and again",
        "reply([7]); return 8",
        {"wire": f"gave 7 | {_NONSENSE}it spoke before it was asked"},
        "gave 7 | gave 8",
        top=_TOP,
        calls=("attack", "wait", "innocent"),
        forges=True,
    ),
    Attack(
        18,
        "answers the next question in advance",
        "reply([7]); reply([9]); return 8",
        {"wire": f"gave 7 | {_NONSENSE}it spoke before it was asked"},
        "gave 7 | gave 9",
        top=_TOP,
        calls=("attack", "wait", "innocent"),
        forges=True,
    ),
    Attack(
        18,
        "answers with a nonce of its own",
        "found('Server').nonce = '0' * 16; return 8",
        {"wire": f"{_NONSENSE}an answer that nobody waits for"},
        "gave 8",
        top=_TOP,
    ),
    wrong(
        18,
        "says that it is ready once more",
        "send({'op': 'ready', 'nonce': found('Server').nonce})",
        "not one result for each program",
    ),
    wrong(
        18,
        "calls back where nobody may",
        "send({'op': 'callback', 'nonce': '', 'name': 'x'})",
        "an answer that nobody waits for",
    ),
    wrong(
        18, "gives two values for one", "reply([1, 2])", "not one value for each that was asked for"
    ),
    wrong(18, "says that it took no time at all", "reply([1], seconds=-1.0)", "a malformed time"),
    wrong(
        18,
        "says that it took no number of seconds",
        "reply([1], seconds=float('nan'))",
        "a malformed time",
    ),
    wrong(
        18,
        "invents a kind of error",
        "reply(error={'kind': 'excused'})",
        "a malformed report of an error",
    ),
    wrong(
        18,
        "tells an error in a thousand lines",
        "reply(error={'kind': 'raised', 'lines': [['a', 1, 'f', '']] * 1000})",
        "a malformed report of an error",
    ),
    wrong(
        18,
        "tells what it is not asked",
        "send({'op': 'reply', 'nonce': found('Server').nonce, 'text': 'x'})",
        "not one result for each program",
    ),
    frame(
        18,
        "gives an answer and an error",
        "reply([1], error={'kind': 'raised', 'type': 'E', 'message': 'x'})",
        "E: x",
    ),
    frame(
        18,
        "hides control codes in an error",
        "reply(error={'kind': 'raised', 'type': 'E\\u202e', 'message': '\\x1b[2J\\ud800'})",
        "E\ufffd: \ufffd[2J\ufffd",
    ),
    wrong(
        18, "hands out what is no handle", "reply([['h', 1, 'x', 1]])", "a value of an unknown kind"
    ),
    wrong(
        18,
        "hands out a name of the host's",
        "reply([['n', 'nn.relu']])",
        "a value of an unknown kind",
    ),
    wrong(
        18, "hands out a function of the host's", "reply([['f', 0]])", "a value of an unknown kind"
    ),
)

ALL = (*JUNK, *FORGED)
