"""A worker's answers: values, errors, handles, scans, and how it dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from grader.sandbox import (
    VARY,
    Handle,
    Limits,
    Name,
    Program,
    Ref,
    Result,
    SandboxError,
    StaleHandle,
    StudentFailure,
    Worker,
    WorkerDied,
    WorkerSpec,
    Zygote,
    fresh_worker,
)
from grader.sandbox.clock import Deadline, DeadlineExceeded
from meta_tests.sandboxes import call, calling, submission, value, worker_with

CODE = """
import functools, os, random, signal, sys, time
import numpy as np

def same(x): return x
def double(x): return 2 * x
def spoil(x):
    x[:] = 0
    return x
def relu(x):
    def back(d): return d * (x > 0)
    return np.maximum(x, 0), back
def raises(): raise ValueError("no\\x1b[31m")
def todo(): raise NotImplementedError("nn-1")
def leaves(): sys.exit(3)
def interrupts(): raise KeyboardInterrupt
def recurses(): return recurses()
def hungry(): return np.ones(2**40)
def asks(): return input("? ")
def floods():
    for _ in range(20000): print("x" * 100)
class Hostile(BaseException):
    def __str__(self): raise self
    __repr__ = __str__
def hostile(): raise Hostile
def objects(): return {"a": {1}, "b": np.array([None]), "c": len}
def cyclic():
    x = []; x.append(x); return x
number = 3
class Net:
    def __init__(self, lr=1.0): self.lr, self.weights = lr, {"W1": np.ones((2, 2))}
    def forward(self, x): return x @ self.weights["W1"]
    @property
    def broken(self): raise AttributeError("inside")
def loss(w, x): return float(np.sum(w * x) ** 2)
def matrix(w): return np.outer(w, w)
def draws():
    bits = np.random.Generator(np.random.PCG64())
    return [random.random(), np.random.rand(), np.random.default_rng().random(),
            np.random.RandomState().rand(), bits.random()]
def reseeds():
    np.random.seed(); random.seed()
    return [np.random.rand(), random.random()]
def takes(x, grad=False): return x, grad
def renamed(inputs, derivative=False): return inputs, derivative
def logged(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs): return f(*args, **kwargs)
    return wrapper
@logged
def wrapped(inputs, derivative=False): return inputs, derivative
def seeded(x, seed=0): return x, seed
def partly(n):
    x = []; x.append(x)
    return np.zeros(n), x
def three(dz, x, W): return dz, x, W
def any_(*args, **kwargs): return args, kwargs
class Plain:
    def __init__(self, hidden_dims, n_classes=10, lr=0.1): self.got = hidden_dims, n_classes, lr
class CallMe:
    def __call__(self, z): return z
call_me = CallMe()
part = functools.partial(three, 1)
named = functools.partial(three, x=5)
twice = functools.partial(functools.wraps(named)(functools.partial(named, W=6)), 1)
def more(dz, y, *rest): return dz, y, rest
more_named = functools.partial(more, y=5)
def only(dz, /, **more): return dz, more
only_named = functools.partial(only, dz=5)
def dies(code): os._exit(code)
def signalled(number): os.kill(os.getpid(), number)
def loops():
    while True: pass
def loops_for_good(): sum(range(10**13))
def sleeps(): time.sleep(1000)
def sleeps_for_good():
    import signal
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
    time.sleep(1000)
def forges():
    os.write(3, b"\\2\\0\\0\\0" + bytes(8) + b"{}")
    return 1
def drips():
    while True: os.write(3, b"\\0"); time.sleep(0.001)
def closes():
    os.closerange(0, 64)
def silences():
    sys.stdout.close(); sys.stdout = None
def answers_early():
    import gc
    sock = [o for o in gc.get_objects() if type(o).__name__ == "Server"][0].channel
    nonce = [o for o in gc.get_objects() if type(o).__name__ == "Server"][0].nonce
    reply = {"op": "reply", "nonce": nonce, "arrays": [],
             "results": [{"values": [7], "dropped": [], "seconds": 0.0}]}
    sock.send(reply)
    return 8
