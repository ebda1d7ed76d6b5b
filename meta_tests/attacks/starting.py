"""Groups 12, 13, 26 and 27: starting and signalling processes, taking rights."""

from __future__ import annotations

from meta_tests.attacks.record import Attack

_START = {"seccomp": "EPERM", "limits": "EAGAIN"}
# The kernel does not count root's processes.
_ROOT_COUNTS = {"private interpreter": ("limits",)}
_SIGNAL = {"seccomp": "EPERM", "landlock": "EPERM", "user": "EPERM"}
_NO_RESOURCE = "root may do it only with CAP_SYS_RESOURCE, which few containers leave it"
_RIGHTS = {"seccomp": "EPERM", "user": "EPERM", "capabilities": "EPERM"}


STARTING = (
    Attack(
        12,
        "forks",
        "pid = os.fork(); return pid > 0 if pid else os._exit(0)",
        _START,
        "gave True",
        not_in=_ROOT_COUNTS,
    ),
    Attack(
        12,
        "forks by vfork",
        "return raw(58, -1) >= 0 or os._exit(0)",
        _START,
        note="a child by vfork shares the stack: it would end the parent in C code",
        not_in=_ROOT_COUNTS,
    ),
    Attack(
        12,
        "forks by clone3, whose flags no filter can read",
        """
        arguments = (ctypes.c_uint64 * 11)()
        arguments[4] = 17
        pid = raw(435, 435, ctypes.addressof(arguments), 88)
        return pid > 0 if pid else os._exit(0)
        """,
        {"seccomp": "ENOSYS", "limits": "EAGAIN"},
        "gave True",
        not_in=_ROOT_COUNTS,
    ),
    Attack(
        12,
        "runs a program",
        "import subprocess; return subprocess.run(['/bin/true']).returncode",
        {"seccomp": "EPERM", "limits": "EAGAIN", "landlock": "EACCES"},
        "gave 0",
        not_in=_ROOT_COUNTS,
    ),
    Attack(
        12,
        "runs a command in a shell",
        "return os.system('true')",
        dict.fromkeys(("seccomp", "limits", "landlock"), "gave 32512"),
        "gave 0",
        not_in=_ROOT_COUNTS,
    ),
    Attack(
        12,
        "spawns by posix_spawn",
        "return os.posix_spawn('/bin/true', ['true'], {}) > 0",
        {"seccomp": "EPERM", "limits": "EAGAIN", "landlock": "EACCES"},
        "gave True",
        not_in=_ROOT_COUNTS,
    ),
    Attack(
        12,
        "becomes another program",
        "os.execv('/bin/true', ['true'])",
        {"seccomp": "EPERM", "landlock": "EACCES"},
        "died: crashed: the process ended itself with exit code 0",
    ),
    Attack(
        12,
        "becomes a program that it has in memory",
        "os.execve(os.memfd_create('x'), ['x'], {})",
        {"seccomp": "EPERM"},
        "ENOEXEC",
    ),
    Attack(
        12,
        "leaves a daemon behind",
        """
        import time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                ctypes.CDLL(None).prctl(15, MARK.encode(), 0, 0, 0)
                os.closerange(0, 64)
                time.sleep(20)
            os._exit(0)
        time.sleep(0.1)
        return "started"
        """,
        {"seccomp": "EPERM", "limits": "EAGAIN", "kill": "gave 'started'"},
        "gave 'started' | a daemon runs",
        not_in=_ROOT_COUNTS,
    ),
    Attack(
        12,
        "starts a process pool",
        """
        from concurrent.futures import ProcessPoolExecutor
        with ProcessPoolExecutor(1) as pool:
            return pool.submit(abs, -1).result()
        """,
        {"seccomp": "EPERM"},
        note="what stops it first is the semaphore that the pool wants",
    ),
    Attack(
        13,
        "starts a thread",
        """
        import threading
        thread = threading.Thread(target=print)
        thread.start()
        thread.join()
        """,
        {"seccomp": "RuntimeError", "limits": "RuntimeError"},
        "gave None",
        not_in=_ROOT_COUNTS,
    ),
    Attack(
        13,
        "starts threads that go on after the call",
        """
        import _thread, time
        for _ in range(2):
            _thread.start_new_thread(time.sleep, (5,))
        """,
        {"seccomp": "RuntimeError", "limits": "RuntimeError"},
        "gave None",
        not_in=_ROOT_COUNTS,
    ),
    Attack(
        13,
        "starts a thread in C, past the interpreter",
        """
        done = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(lambda argument: None)
        thread, libc = ctypes.c_ulong(), ctypes.CDLL(None)
        failed = libc.pthread_create(ctypes.byref(thread), None, done, None)
        return failed or libc.pthread_join(thread, None)
        """,
        {"seccomp": "gave 1", "limits": "gave 11"},
        "gave 0",
        not_in=_ROOT_COUNTS,
    ),
)

