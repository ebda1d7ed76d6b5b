"""The way back into the host: answered within limits, and refused otherwise."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grader.sandbox import (
    VARY,
    Callbacks,
    Handle,
    HostFunction,
    Name,
    Program,
    Result,
    WorkerDied,
    Zygote,
)
from grader.sandbox import Worker as SandboxWorker
from meta_tests.sandboxes import value, worker_with

CODE = """
import gc, numpy as np
def apply(f, *args, **kwargs): return f(*args, **kwargs)
def one(): return 1
def twice(f, x): return f(f(x))
def many(f, n): return sum(f(i) for i in range(n))
def tries(f, x):
    try: return f(x)
    except Exception as error: return type(error).__name__
def keeps(f): keeps.f = f
def later(x): return keeps.f(x)
class Model:
    pass
def gives_model(f): return f(Model(), 3)
def outer(f, x): return f(x, x)
def forges_names():
    server = [o for o in gc.get_objects() if type(o).__name__ == "Server"][0]
    server.names.keep = lambda value: ["n", "nn.secret"]
def a_set(f): return {1}
def gives_function(f): return f(apply)
def repeats(f):
    f(1)
    calls = [o for o in gc.get_objects() if type(o).__name__ == "HostCalls"][0]
    calls.nonce = calls.old if hasattr(calls, "old") else "0" * 16
    return f(2)
def unknown(f):
    calls = [o for o in gc.get_objects() if type(o).__name__ == "HostCalls"][0]
    return calls("secret", 1)
def token(f):
    calls = [o for o in gc.get_objects() if type(o).__name__ == "HostCalls"][0]
    return calls(0, 1)
