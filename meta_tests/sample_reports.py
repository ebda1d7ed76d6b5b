"""Reports to try the writers on: as they come out of grading, and as nobody would wish them."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from grader.results import CheckSpec, Meta, Outcome, Override, Report, Status

FUNCTIONS = {
    "solution": "relu sigmoid tanh softmax activation forward loss backward update train_loop",
    "nn": "relu softmax linear_forward linear_backward cross_entropy_loss NN dropout",
    "hw_mlp": "BatchGenerator Adam step_decay train_loop",
}
TITLES = (
    "{0} on a worked example",
    "{0} on random arrays",
    "{0} leaves its argument as it is",
    "{0} stays finite far out",
    "{0} agrees with central differences",
)
META = Meta(
    submission="ada.zip",
    submission_hash="00c0ffee5ca1ab1e",
    sandbox_level="full",
    seed_fingerprint="5f2b61c9",
    suite_hash="0a1b2c3d",
    settings_hash="4e5f6a7b",
    versions={"python": "3.11.4", "numpy": "2.2.1", "grader": "0.1.0", "platform": "linux x86_64"},
    seconds=1.284,
)
PASSED = Outcome(Status.passed, seconds=0.01)
DIAGNOSIS = (
    "This looks like two known mistakes at once: db as a vector; the mean taken twice. "
    "db is subtracted from b: do their shapes agree? The loss is a mean, its gradient follows."
)
EXAMPLE = """import numpy as np
from solution import NN