SIGNALS = (
    Attack(26, "signals the host", "os.kill(HOST, 0)", {**_SIGNAL}, "gave None"),
    Attack(26, "signals the zygote", "os.kill(os.getppid(), 0)", {**_SIGNAL}, "gave None"),
    Attack(26, "signals everyone", "os.kill(-1, 0)", {"seccomp": "EPERM"}, "gave None"),
    Attack(26, "signals its group", "os.kill(0, 0)", {"seccomp": "EPERM"}, "gave None"),
    Attack(
        26,
        "signals a thread of the host",
        "return raw(234, 131, HOST, HOST, 0)",
        _SIGNAL,
        "gave 0",
    ),
    Attack(26, "signals the host by tkill", "return raw(200, 130, HOST, 0)", _SIGNAL, "gave 0"),
    Attack(
        26,
        "signals the host through a descriptor of it",
        "return raw(424, 424, raw(434, 434, HOST, 0), 0, 0, 0)",
        _SIGNAL,
        "gave 0",
    ),
    Attack(
        26,
        "has the kernel signal the host when its own socket is read",
        "import fcntl; return fcntl.fcntl(3, fcntl.F_SETOWN, HOST)",
        {"seccomp": "EPERM"},
        "gave 0",
    ),
    Attack(
        26,
        "signals the host with a value",
        """
        value = (ctypes.c_int * 32)(0, 0, -1)
        return raw(129, 138, HOST, 0, ctypes.addressof(value))
        """,
        _SIGNAL,
        "gave 0",
    ),
)

RIGHTS = (
    Attack(
        27,
        "raises the limit on descriptors",
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (5000, 5000))",
        {"seccomp": "ValueError", "user": "ValueError", "capabilities": "ValueError"},
        note=_NO_RESOURCE,
    ),
    Attack(
        27,
        "raises a limit by the older call",
        "values = (ctypes.c_uint64 * 2)(9999, 9999)\n"
        "return raw(160, 164, 7, ctypes.addressof(values))",
        _RIGHTS,
        note=_NO_RESOURCE,
    ),
    Attack(
        27,
        "changes a limit of the host",
        "values = (ctypes.c_uint64 * 2)(1 << 40, 1 << 40)\n"
        "return raw(302, 261, HOST, 4, ctypes.addressof(values), 0)",
        {"seccomp": "EPERM", "user": "EPERM"},
        "gave 0",
    ),
    Attack(
        27,
        "becomes root",
        "os.setuid(0); return os.getuid()",
        {"seccomp": "EPERM", "user": "EPERM"},
        "gave 0",
        root=True,
    ),
    Attack(
        27,
        "takes the groups of root",
        "os.setgroups([0, 4])",
        _RIGHTS,
        "gave None",
        root=True,
    ),
    Attack(
        27,
        "takes every capability",
        """
        header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(4, 4, 0)
        return raw(126, 91, ctypes.addressof(header), ctypes.addressof(sets))
        """,
        _RIGHTS,
        "gave 0",
        root=True,
    ),
    Attack(
        27,
        "outlives its parent",
        "return raw(157, 167, 1, 0, 0, 0, 0)",
        {"seccomp": "EPERM"},
        "gave 0",
    ),
    Attack(
        27,
        "opens its own memory to others",
        "return raw(157, 167, 4, 1, 0, 0, 0)",
        {"seccomp": "EPERM"},
        "gave 0",
    ),
    Attack(
        27,
        "gets ahead of others",
        "os.setpriority(os.PRIO_PROCESS, 0, -7)",
        {"seccomp": "EPERM", "user": "EACCES", "capabilities": "EACCES"},
        "gave None",
        root=True,
    ),
    Attack(
        27,
        "moves to a processor of its own",
        "os.sched_setaffinity(0, {0})",
        {"seccomp": "EPERM"},
        "gave None",
    ),
    Attack(
        27,
        "moves the host to another processor",
        "os.sched_setaffinity(HOST, os.sched_getaffinity(HOST))",
        _RIGHTS,
        "gave None",
    ),
    Attack(
        27,
        "becomes a process of real time",
        "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))",
        _RIGHTS,
        "gave None",
        root=True,
    ),
    Attack(
        27,
        "turns off the random layout of memory",
        "return raw(135, 92, 0x0040000) >= 0",
        {"seccomp": "EPERM"},
        "gave True",
    ),
)

ALL = (*STARTING, *SIGNALS, *RIGHTS)