"""


def answer(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    if name == "fails":
        raise ValueError("a secret")
    if name == "nested":
        return {"out": args[0] + 1, "back": lambda d: 2 * d}
    if name == "shows":
        return repr(args)
    if name == "in_place":
        args[0][:] = 5.0
        return args[0]
    return args[0] + 1 + kwargs.get("extra", 0)


CALLBACKS = Callbacks(answer, frozenset({"plus", "fails", "nested", "shows", "in_place"}))


@pytest.fixture
def worker(zygote: Zygote) -> Iterator[SandboxWorker]:
    with worker_with(zygote, CODE) as made:
        yield made


def ask(
    worker: SandboxWorker,
    name: str,
    function: str,
    *args: Any,
    limits: Callbacks = CALLBACKS,
    **kw: Any,
) -> Result:
    program = Program()
    program.call(Name(f"nn.{name}"), HostFunction(function), *args, **kw)
    (result,) = worker.run([program], callbacks=limits)
    return result


def test_the_host_answers(worker: SandboxWorker) -> None:
    assert ask(worker, "apply", "plus", 1, extra=5).value == 7
    assert np.array_equal(ask(worker, "twice", "plus", np.zeros(2)).value, [2, 2])


def test_an_answer_may_hold_a_function(worker: SandboxWorker) -> None:
    program = Program()
    got = program.call(Name("nn.apply"), HostFunction("nested"), 1)
    program.call(program.item(got, "back"), 21)
    assert worker.run([program], callbacks=CALLBACKS)[0].value == 42


def test_that_function_is_gone_with_the_run(worker: SandboxWorker) -> None:
    program = Program()
    back = program.item(program.call(Name("nn.apply"), HostFunction("nested"), 1), "back")
    program.returns(back, keep=True)
    handle = worker.run([program], callbacks=CALLBACKS)[0].value
    again = Program()
    again.call(handle, 21)
    for callbacks in (None, CALLBACKS):
        error = worker.run([again], callbacks=callbacks)[0].error
        assert error is not None
        assert error.kind == "callback"


def test_arguments_may_be_changed_in_place(worker: SandboxWorker) -> None:
    assert np.array_equal(ask(worker, "apply", "in_place", np.zeros(2)).value, [5, 5])


def test_functions_of_the_submission_cross_by_name(worker: SandboxWorker) -> None:
    limits = replace(CALLBACKS, allowed=CALLBACKS.allowed | {"nn.apply"})
    result = ask(worker, "gives_function", "shows", limits=limits)
    assert result.value == "(Name(path='nn.apply'),)"


def test_no_other_name_reaches_the_host(worker: SandboxWorker) -> None:
    error = ask(worker, "gives_function", "shows").error
    assert error is not None
    assert (error.kind, error.message) == ("callback", "nn.apply cannot be used here")


def test_a_name_is_no_value_of_a_result(worker: SandboxWorker) -> None:
    value(worker, "nn.forges_names")
    with pytest.raises(WorkerDied, match="unknown kind"):
        ask(worker, "a_set", "plus")


@pytest.mark.skipif(sys.platform != "linux", reason="only there is the memory bounded")
def test_an_answer_cannot_need_more_memory_than_it_may(worker: SandboxWorker) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    limits = replace(CALLBACKS, answer=lambda name, args, kwargs: np.outer(*args), answer_mb=64)
    small, large = np.ones(100), np.ones(10_000)
    assert ask(worker, "outer", "plus", small, limits=limits).error is None
    error = ask(worker, "outer", "plus", large, limits=limits).error
    assert error is not None
    assert error.kind == "callback"
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_scan_may_ask_too(worker: SandboxWorker) -> None:
    program = Program()
    program.call(Name("nn.apply"), HostFunction("plus"), VARY)
    values = worker.scan(program, np.zeros(1), h=1.0, project=np.ones(1), callbacks=CALLBACKS)
    assert np.array_equal(values, [[2.0, 0.0]])


def test_other_objects_cross_as_handles(worker: SandboxWorker) -> None:
    seen: list[Any] = []

    def look(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        seen.extend(args)
        return None

    assert ask(worker, "gives_model", "plus", limits=replace(CALLBACKS, answer=look)).error is None
    assert isinstance(seen[0], Handle)
    assert seen[0].type_name == "Model"


@pytest.mark.parametrize(
    ("function", "argument", "change"),
    [
        ("nobody", 1, {}),
        ("plus", np.zeros(3), {"max_elements": 2}),
        ("plus", [np.zeros(2), np.zeros(1)], {"max_elements": 2}),
        ("plus", {"a": (np.zeros((2, 3)),)}, {"shapes": lambda shape: shape == (3, 2)}),
        ("plus", 1, {"max_calls": 0}),
        ("plus", np.zeros(3), {"max_bytes": 23}),
        ("fails", 1, {}),
        ("plus", "text", {}),
    ],
    ids=["name", "elements", "together", "shape", "calls", "bytes", "fails", "type"],
)
def test_what_is_not_allowed_is_the_students_error(
    worker: SandboxWorker, function: str, argument: Any, change: dict[str, Any]
) -> None:
    result = ask(worker, "apply", function, argument, limits=replace(CALLBACKS, **change))
    assert result.error is not None
    assert result.error.kind == "callback"
    assert "secret" not in result.error.message
    assert value(worker, "nn.one") == 1


def test_a_refusal_can_be_caught(worker: SandboxWorker) -> None:
    assert ask(worker, "tries", "nobody", 1).value == "CallbackFailed"


def test_calls_are_counted_over_the_whole_run(worker: SandboxWorker) -> None:
    limits = replace(CALLBACKS, max_calls=5)
    assert ask(worker, "many", "plus", 5, limits=limits).value == 15
    error = ask(worker, "many", "plus", 6, limits=limits).error
    assert error is not None
    assert error.kind == "callback"


def test_nothing_is_answered_after_the_run(worker: SandboxWorker) -> None:
    assert ask(worker, "keeps", "plus").error is None
    program = Program()
    program.call(Name("nn.later"), 1)
    error = worker.run([program])[0].error
    assert error is not None
    assert error.kind == "callback"


def test_a_forged_call_ends_the_worker(worker: SandboxWorker) -> None:
    with pytest.raises(WorkerDied, match="nobody waits for"):
        ask(worker, "repeats", "plus")


@pytest.mark.parametrize("name", ["unknown", "token"])
def test_names_and_tokens_cannot_be_guessed(worker: SandboxWorker, name: str) -> None:
    error = ask(worker, name, "plus").error
    assert error is not None
    assert error.kind == "callback"


def test_the_time_of_the_host_is_its_own(worker: SandboxWorker) -> None:
    def slow(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        total = sum(i * i for i in range(300_000))
        return total > 0

    program = Program()
    program.call(Name("nn.apply"), HostFunction("plus"), 1)
    limits = replace(CALLBACKS, answer=slow)
    (result,) = worker.run([program], callbacks=limits, cpu_seconds=0.001 * 5)
    assert result.value is True
