"""Group 43: calls back to the host, which answers for functions that stand below."""

from __future__ import annotations

from meta_tests.attacks.record import Attack

# The host answers plus(x), outer(x) and named(x); 5 calls, 1000 numbers, one dimension, 64 MiB.
_ASK = "ask = args[0]\n"
_LEARNED = "the answer of secret"


def _asks(
    name: str, code: str, seen: str, otherwise: str = "", note: str = "", **more: object
) -> Attack:
    return Attack(
        43, name, _ASK + code, {"desk": seen}, otherwise, note=note, callbacks=True, **more
    )  # type: ignore[arg-type]


ALL = (
    _asks(
        "asks for a function that it must write itself",
        "return found('HostCalls')('secret', 1)",
        "CallbackFailed: secret cannot be called here",
        f"gave '{_LEARNED}'",
    ),
    _asks(
        "names such a function as an argument",
        "found('Server').names.keep = lambda value: ['n', 'nn.secret']\n"
        "return found('HostCalls')('named', {1}) != ''",
        "CallbackFailed: nn.secret cannot be used here",
        "gave True",
    ),
    _asks(
        "asks more often than it may",
        "return sum(ask(i) for i in range(20))",
        "CallbackFailed: too many calls",
        note="the count goes on where the desk is open: it is made elsewhere",
    ),
    _asks(
        "asks with more numbers than it may",
        "return ask(np.ones(2000)).size",
        "CallbackFailed: arrays too large for this call",
        "gave 2000",
    ),
    _asks(
        "asks with another shape",
        "return ask(np.ones((2, 2))).size",
        "CallbackFailed: an array of shape (2, 2) is not expected here",
        "gave 4",
    ),
    _asks(
        "asks with more bytes than it may",
        "for _ in range(2): ask(np.ones(9000))",
        "CallbackFailed",
        note="the count goes on where the desk is open: it is made elsewhere",
    ),
    _asks(
        "has the host make something giant",
        "return found('HostCalls')('outer', np.ones(9000)).size",
        "CallbackFailed: arrays too large for this call",
        "CallbackFailed: outer: ValueProblem for these arguments",
    ),
    _asks(
        "asks with values that cannot be used",
        "return ask({'a': ask})",
        "CallbackFailed: plus: TypeError for these arguments",
        note="the host answers whatever happens to it",
    ),
    _asks(
        "asks for what makes the host fail",
        "return ask('text')",
        "CallbackFailed: plus: TypeError for these arguments",
        note="the host answers whatever happens to it",
    ),
    Attack(
        43,
        "keeps the way back for later",
        _ASK + "STATE.append(ask); return 1",
        {"desk": "gave 1 | CallbackFailed: the host cannot be asked now"},
        note="the worker's own half refuses; see the next for the host's",
        top="STATE = []\ndef later(*args): return STATE[0](1)",
        calls=("attack", "later"),
        callbacks=True,
    ),
    _asks(
        "asks twice with one nonce",
        "calls = found('HostCalls')\nold = calls.nonce\nask(1)\ncalls.nonce = old\nreturn ask(2)",
        "died: crashed: the process answered nonsense: a call back that nobody waits for",
        note="nonces are the wire's: see group 18",
    ),
    _asks(
        "asks from within a question",
        "return ask(Asking())",
        "CallbackFailed: plus: TypeError for these arguments",
        note="an object stays where it is: the host never calls into a worker",
        top="class Asking:\n    def __add__(self, other): return 1",
    ),
)
