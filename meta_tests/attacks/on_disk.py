"""Groups 1 and 2: reading what is secret, changing results."""

from __future__ import annotations

from meta_tests.attacks.record import Attack

_READ = {"landlock": "EACCES", "user": "EACCES"}
_WRITE = {"seccomp": "EPERM", "landlock": "EACCES", "user": "EACCES"}

READING = (
    Attack(1, "reads a secret", "return open(VAULT).read()", _READ, "leaked"),
    Attack(
        1,
        "lists a secret folder",
        "return os.listdir(os.path.dirname(VAULT))",
        _READ,
        "gave ['answers.txt']",
    ),
    Attack(
        1,
        "goes there and reads by a relative path",
        "os.chdir(os.path.dirname(VAULT)); return open('answers.txt').read()",
        _READ,
        "leaked",
    ),
    Attack(
        1,
        "opens the folder as a path and reads below it",
        """
        folder = os.open(os.path.dirname(VAULT), os.O_PATH)
        return os.read(os.open("answers.txt", os.O_RDONLY, dir_fd=folder), 100).decode()
        """,
        _READ,
        "leaked",
    ),
    Attack(
        1,
        "reads through /proc/self/root",
        "return open('/proc/self/root' + VAULT).read()",
        _READ,
        "leaked",
    ),
    Attack(
        1,
        "reads by openat2",
        """
        how = (ctypes.c_uint64 * 3)(os.O_RDONLY)
        path = ctypes.create_string_buffer(VAULT.encode())
        file = raw(437, 437, -100, ctypes.addressof(path), ctypes.addressof(how), 24)
        return os.read(file, 100).decode()
        """,
        {"seccomp": "ENOSYS", **_READ},
        "leaked",
    ),
    Attack(
        1,
        "asks for a handle on a file instead of opening it",
        """
        path = ctypes.create_string_buffer(VAULT.encode())
        handle = (ctypes.c_int * 64)(0)
        number = ctypes.c_int()
        at, to, mount = map(ctypes.addressof, (path, handle, number))
        return raw(303, 264, -100, at, to, mount, 0)
        """,
        {"seccomp": "EPERM", "user": "EACCES"},
        "EOVERFLOW",
    ),
    Attack(
        1,
        "imports a reference",
        """
        sys.path.insert(0, REPOSITORY)
        import grader.reference.nn
        return grader.reference.nn.__doc__ is not None
        """,
        {"landlock": "ModuleNotFoundError", "user": "ModuleNotFoundError"},
        "gave True",
    ),
    Attack(
        1,
        "loads the hidden checks by their path",
        """
        import importlib.util
        path = REPOSITORY + "/grader/checks/test_nn.py"
        spec = importlib.util.spec_from_file_location("checks", path)
        return len(spec.loader.get_data(path)) > 100
        """,
        _READ,
        "gave True",
    ),
    Attack(
        1,
        "has a program read for it",
        "os.execv('/bin/cat', ['cat', RESULTS])",
        {"seccomp": "EPERM", "landlock": "EACCES"},
        "died: crashed: the process ended itself with exit code 0",
    ),
    Attack(
        1,
        "reads the passwords of the machine",
        "return len(open('/etc/shadow').read()) > 0",
        {"landlock": "EACCES", "user": "EACCES"},
        "gave True",
        root=True,
    ),
)

WRITING = (
    Attack(
        2,
        "writes results of its own",
        "open(RESULTS, 'w').write('{\"score\": 100}')",
        _WRITE,
        "gave None",
    ),
    Attack(
        2,
        "empties the results",
        "os.truncate(RESULTS, 0)",
        _WRITE,
        "gave None",
    ),
    Attack(2, "removes the results", "os.unlink(RESULTS)", _WRITE, "gave None"),
    Attack(
        2,
        "puts another file in place of the results",
        "os.rename(HOME + '/submission/nn.py', RESULTS)",
        _WRITE,
        "gave None",
    ),
    Attack(
        2,
        "puts a link beside the results",
        "os.symlink(VAULT, RESULTS + '.link')",
        _WRITE,
        "gave None",
    ),
    Attack(
        2,
        "gives the secret a second name in its own folder",
        "os.link(VAULT, HOME + '/submission/x'); return open(HOME + '/submission/x').read()",
        _WRITE,
        "leaked",
    ),
    Attack(
        2,
        "opens the results to everyone",
        "os.chmod(RESULTS, 0o777)",
        {"seccomp": "EPERM", "user": "EPERM"},
        "gave None",
    ),
    Attack(
        2,
        "takes the results for its own",
        "os.chown(RESULTS, os.getuid(), os.getgid())",
        {"seccomp": "EPERM", "user": "EPERM"},
        "gave None",
    ),
    Attack(
        2,
        "makes the results look old",
        "os.utime(RESULTS, (0, 0))",
        {"seccomp": "EPERM", "user": "EPERM"},
        "gave None",
    ),
    Attack(
        2,
        "attaches attributes to the results",
        "os.setxattr(RESULTS, 'user.mark', b'x')",
        {"seccomp": "EPERM", "user": "EACCES"},
        "gave None",
    ),
    Attack(
        2,
        "makes a pipe where results go",
        "os.mkfifo(RESULTS + '.pipe')",
        _WRITE,
        "gave None",
    ),
    Attack(
        2,
        "creates by creat, which has no flags",
        """
        path = ctypes.create_string_buffer((RESULTS + ".new").encode())
        return raw(85, -1, ctypes.addressof(path), 0o600) > 2
        """,
        _WRITE,
        "gave True",
    ),
    Attack(
        2,
        "opens for writing through the upper half of the flags",
        """
        path = ctypes.create_string_buffer(RESULTS.encode())
        return raw(257, 56, -100, ctypes.addressof(path), os.O_WRONLY | 1 << 32, 0) > 2
        """,
        _WRITE,
        "gave True",
    ),
    Attack(
        2,
        "opens with access mode 3, which is neither reading nor writing",
        """
        path = ctypes.create_string_buffer(RESULTS.encode())
        return raw(257, 56, -100, ctypes.addressof(path), 3, 0) > 2
        """,
        {"seccomp": "EPERM", "user": "EACCES"},
        "gave True",
    ),
    Attack(
        2,
        "makes a device",
        "os.mknod(HOME + '/submission/disk', 0o60666, os.makedev(254, 0))",
        {**_WRITE, "capabilities": "EPERM"},
        "gave None",
        root=True,
    ),
)

ALL = (*READING, *WRITING)
