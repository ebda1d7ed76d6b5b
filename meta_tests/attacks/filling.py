"""Groups 15 and 31: filling the disk, leaving something for the next run."""

from __future__ import annotations

from meta_tests.attacks.record import Attack

_WRITE = {"seccomp": "EPERM", "landlock": "EACCES", "user": "EACCES"}
# Where everyone may write, a user of its own is no help.
_ANYWHERE = {"seccomp": "EPERM", "landlock": "EACCES"}
FILLING = (
    Attack(
        15,
        "fills the disk with large files",
        """
        for i in range(40):
            with open(f"/var/tmp/{MARK}-{i}", "wb") as file:
                file.write(bytes(1 << 20))
        """,
        {**_ANYWHERE, "limits": "EFBIG"},
        "gave None",
    ),
    Attack(
        15,
        "uses up the inodes",
        "for i in range(50): os.mkdir(f'/tmp/{MARK}-{i}')",
        _ANYWHERE,
        "gave None",
    ),
    Attack(
        15,
        "fills a file without a name",
        """
        file = os.open("/tmp", os.O_TMPFILE | os.O_RDWR)
        return os.write(file, bytes(1 << 20))
        """,
        {**_ANYWHERE, "limits": "EFBIG"},
        "gave 1048576",
    ),
    Attack(
        15,
        "fills a file in memory",
        "return os.write(os.memfd_create('x'), bytes(1 << 20))",
        {"seccomp": "EPERM", "limits": "EFBIG"},
        "gave 1048576",
    ),
    Attack(
        15,
        "makes a file as large as it can without writing",
        "os.posix_fallocate(os.open(f'/tmp/{MARK}-x', os.O_CREAT | os.O_RDWR), 0, 1 << 20)",
        {**_ANYWHERE, "limits": "EFBIG"},
        "gave None",
    ),
)

STAYING = (
    Attack(
        31,
        "changes its own file for the next run",
        "return os.write(os.open(HOME + '/submission/nn.py', os.O_WRONLY | os.O_APPEND), b'x = 1')",
        {**_WRITE, "limits": "EFBIG"},
        "gave 5",
    ),
    Attack(
        31,
        "compiles itself into a cache for the next run",
        "import py_compile; return py_compile.compile(HOME + '/submission/nn.py') is not None",
        {**_WRITE, "limits": "EFBIG"},
        "gave True",
    ),
    Attack(
        31,
        "opens numpy's own file for writing",
        "os.close(os.open(np.__file__, os.O_WRONLY))",
        _WRITE,
        "gave None",
        root=True,
    ),
    Attack(
        31,
        "leaves a file in /tmp",
        "open(f'/tmp/{MARK}-x', 'w').close()",
        _ANYWHERE,
        "gave None",
    ),
    Attack(
        31,
        "leaves a file in /dev/shm",
        "open(f'/dev/shm/{MARK}-x', 'w').close()",
        _ANYWHERE,
        "gave None",
    ),
    Attack(
        31,
        "saves an array",
        "np.save(f'/tmp/{MARK}-x.npy', np.ones(2))",
        {**_ANYWHERE, "limits": "EFBIG"},
        "gave None",
    ),
)

ALL = (*FILLING, *STAYING)
