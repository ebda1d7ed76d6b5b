"""Groups 9 and 10: code that does not end, or not soon enough."""

from __future__ import annotations

from meta_tests.attacks.record import Attack

_BOUNDARY = "it is the process that holds: there is nothing to switch off"
_STOPPED = {
    "soft limit": "timed_out: more time than one request may use",
    "deadline": "died: timed_out: more than 0.42 s of CPU time",
}
_SLEPT = {
    "soft limit": "timed_out: more time than one request may use",
    "deadline": "died: timed_out: no answer within 1.26 s",
}
_UNTIL = "import time\nuntil = time.process_time() + 0.8\n"
_FAST = {"cpu_seconds": 0.1, "wall_factor": 400}
_SHORT = {"cpu_seconds": 0.1, "wall_factor": 3}
_BLOCK = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))\n"
ALL = (
    Attack(
        9,
        "loops",
        _UNTIL + "while time.process_time() < until: pass",
        _STOPPED,
        "gave None",
        limits=_FAST,
        slow=True,
    ),
    Attack(
        9, "sleeps", "import time\ntime.sleep(1.8)", _SLEPT, "gave None", limits=_SHORT, slow=True
    ),
    Attack(
        9,
        "loops with every signal blocked",
        _BLOCK + _UNTIL + "while time.process_time() < until: pass",
        {"deadline": _STOPPED["deadline"]},
        "gave None",
        limits=_FAST,
        slow=True,
    ),
    Attack(
        9,
        "sleeps with every signal blocked",
        _BLOCK + "import time\ntime.sleep(1.8)",
        {"deadline": _SLEPT["deadline"]},
        "gave None",
        limits=_SHORT,
        slow=True,
    ),
    Attack(
        9,
        "takes the limit's signals for itself",
        "import signal\n"
        "for one in (signal.SIGPROF, signal.SIGALRM): signal.signal(one, signal.SIG_IGN)\n"
        + _UNTIL
        + "while time.process_time() < until: pass",
        {"deadline": _STOPPED["deadline"]},
        "gave None",
        limits=_FAST,
        slow=True,
    ),
    Attack(
        9,
        "catches the limit, again and again",
        _UNTIL
        + """
while time.process_time() < until:
    try:
        while time.process_time() < until: pass
    except BaseException: pass
""",
        {"deadline": _STOPPED["deadline"]},
        "timed_out: more time than one request may use",
        limits=_FAST,
        slow=True,
    ),
    Attack(
        9,
        "stops the limit's clock",
        "import signal\n"
        "for one in (signal.ITIMER_PROF, signal.ITIMER_REAL): signal.setitimer(one, 0)\n"
        + _UNTIL
        + "while time.process_time() < until: pass",
        {"deadline": _STOPPED["deadline"]},
        "gave None",
        limits=_FAST,
        slow=True,
    ),
    Attack(
        9,
        "stays in C, where no signal is seen",
        "return sum(range(300_000_000)) > 0",
        {"deadline": _STOPPED["deadline"]},
        "timed_out: more time than one request may use",
        limits=_FAST,
        slow=True,
    ),
    Attack(
        9,
        "pretends to be the wire, which the limit spares",
        "space = {}\n"
        'exec(compile("def f(until):\\n import time\\n while time.process_time() < until: pass", '
        'sys.modules["worker_side.wire"].Channel.send.__code__.co_filename, "exec"), space)\n'
        + _UNTIL
        + 'space["f"](until)',
        {"deadline": _STOPPED["deadline"]},
        "gave None",
        limits=_FAST,
        slow=True,
    ),
    Attack(
        9,
        "ignores a polite end and hangs until the worker is closed",
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass",
        {"soft limit": _STOPPED["soft limit"], "deadline": _STOPPED["deadline"]},
        note="without both it would never end",
        limits=_FAST,
        slow=True,
    ),
    Attack(
        10,
        "uses more processor time than a submission may have",
        _BLOCK.replace("range(1, 64)", "{14, 27}")
        + _UNTIL.replace("0.8", "1.6")
        + "while time.process_time() < until: pass",
        {
            "deadline": _STOPPED["deadline"],
            "limits": "died: timed_out: more CPU time than a submission may use altogether",
        },
        "gave None",
        limits={**_FAST, "total_cpu_seconds": 1},
        slow=True,
    ),
    Attack(
        10,
        "recurses",
        "return again()",
        {"wire": "RecursionError"},
        note=_BOUNDARY,
        top="def again(): return again()",
    ),
    Attack(
        10,
        "recurses past the interpreter's own limit",
        "sys.setrecursionlimit(2**30)\nreturn deep()",
        {"wire": "died: crashed: the process was ended by SIGSEGV"},
        note=_BOUNDARY,
        top="""
        def deep():
            # Each level goes through C code, which takes stack that nobody counts.
            return sorted([1, 2], key=lambda one: deep())
        """,
    ),
)
