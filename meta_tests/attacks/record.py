"""What an attack is: code that is run in a worker, and what it must meet there.

`by` names the layers that stop it, each on its own, with what the code meets where of them only
this one is left; the first is what it meets when nothing is switched off. `otherwise` is what it
gets with all of them off: the control, without which a refusal proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

# Layer -> what it is. The order is that of the columns in docs/security.md.
LAYERS = {
    "seccomp": "filter of system calls: a list of what is allowed",
    "landlock": "rules of the kernel on files, network and signals",
    "user": "a user of its own for each worker (the host is root)",
    "capabilities": "none of root's rights (the host is root, and its interpreter is private)",
    "limits": "limits on memory, files, processes and descriptors",
    "undumpable": "memory and environment closed to processes of the same user",
    "clean": "a process that was executed anew: nothing of the host in memory, environment, files",
    "kill": "at the end of a worker all processes of its user are killed",
    "soft limit": "the worker stops code at its time limit and says where",
    "deadline": "the host ends a worker that does not stop by itself",
    "wire": "the host reads only what it asked for, checked before it is used",
    "values": "only plain copies of plain values leave a worker",
    "desk": "calls back to the host: only what the check allows, counted, one at a time",
    "grading": "what a check asks, how often, in which worker, and what is said of it",
    "intake": "what is copied from a submission, and whose names come first in a worker",
}
# In these, what stops an attack is shown layer by layer: root with an interpreter that all may
# read, root with a private one, an ordinary user.
MACHINES = ("own user", "private interpreter", "ordinary user")
# In these every attack is made with all layers that there are: see container.py.
CONTAINERS = ("container", "container without Landlock")
CONFIGURATIONS = (*MACHINES, *CONTAINERS)
_ABSENT: Mapping[str, frozenset[str]] = {
    "own user": frozenset({"capabilities"}),
    "private interpreter": frozenset({"user", "kill"}),
    "ordinary user": frozenset({"user", "kill", "capabilities"}),
    "container": frozenset({"capabilities"}),
    "container without Landlock": frozenset({"capabilities", "landlock"}),
}
ALL = frozenset(MACHINES)
# What is switched off -> the level in each configuration, with the attempts that got through.
_BARE = "none write network environ"
LEVELS = {
    (): ("full", "full", "full", "full", "reduced environ"),
    ("landlock",): (
        "reduced environ",
        "none canary environ",
        "none canary environ",
        "reduced environ",
        "reduced environ",
    ),
    ("seccomp",): (
        "reduced network",
        "reduced network fork",
        "reduced network",
        "reduced network",
        _BARE,
    ),
    ("landlock", "seccomp"): (
        _BARE,
        "none canary write network fork signal environ",
        "none canary write network signal environ",
        _BARE,
        _BARE,
    ),
}


@dataclass(frozen=True)
class Attack:
    """One attack: `code` is the body of attack(), `top` stands above it at the top of nn.py.

    calls: what is called in a worker, in this order; "next:name" calls it in a new worker.
    not_in: configuration -> layers of `by` that are no help there. root: the control needs root,
    as the kernel itself refuses ordinary users. slow: the control takes seconds, and is made in
    one configuration only. forges: it leaves more answers than questions, so that none can be
    asked afterwards. note: why there is no control.
    """

    group: int
    name: str
    code: str
    by: Mapping[str, str]
    otherwise: str = ""
    note: str = ""
    top: str = ""
    calls: Sequence[str] = ("attack",)
    not_in: Mapping[str, Sequence[str]] = field(default_factory=dict)
    configurations: frozenset[str] = ALL
    root: bool = False
    slow: bool = False
    forges: bool = False
    callbacks: bool = False
    limits: Mapping[str, float] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The name in tests and in the table."""
        return f"{self.group} {self.name}"

    def layers(self, configuration: str) -> dict[str, str]:
        """The layers that stop it there, with what each says."""
        absent = _ABSENT[configuration] | set(self.not_in.get(like(configuration), ()))
        return {layer: seen for layer, seen in self.by.items() if layer not in absent}

    def tried_in(self, configuration: str) -> bool:
        """Is it for this configuration? In one without Landlock even if nothing stops it there."""
        if like(configuration) not in self.configurations:
            return False
        return configuration in CONTAINERS or bool(self.layers(configuration))


@dataclass(frozen=True)
class Cheat:
    """A whole submission for the grader: functions of a suite replaced, the rest right.

    functions: {"relu": "def relu(x): ..."}; files: {"conftest.py": "..."} beside it; extra: lines
    at the end of the file. checks: ids, or beginnings of ids, that are graded. lost: the functions
    that must not earn all of their points. says: check -> "status: beginning of the message".
    """

    group: int
    name: str
    checks: Sequence[str]
    functions: Mapping[str, str] = field(default_factory=dict)
    extra: str = ""
    top: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    suite: str = "nn"
    lost: Sequence[str] = ()
    says: Mapping[str, str] = field(default_factory=dict)
    by: Mapping[str, str] = field(default_factory=lambda: {"grading": ""})
    otherwise: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """The name in tests and in the table."""
        return f"{self.group} {self.name}"

    def shown_in(self, configuration: str) -> bool:
        """Is there a control?"""
        return bool(self.otherwise) and configuration in MACHINES

    @property
    def without(self) -> str:
        """The key of the control."""
        return f"{self.key} without {', '.join(sorted(self.by))}"


@dataclass(frozen=True)
class Trial:
    """One run of an attack: with `off` switched off it must meet `expected`."""

    attack: Attack
    off: frozenset[str]
    expected: str

    @property
    def key(self) -> str:
        """Which run of which attack."""
        return " without ".join(
            [self.attack.key, *([", ".join(sorted(self.off))] * bool(self.off))]
        )


def like(configuration: str) -> str:
    """The machine that a container is like."""
    return "own user" if configuration in CONTAINERS else configuration


def trials(attack: Attack, configuration: str) -> Iterator[Trial]:
    """With every layer; with none of those that stop it; with each of them alone.

    In a container the first only; an attack that nothing stops there must succeed.
    """
    if not attack.tried_in(configuration):
        return
    layers = attack.layers(configuration)
    yield Trial(attack, frozenset(), next(iter(layers.values()), attack.otherwise))
    if configuration in CONTAINERS:
        return
    ordinary = configuration == "ordinary user"
    if not attack.otherwise or (attack.root and ordinary) or (attack.slow and not ordinary):
        return
    yield Trial(attack, frozenset(layers), attack.otherwise)
    if len(layers) > 1:
        for layer, seen in layers.items():
            yield Trial(attack, frozenset(layers) - {layer}, seen)


def meets(seen: str, expected: str) -> bool:
    """Is it this, word for word, or this with a message behind it?"""
    return seen == expected or seen.startswith(f"{expected}: ")