"""
QUICK = Limits(cpu_seconds=0.2, wall_factor=5)


@pytest.fixture(scope="module")
def shared(zygote: Zygote) -> Iterator[Worker]:
    with worker_with(zygote, CODE) as made:
        yield made


@pytest.fixture
def worker(zygote: Zygote) -> Iterator[Worker]:
    with worker_with(zygote, CODE, QUICK) as made:
        yield made


def kept(worker: Worker, program: Program, ref: Ref) -> Handle:
    program.returns(ref, keep=True)
    (result,) = worker.run([program])
    handle = result.value
    assert isinstance(handle, Handle)
    return handle


def test_arguments_go_in_as_copies(shared: Worker) -> None:
    x = np.arange(3.0)
    assert np.array_equal(value(shared, "nn.spoil", x), np.zeros(3))
    assert np.array_equal(x, np.arange(3.0))


def test_each_program_gets_copies_of_its_own(shared: Worker) -> None:
    x = np.arange(3.0)
    results = shared.run([calling("nn.spoil", x), calling("nn.same", x)])
    assert np.array_equal(results[1].value, x)


def test_snapshots_are_taken_at_once(shared: Worker) -> None:
    program = Program()
    net = program.call(Name("nn.Net"))
    weights = program.get(net, "weights")
    first = program.item(weights, "W1")
    handle = kept(shared, program, net)
    reading, changing = Program(), Program()
    reading.item(reading.get(handle, "weights"), "W1")
    changing.setitem(changing.get(handle, "weights"), "W1", np.zeros((2, 2)))
    before, _, after = shared.run([reading, changing, reading])
    assert np.array_equal(before.value, np.ones((2, 2)))
    assert np.array_equal(after.value, np.zeros((2, 2)))
    assert first == Ref(2)


def test_a_closure_stays_and_is_called_through_its_handle(shared: Worker) -> None:
    x = np.array([-1.0, 2.0])
    program = Program()
    pair = program.call(Name("nn.relu"), x)
    program.returns(program.item(pair, 0)).returns(program.item(pair, 1), keep=True)
    (result,) = shared.run([program])
    out, back = result.values
    assert np.array_equal(out, [0, 2])
    assert (back.type_name, back.callable) == ("function", True)
    again = Program()
    again.call(back, np.ones(2))
    assert np.array_equal(shared.run([again])[0].value, [0, 1])


def test_attributes_can_be_set_and_read(shared: Worker) -> None:
    program = Program()
    net = program.call(Name("nn.Net"))
    program.set(net, "lr", 0.5)
    program.get(net, "lr")
    assert shared.run([program])[0].value == 0.5


def test_an_error_ends_its_own_program_only(shared: Worker) -> None:
    first, second = shared.run([calling("nn.raises"), calling("nn.double", 2)])
    assert first.error is not None
    assert first.values == ()
    assert second.value == 4


@pytest.mark.parametrize(
    ("name", "kind", "type_name"),
    [
        ("raises", "raised", "ValueError"),
        ("todo", "not_implemented", "NotImplementedError"),
        ("leaves", "raised", "SystemExit"),
        ("interrupts", "raised", "KeyboardInterrupt"),
        ("recurses", "raised", "RecursionError"),
        ("hungry", "out_of_memory", "MemoryError"),
        ("asks", "raised", "EOFError"),
        ("hostile", "raised", "Hostile"),
        ("cyclic", "value", ""),
        ("nowhere", "missing", ""),
        ("number", "missing", ""),
        ("Net.nowhere", "missing", ""),
        ("same", "raised", "TypeError"),
    ],
)
def test_errors_are_told_apart_and_survived(
    shared: Worker, name: str, kind: str, type_name: str
) -> None:
    error = call(shared, f"nn.{name}").error
    assert error is not None
    assert (error.kind, error.type_name) == (kind, type_name)
    assert value(shared, "nn.double", 2) == 4


def test_an_error_names_the_lines_of_the_submission_alone(shared: Worker) -> None:
    error = call(shared, "nn.raises").error
    assert error is not None
    (line,) = error.lines
    assert (line.file, line.function) == ("nn.py", "raises")
    assert CODE.splitlines()[line.lineno - 1] == line.text
    assert "\x1b" not in error.message + line.text


@pytest.mark.parametrize(
    ("name", "step"),
    [("no attribute", ("get", "nowhere")), ("no key", ("item", "W9"))],
)
def test_what_is_not_there_is_missing(shared: Worker, name: str, step: tuple[str, str]) -> None:
    program = Program()
    obj = program.call(Name("nn.Net"))
    if step[0] == "item":
        obj = program.get(obj, "weights")
    getattr(program, step[0])(obj, step[1])
    error = shared.run([program])[0].error
    assert error is not None, name
    assert error.kind == "missing"


def test_an_attribute_error_of_the_students_own_is_not_missing(shared: Worker) -> None:
    program = Program()
    program.get(program.call(Name("nn.Net")), "broken")
    error = shared.run([program])[0].error
    assert error is not None
    assert (error.kind, error.message) == ("raised", "inside")


def test_other_objects_become_handles(shared: Worker) -> None:
    got = value(shared, "nn.objects")
    assert [got[key].type_name for key in "abc"] == ["set", "ndarray", "builtin_function_or_method"]


def test_prints_are_kept_up_to_a_limit(worker: Worker) -> None:
    value(worker, "nn.floods")
    limit = worker.spec.limits.text_chars
    assert worker.output() == "".join(["x" * 100 + "\n"] * 1000)[:limit]


def test_a_closed_stdout_is_opened_again(worker: Worker) -> None:
    value(worker, "nn.silences")
    value(worker, "nn.floods")
    assert worker.output().startswith("xxx")


@pytest.mark.parametrize("name", ["draws", "reseeds"])
def test_random_numbers_repeat(shared: Worker, name: str) -> None:
    def drawn(seed: int) -> Any:
        return shared.run([calling(f"nn.{name}")], reseed=seed)[0].value

    assert drawn(1) == drawn(1)
    assert not set(drawn(1)) & set(drawn(2))
    assert len(set(drawn(1))) == len(drawn(1))


@pytest.mark.parametrize(
    ("call_", "expected", "dropped"),
    [
        (("takes", (1,), {"grad": True}, ["x", "grad"]), (1, True), ()),
        (("renamed", (1,), {"grad": True}, ["x", "grad"]), (1, True), ()),
        (("renamed", (), {"x": 1, "grad": True}, ["x", "grad"]), (1, True), ()),
        (("three", (1, 2, 3, 4), {}, ["dz", "x", "W", "b"]), (1, 2, 3), ("b",)),
        (("any_", (1,), {"grad": True}, ["x", "grad"]), ((1,), {"grad": True}), ()),
        (("any_", (1, 2, 3), {}, ["x", "grad"]), ((1, 2, 3), {}), ()),
        (("wrapped", (1,), {"grad": 2}, ["x", "grad"]), (1, 2), ()),
        (("seeded", (1,), {"init": "he"}, ["x", "init", "seed"]), (1, 0), ("init",)),
        (("call_me", (5,), {}, ["x"]), 5, ()),
        (("part", (), {"x": 2, "W": 3}, ["dz", "x", "W"]), (1, 2, 3), ()),
        (("named", (1, 2, 3), {}, ["dz", "x", "W"]), (1, 2, 3), ()),
        (("named", (1,), {"W": 3}, ["dz", "x", "W"]), (1, 5, 3), ()),
        (("named", (1, 2, 3), {}, ["dz", "inputs", "W"]), (1, 2, 3), ()),
        (("twice", (2, 3), {}, ["x", "W"]), (1, 2, 3), ()),
        (("more_named", (1, 2, 3), {}, ["dz", "x", "W"]), (1, 2, ()), ("W",)),
        (("only_named", (1,), {}, ["dz"]), (1, {"dz": 5}), ()),
    ],
)
def test_calls_are_fitted_to_the_students_signature(
    shared: Worker, call_: Any, expected: Any, dropped: tuple[str, ...]
) -> None:
    name, args, kwargs, documented = call_
    result = call(shared, f"nn.{name}", *args, documented=documented, **kwargs)
    assert result.error is None
    assert (result.value, result.dropped) == (expected, dropped)


def test_a_constructor_is_fitted_too(shared: Worker) -> None:
    program = Program()
    documented = ["hidden_dims", "epsilon", "lr", "batch_size", "seed"]
    net = program.call(Name("nn.Plain"), (4, 3), seed=1, lr=0.5, documented=documented)
    program.get(net, "got")
    result = shared.run([program])[0]
    assert (result.value, result.dropped) == (((4, 3), 10, 0.5), ("seed",))


def test_scan_gives_the_values_at_both_sides(shared: Worker) -> None:
    w, x = np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.7, -1.1])
    values = shared.scan(calling("nn.loss", VARY, x), w, h=1e-6)
    gradient = (values[:, 0] - values[:, 1]) / 2e-6
    assert np.allclose(gradient, 2 * (w @ x) * x, rtol=1e-7)


def test_scan_takes_chosen_coordinates_and_steps(shared: Worker) -> None:
    w = np.array([1.0, 2.0, 3.0])
    h = np.array([0.1, 0.2, 0.3])
    values = shared.scan(calling("nn.loss", VARY, 1.0), w, h=h, indices=np.array([2, 0]))
    sums = np.array([[6.3, 5.7], [6.1, 5.9]])
    assert np.allclose(values, sums**2)


def test_scan_goes_along_given_directions(shared: Worker) -> None:
    w, delta = np.array([1.0, 2.0]), np.array([[0.5, -0.25]])
    project = np.array([[1.0, 2.0], [3.0, 4.0]])
    values = shared.scan(calling("nn.matrix", VARY), w, deltas=delta, project=project)
    expected = [np.sum(project * np.outer(p, p)) for p in (w + delta[0], w - delta[0])]
    assert np.allclose(values, [expected])


def test_scan_keeps_the_shape_of_the_base(shared: Worker) -> None:
    values = shared.scan(calling("nn.loss", VARY, np.ones((2, 3))), np.zeros((2, 3)), h=1.0)
    assert values.shape == (6, 2)


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        (calling("nn.raises"), "raised"),
        (calling("nn.matrix", VARY), "value"),
        (calling("nn.nowhere", VARY), "missing"),
    ],
)
def test_scan_tells_what_failed(shared: Worker, program: Program, kind: str) -> None:
    with pytest.raises(StudentFailure) as caught:
        shared.scan(program, np.ones(2))
    assert caught.value.error.kind == kind


def test_vary_has_no_meaning_outside_scan(shared: Worker) -> None:
    with pytest.raises(SandboxError):
        shared.run([calling("nn.same", VARY)])


def test_a_forgotten_object_is_missing(shared: Worker) -> None:
    program = Program()
    handle = kept(shared, program, program.call(Name("nn.Net")))
    shared.forget([handle])
    again = Program()
    again.get(handle, "lr")
    error = shared.run([again])[0].error
    assert error is not None
    assert error.kind == "missing"


def test_a_handle_of_another_worker_is_refused(shared: Worker, worker: Worker) -> None:
    program = Program()
    handle = kept(shared, program, program.call(Name("nn.Net")))
    again = Program()
    again.get(handle, "lr")
    with pytest.raises(StaleHandle):
        worker.run([again])


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        (calling("nn.loops_for_good"), "timed_out"),
        (calling("nn.sleeps_for_good"), "timed_out"),
        (calling("nn.dies", 0), "crashed"),
        (calling("nn.signalled", int(signal.SIGSEGV)), "crashed"),
        (calling("nn.signalled", int(signal.SIGKILL)), "out_of_memory"),
        (calling("nn.forges"), "crashed"),
        (calling("nn.drips"), "crashed"),
        (calling("nn.closes"), "crashed"),
    ],
    ids=["loop", "sleep", "exit", "segfault", "killed", "forged", "drip", "closed"],
)
def test_a_death_is_told(worker: Worker, program: Program, kind: str) -> None:
    with pytest.raises(WorkerDied) as caught:
        worker.run([program])
    assert caught.value.error.kind == kind
    assert ("CPU time" in caught.value.error.message) == (
        program.steps[0][1] == Name("nn.loops_for_good")
    )
    assert not worker.alive
    with pytest.raises(SandboxError):
        worker.output()


@pytest.mark.parametrize("name", ["loops", "sleeps"])
def test_what_has_no_end_is_told_with_its_line_and_the_worker_lives(
    worker: Worker, name: str
) -> None:
    looped, after = worker.run([calling(f"nn.{name}"), calling("nn.same", 1)])
    assert looped.error is not None and looped.error.kind == "timed_out"
    assert [line.function for line in looped.error.lines] == [name]
    assert after.error is not None and after.error.kind == "timed_out"
    assert call(worker, "nn.same", 2).value == 2


def test_a_scan_without_end_is_told_with_its_line(worker: Worker) -> None:
    with pytest.raises(StudentFailure) as caught:
        worker.scan(calling("nn.loops"), np.ones(2))
    assert caught.value.error.kind == "timed_out"
    assert caught.value.error.lines[-1].function == "loops"


def test_the_process_is_gone_after_a_death(worker: Worker) -> None:
    program = Program()
    program.call(Name("nn.os.getpid"))
    pid = worker.run([program])[0].value
    os.kill(pid, 0)
    with pytest.raises(WorkerDied):
        worker.run([calling("nn.loops_for_good")])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_reply_that_comes_too_early_forges_its_own_answer_alone(worker: Worker) -> None:
    assert call(worker, "nn.answers_early").value == 7
    with pytest.raises(WorkerDied, match=r"before it was asked|nobody waits"):
        call(worker, "nn.double", 1)


def test_arrays_of_a_program_that_failed_do_not_count(zygote: Zygote) -> None:
    with worker_with(zygote, CODE, Limits(reply_bytes=1 << 20)) as worker:
        failed, fits = worker.run(
            [calling("nn.partly", 100_000), calling("nn.double", np.ones(100_000))]
        )
    assert failed.error is not None
    assert np.array_equal(fits.value, np.full(100_000, 2.0))


def test_a_pause_is_not_counted() -> None:
    deadline = Deadline(os.getpid(), 60.0, 1.0)
    deadline.pause(-2.0)
    with pytest.raises(DeadlineExceeded):
        deadline.left()
    deadline.pause(2.0)
    assert 0 < deadline.left() <= 1


def test_cpu_time_is_counted_and_outlives_the_worker(worker: Worker) -> None:
    before = worker.cpu_time()
    with pytest.raises(WorkerDied):
        worker.run([calling("nn.loops_for_good")], cpu_seconds=0.1)
    assert worker.cpu_time() - before > 0.05


def test_the_zygote_goes_on_after_a_death(zygote: Zygote, worker: Worker) -> None:
    with pytest.raises(WorkerDied):
        call(worker, "nn.dies", 1)
    with worker_with(zygote, CODE) as another:
        assert value(another, "nn.double", 1) == 2


def test_workers_share_nothing(zygote: Zygote) -> None:
    code = "import numpy as np\ndef put(): np.leak = 1\ndef look(): return hasattr(np, 'leak')\n"
    with worker_with(zygote, code) as first, worker_with(zygote, code) as second:
        call(first, "nn.put")
        assert value(first, "nn.look")
        assert not value(second, "nn.look")


def test_a_fresh_worker_takes_its_zygote_along() -> None:
    with submission({"nn.py": CODE}) as folder:
        worker = fresh_worker(WorkerSpec(folder, {"nn": "nn.py"}))
        worker.load("nn")
        program = Program()
        program.call(Name("nn.os.getppid"))
        zygote = worker.run([program])[0].value
        worker.close()
    with pytest.raises(ProcessLookupError):
        os.kill(zygote, 0)


def test_a_dead_zygote_is_started_again() -> None:
    with Zygote() as zygote, submission({"nn.py": CODE}) as folder:
        spec = WorkerSpec(folder, {"nn": "nn.py"})
        with zygote.spawn(spec) as worker:
            worker.load("nn")
            program = Program()
            program.call(Name("nn.os.getppid"))
            pid = worker.run([program])[0].value
            zygote._process.kill()
            zygote._process.wait()
        with zygote.spawn(spec) as worker:
            worker.load("nn")
            assert worker.run([program])[0].value != pid


def test_a_result_has_one_value() -> None:
    assert Result((1,)).value == 1