net = NN(hidden_dims=(4,), seed=1)
x = np.array([[1.0, -2.0, 0.5, 1.0, -1.0, 2.0, 0.25], [0.5, 3.0, 1.0, -1.0, 2.0, 0.75, 1.5]])
cache = net.forward(x)
grads = net.backward(cache, np.eye(2))
print(grads["db1"])
# backward(cache, labels)["db1"] has shape (4,), expected (1, 4).
"""
UNWRITTEN = Outcome(Status.not_implemented, "Not implemented yet.")


def specs() -> list[CheckSpec]:
    """Five checks per function: two public (the first a gate), three hidden (again a gate)."""
    return [
        CheckSpec(
            id=f"{suite}/{'public' if i in (0, 2) else 'hidden'}/{name}_{i}",
            suite=suite,
            function=f"{suite}.{name}",
            title=title.format(name),
            visible=i in (0, 2),
            weight=Fraction(2 if i == 1 else 1),
            gate=i in (0, 1),
            optional=name == "dropout",
        )
        for suite, names in FUNCTIONS.items()
        for name in names.split()
        for i, title in enumerate(TITLES)
    ]


def report(meta: Meta = META, outcome: Callable[[CheckSpec], Outcome] = lambda _: PASSED) -> Report:
    """A report in which each check ended as `outcome` says."""
    points = {"solution.backward": Fraction(3), "nn.NN": Fraction(2)}
    checks = specs()
    defaults = {spec.function: Fraction(1) for spec in checks}
    result = Report.create(checks, defaults | points, 100, meta)
    for spec in result.specs:
        result.record(spec.id, outcome(spec))
    return result


def fresh() -> Report:
    """As it is before the first check."""
    return report(outcome=lambda _: Outcome(Status.not_run))


def perfect() -> Report:
    """Everything passed."""
    return report()


def untouched() -> Report:
    """The templates as they were handed out."""
    return report(outcome=lambda _: UNWRITTEN)


def typical() -> Report:
    """A submission with the usual mistakes, and some functions not written yet."""
    softmax = Outcome(
        Status.failed,
        "The result has NaN, first in row 1.",
        "Subtract each row's own maximum: with one maximum for all, distant rows become 0/0.",
    )
    hidden = Outcome(
        Status.failed,
        "The ratio to the expected values is 0.5 throughout.",
        "The mean over the examples is taken once, in the loss.",
        detail="dW1[0, 0] = 0.1234, expected 0.2468",
        diagnosis=DIAGNOSIS,
        example=EXAMPLE.replace("1.0", "1.2468"),
    )
    shape = Outcome(
        Status.failed,
        'backward(cache, labels)["db1"] has shape (4,), expected (1, 4).',
        "db has the shape of b.",
        diagnosis=DIAGNOSIS,
        example=EXAMPLE,
    )
    crash = Outcome(
        Status.crashed,
        "IndexError: index 10 is out of bounds for axis 0 with size 10 "
        "(hw_mlp.py, line 41, in __iter__: x = self.x[self.order[i]])",
    )
    helped = Outcome(
        Status.passed,
        "Passed with the reference in place of the functions below it.",
        with_reference=True,
    )
    ends = {
        "solution/hidden/softmax_3": softmax,
        "solution/public/backward_0": shape,
        "solution/hidden/backward_1": hidden,
        "solution/hidden/backward_4": hidden,
        "solution/hidden/loss_1": helped,
        "solution/hidden/train_loop_1": helped,
        "nn/hidden/linear_backward_3": Outcome(Status.timed_out, "It took more than 10 s of CPU."),
        "hw_mlp/public/BatchGenerator_2": crash,
        "hw_mlp/hidden/BatchGenerator_3": crash,
    }
    unwritten = {"nn.cross_entropy_loss", "nn.NN", "hw_mlp.Adam"}

    def outcome(spec: CheckSpec) -> Outcome:
        if spec.function in unwritten:
            return UNWRITTEN
        if spec.function == "nn.dropout":
            return Outcome(Status.missing, "nn.py has no dropout.")
        return ends.get(spec.id, PASSED)

    notes = ("Solution (1).py was taken for solution.py.",)
    seed = "No seed_file is set: the cases come from the public development seed."
    return report(replace(META, notes=notes, instructor_notes=(seed,)), outcome)


def broken() -> Report:
    """One file that cannot be imported, one that is missing, and no sandbox to speak of."""
    syntax = Outcome(
        Status.crashed,
        "nn.py cannot be imported: SyntaxError: '(' was never closed\n"
        "line 12:     return np.maximum(0, x\n"
        "                             ^",
    )
    missing = Outcome(Status.missing, "hw_mlp.py is missing.")
    level = Outcome(
        Status.not_run,
        "Not run: the sandbox is at level none and hidden checks need full. "
        "With --allow-unsandboxed one's own code may be graded so.",
    )
    fault = Outcome(
        Status.grader_error, "The grader failed on this check; the score is provisional."
    )

    def outcome(spec: CheckSpec) -> Outcome:
        if spec.suite != "solution":
            return {"nn": syntax, "hw_mlp": missing}[spec.suite]
        if spec.id == "solution/public/relu_2":
            return fault
        return PASSED if spec.visible else level

    meta = Meta(
        submission="my homework",
        sandbox_level="none",
        sandbox_notes=("Landlock: this kernel does not have it.", "seccomp: not on this platform."),
        seed_fingerprint="5f2b61c9",
        seconds=0.4,
        notes=("hw_mlp.py is missing.",),
        instructor_notes=("solution/public/relu_2: KeyError: 'x'\nTraceback ...",),
    )
    return report(meta, outcome)


def hostile() -> Report:
    """Every text that a submission can influence tries to be something else."""
    evil = (
        "\x1b[2J\x1b]0;owned\x07[bold red]markup[/] <script>alert(1)</script> **md** =1+1 "
        "\u202egnp.exe\u2066 \x00 \ud800 " + "A" * 100_000 + "\n" * 50 + "last line"
    )

    def outcome(spec: CheckSpec) -> Outcome:
        ended = Outcome(Status.crashed, evil, evil, evil, diagnosis=evil, example=evil)
        return ended if spec.suite == "nn" else PASSED

    meta = Meta(
        submission=evil, sandbox_level="full", seed_fingerprint="5f2b61c9", notes=(evil,) * 60
    )
    return report(meta, outcome)


def brief() -> Report:
    """Three functions of the typical report, for formats that have many lines per check."""
    whole = typical()
    kept = ("solution.backward", "nn.dropout", "hw_mlp.Adam")
    chosen = [spec for spec in whole.specs if spec.function in kept]
    result = Report.create(chosen, whole.points, 10, whole.meta)
    for spec in chosen:
        result.record(spec.id, whole.outcomes[spec.id])
    return result


def decided() -> Report:
    """The brief report with what the instructor has decided: one check void, two set by hand."""
    result = brief()
    reason = "Everyone earns this check: the worked example had a slip of the pen"
    result.record("solution/public/backward_0", Outcome(Status.excused, reason))
    half = Override(Fraction(1, 2), "the derivation on paper was right", "J. Doe")
    result.override("solution/hidden/backward_1", half)
    result.override("hw_mlp/public/Adam_2", Override(Fraction(0), "=cmd|' /C calc'!A1", "J. Doe"))
    return result


MAKERS = (fresh, perfect, untouched, typical, brief, decided, broken, hostile)
SAMPLES: dict[str, Callable[[], Report]] = {maker.__name__: maker for maker in MAKERS}
