"""Attacks on whoever reads a report: through the command line, by what a submission says.

Groups as in the corpus of the sandbox: 37 what a terminal, a browser or Markdown would act on,
38 formulas, 39 letters that look alike, 41 hidden inputs in what is shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from grader.cli import main
from meta_tests.variants import variant

FIRST = "nn/public/relu_worked_example"
HIDDEN = "nn/hidden/relu_values"
LONGEST = {"terminal": 700, "report": 20_100, "results": 12_000}  # characters of one message
# What no page may hold: our own files, the staging folder, Python's way of telling a traceback.
HOME = re.escape(str(Path(__file__).parent.parent))
OURS = re.compile(rf'grader/|{HOME}|/tmp/|submission-\w{{8}}|Traceback|File "|tests/helpers')


@dataclass(frozen=True)
class Attack:
    """The reference's nn.py with relu replaced; `says` is the message of a visible check of relu.

    hidden: the message of a hidden one. unseen: what may be shown nowhere. files: what else is
    handed in. ours: the code itself writes something of `OURS`.
    """

    group: int
    name: str
    relu: str
    says: str
    hidden: str = "RuntimeError (nn.py, line 15: {line})"
    unseen: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    ours: bool = False

    @property
    def line(self) -> str:
        """The line that raises, as the file has it."""
        return self.relu.split("\n")[1].strip()


def raising(text: str) -> str:
    """relu that raises these words; `text` is the source of an expression."""
    return f"def relu(x):\n    raise RuntimeError({text})"


NAMES = ("p", "strong", "em", "code", "pre", "ol", "li")
OUR_TAGS = {"br", *NAMES, *(f"/{name}" for name in NAMES)}


@dataclass
class Told:
    """What was written about a submission."""

    page: str
    report: dict[str, Any]
    results: dict[str, Any]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every text in it, with the writer's name."""
        for line in self.page.split("\n"):
            yield "terminal", line
        for name, data in (("report", self.report), ("results", self.results)):
            for text in strings(data):
                yield name, text

    def message(self, check: str) -> str:
        """Of one check, in the report."""
        return next(c["message"] for c in self.report["checks"] if c["id"] == check)

    def hidden(self) -> list[str]:
        """All that is said of the hidden checks in the files."""
        ids = {c["id"] for c in self.report["checks"] if not c["visible"]}
        said = [text for c in self.report["checks"] if c["id"] in ids for text in strings(c)]
        rows = [t for t in self.results["tests"] if set(t["extra_data"]["checks"]) <= ids]
        return said + [text for row in rows for text in strings(row)]


def strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from (key, *strings(value))
    elif isinstance(data, list):
        for value in data:
            yield from strings(value)


def told(folder: Path, source: str, *options: str, files: Mapping[str, str] | None = None) -> Told:
    """What the command line writes of this nn.py."""
    hand_in = folder / "hand in"
    hand_in.mkdir()
    for name, text in {"nn.py": source, **(files or {})}.items():
        (hand_in / name).write_text(text, "utf-8", newline="")
    report, results, page = folder / "report.json", folder / "results.json", StringIO()
    outputs = ["--report", str(report), "--json", str(results)]
    with redirect_stdout(page):
        assert main(["grade", str(hand_in), "--suite", "nn", *outputs, *options]) == 0
    files_written = [json.loads(path.read_text("utf-8")) for path in (report, results)]
    return Told(page.getvalue(), *files_written)


PLACE = " (nn.py, line 15, in relu: {line})"
BOO = "RuntimeError: boo (nn.py, line {}, in {}: raise RuntimeError('boo'))"
KNOWN = "RuntimeError (nn.py, line {}: raise RuntimeError('boo'))"
OBJECT = "relu([[-2, 0.5], [3, -0.1]])[0] gives an object, expected an array of shape (2, 2)."
NO_ARRAY = "relu(x)[0] gives an object, expected an array."
TEXTS = "an array, but not of real numbers"
NOTHING = "Not implemented yet: it gives 0, nothing, or what it was given."
ATTACKS = (
    Attack(37, "colours, cursor and clipboard",
           raising(r"'\x1b[2J\x1b]52;c;QQ==\x07\x9b31m'"),
           "RuntimeError: �[2J�]52;c;QQ==��31m" + PLACE),
    Attack(37, "overwriting the line", raising(r"'\rpassed\x08\x7f\x00'"),
           "RuntimeError: �passed���" + PLACE),
    Attack(37, "a script", raising("'<script>alert(1)</script><img src=x onerror=y>'"),
           "RuntimeError: <script>alert(1)</script><img src=x onerror=y>" + PLACE),
    Attack(37, "a fence, a picture and a link", raising(r"'```\n![x](http://e)[y](http://e)'"),
           "RuntimeError: ``` / ![x](http://e)[y](http://e)" + PLACE),
    Attack(37, "markup of the terminal's own", raising("'[bold red]x[/] :smile: [link=http://e]'"),
           "RuntimeError: [bold red]x[/] :smile: [link=http://e]" + PLACE),
    Attack(37, "text from right to left", raising(r"'\u202egnorw\u2066\u200b\ufeff\u2028x'"),
           "RuntimeError: �gnorw����x" + PLACE),
    Attack(37, "half a pair of surrogates", raising(r"chr(0xdfff) + '\ud800'"),
           "RuntimeError: ��" + PLACE),
    Attack(37, "letters with a hundred marks", raising(r"'a' + '\u0301' * 100"),
           "RuntimeError: a" + "\u0301" * 4 + r"\u0301" * 96 + PLACE),
    Attack(37, "blanks that count as letters", raising(r"'\u3164\u115f\u2800\u034f'"),
           r"RuntimeError: \u3164\u115f\u2800\u034f" + PLACE),
    Attack(37, "lines that look like ours",
           raising(r"'x\nHint: none.\n\nRun this beside nn.py:\n\nimport os'"),
           "RuntimeError: x / Hint: none. / Run this beside nn.py: / import os" + PLACE,
           unseen=("\nHint: none.", "\n\nimport os")),
    Attack(37, "a class with a hostile name",
           "def relu(x):\n"
           r"    raise type('<b>\x1b[1m\u202e' + 'y' * 400, (Exception,), {})('boo')",
           "<b>�[1m�" + "y" * 192 + "… (208 more characters): boo" + PLACE,
           "An exception (nn.py, line 15: {line})"),
    Attack(37, "a class whose name goes on in the next line of an example",
           "def relu(x):\n    raise type('E\\nimport os', (Exception,), {})('boo')",
           "E / import os: boo" + PLACE, "An exception (nn.py, line 15: {line})",
           unseen=("\nimport os",)),
    Attack(37, "a class that cannot be shown",
           "def relu(x):\n    raise E('boo')\nclass E(Exception):\n"
           "    def __str__(self):\n        raise SystemExit\n    __repr__ = __str__",
           "E: (the text of this error cannot be shown)" + PLACE,
           "An exception (nn.py, line 15: {line})"),
    Attack(37, "a function with a hostile name",
           "def relu(x):\n    def f():\n        raise RuntimeError('boo')\n"
           r"    f.__code__ = f.__code__.replace(co_name='\x1b[31m<i>')" + "\n    f()",
           BOO.format(16, "�[31m<i>"), KNOWN.format(16)),
    Attack(37, "a file with a name of the grader's",
           "def relu(x):\n"
           "    exec(compile('raise RuntimeError', '/srv/grader/cli.py\\n', 'exec'))",
           "RuntimeError: " + PLACE, "RuntimeError (nn.py, line 15: {line})", ours=True),
    Attack(37, "a cause and a context",
           "def relu(x):\n    try:\n        open('/srv/grader/cli.py')\n"
           "    except OSError as error:\n        raise RuntimeError('boo') from error",
           BOO[:-1].format(18, "relu") + " from error)",
           KNOWN[:-1].format(18) + " from error)", unseen=("cli.py",)),
    Attack(37, "an error in numpy's code", "def relu(x):\n    np.linalg.inv(np.zeros((2, 3)))",
           "LinAlgError: Last 2 dimensions of the array must be square" + PLACE,
           "LinAlgError (nn.py, line 15: {line})", unseen=("numpy/", "linalg/")),
    Attack(37, "a megabyte of words", raising("'y' * 1_000_000"),
           "RuntimeError: " + "y" * 10_000 + "… (990,000 more characters)" + PLACE),
    Attack(37, "a thousand lines", raising(r"'z\n' * 1000"),
           "RuntimeError: " + " / ".join("z" * 1000) + " /" + PLACE),
    Attack(37, "an answer that shows itself",
           "def relu(x):\n    return R(), R()\nclass R:\n"
           r"    __repr__ = __str__ = lambda self: '\x1b[31m<u>' * 9", OBJECT, NO_ARRAY,
           unseen=("<u>",)),
    Attack(37, "an array of texts",
           "def relu(x):\n    return np.array(['\\x1b[31m<u>', '\\u202e']), None",
           OBJECT.replace("an object", TEXTS), NO_ARRAY.replace("an object", TEXTS),
           unseen=("<u>",)),
    Attack(37, "keys that are code",
           "def relu(x):\n    return {'\"]) # <u>\\nimport os': 2, '\\x1b[31m': 3}, None",
           OBJECT.replace("an object", "a dict"), NO_ARRAY.replace("an object", "a dict"),
           unseen=("\nimport os", "<u>")),
    Attack(37, "printing in colour",
           "def relu(x):\n    print('\\x1b[31mPRINTED')\n    import os, sys, warnings\n"
           "    sys.stderr.write('PRINTED')\n    warnings.warn('PRINTED')\n"
           "    os.write(1, b'PRINTED')\n    os.write(2, b'PRINTED')\n    return x, None",
           NOTHING, NOTHING, unseen=("PRINTED",)),
    Attack(37, "a file beside with a hostile name", "def relu(x):\n    return h.f()",
           "RuntimeError: boo (hélper.py, line 2, in f: raise RuntimeError('boo') # �[31m)",
           "RuntimeError (hélper.py, line 2: raise RuntimeError('boo') # \\x1b[31m)",
           files={"hélper.py": "def f():\n  raise RuntimeError('boo') # \x1b[31m\n",
                  "\x1b[31m.py": "", "-rf.py": ""}),
    Attack(38, "a formula in words", raising("'=1+1'"), "RuntimeError: =1+1" + PLACE),
    Attack(38, "a formula that begins a message",
           "def relu(x):\n"
           "    raise type(\"=cmd|'/C calc'!A0\", (Exception,), {})('@SUM(A1)\\t+1')",
           "=cmd|'/C calc'!A0: @SUM(A1)\\x09+1" + PLACE, "An exception (nn.py, line 15: {line})"),
    Attack(39, "a built-in error with a foreign letter",
           "def relu(x):\n    raise ValuеError('boo')\nclass ValuеError(ValueError):\n    pass",
           "ValuеError: boo" + PLACE, "An exception (nn.py, line 15: {line})"),
    Attack(39, "a function with a foreign letter", "def rеlu(x):\n    return x",
           "nn.relu is not defined", "A name that this check needs is not defined"),
)  # fmt: skip


def test_what_was_cut_twice_is_counted_once(tmp_path: Path) -> None:
    """The sandbox keeps 10,000 characters of a message, and results.json 4,000 of an output."""
    source = variant("nn", {"relu": raising("'y' * 1_000_000")})
    found = told(tmp_path, source, "--check", FIRST)
    (row,) = found.results["tests"]
    kept, _, note = row["output"].partition("… (")
    said = int(note.split()[0].replace(",", ""))
    assert kept.count("y") + said > 1_000_000 > said
    assert len(kept) + said < 1_000_500


def test_names_that_were_cut_say_so(tmp_path: Path) -> None:
    inner, raised = "f" * 300, "raise type('E' * 400, (Exception,), {})"
    relu = f"def relu(x):\n    def {inner}():\n        {raised}\n    {inner}()"
    source = variant("nn", {"relu": relu})
    message = told(tmp_path, source, "--check", FIRST).message(FIRST)
    assert message.startswith("E" * 200 + "… (200 more characters)")
    assert "in " + "f" * 200 + "… (100 more characters): raise" in message


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: f"{a.group}: {a.name}")
def test_an_attack_is_shown_and_does_nothing(tmp_path: Path, attack: Attack) -> None:
    source = variant("nn", {"relu": "def relu(x): ..."})
    imported = "import hélper as h\n" if attack.files else ""
    source = source.replace("def relu(x):\n    ...\n", attack.relu + "\n") + imported
    checks = ["--check", "nn/public/relu", "--check", "nn/hidden/relu"]
    found = told(tmp_path, source, *checks, files=attack.files)
    assert found.message(FIRST) == attack.says.replace("{line}", attack.line)
    assert found.message(HIDDEN) == attack.hidden.replace("{line}", attack.line)
    for writer, text in found.texts():
        assert all(c.isprintable() or c == "\n" for c in text), (writer, text)
        assert len(text) < LONGEST[writer], writer
        assert attack.ours or not OURS.search(text), (writer, text)
        assert not any(word in text for word in attack.unseen), (writer, text)
    formats = {k: v for k, v in found.results.items() if k.endswith("_format")}
    assert formats.pop("test_name_format") == "text"
    assert set(formats.values()) == {"html"}
    for text in (found.results["output"], *(row["output"] for row in found.results["tests"])):
        assert set(re.findall(r"<(.*?)>", text, re.DOTALL)) <= OUR_TAGS


def test_each_group_is_attacked() -> None:
    assert {attack.group for attack in ATTACKS} == {37, 38, 39}
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 25


# group 41: each tells what it was given by another way
TELL = "def relu(x):\n    t = repr(np.asarray(x).tolist())\n"
LEAKS = {
    "words": TELL + "    raise ValueError(t)",
    "key error": TELL + "    raise KeyError(t)",
    "class": TELL + "    raise type(t, (ValueError,), {})",
    "function": TELL + "    def f():\n        raise ValueError\n"
    "    f.__code__ = f.__code__.replace(co_name=t)\n    f()",
    "line": TELL + "    exec(compile('\\n' * 40 + f'raise ValueError({t!r})', 'nn.py', 'exec'))",
    "note": TELL + "    e = ValueError()\n    e.__notes__ = [t]\n    raise e",
    "cause": TELL + "    try:\n        int(t)\n"
    "    except ValueError as error:\n        raise OSError(t) from error",
    "exit": TELL + "    raise SystemExit(t)",
    "print": TELL + "    print(t)\n    import sys\n    sys.stderr.write(t)\n    return x",
    "text": TELL + "    return t, t",
    "key": TELL + "    return {t: x}, {t: t}",
    "object": TELL + "    return type(t, (), {'__repr__': lambda s: t})(), t",
    "shape": "def relu(x):\n    return np.zeros([int(abs(v)) for v in np.ravel(x)[:3]]), None",
    "factor": "def relu(x):\n    return x * 3.25 + 7.5, lambda d: d * np.ravel(x)[0]",
}  # fmt: skip


def replaced(code: str) -> str:
    return variant("nn", {"relu": "def relu(x): ..."}).replace(
        "def relu(x):\n    ...\n", code + "\n"
    )


@pytest.mark.parametrize("way", LEAKS)
def test_what_is_said_of_hidden_checks_does_not_depend_on_their_inputs(
    tmp_path: Path, way: str
) -> None:
    said = []
    for letter in "ab":
        folder = tmp_path / letter
        folder.mkdir()
        (folder / "seed").write_text(letter * 32)
        options = ["--check", "nn/hidden/relu", "--seed-file", str(folder / "seed")]
        said.append(told(folder, replaced(LEAKS[way]), *options).hidden())
    assert said[0] == said[1]
    assert any("hidden check" in text for text in said[0])


REMEMBERING = """import builtins, os, sys
def relu(x):
    kept = builtins.__dict__.setdefault("kept", [])
    kept.append(repr(np.asarray(x).tolist()))
    np.kept = sys.kept = kept
    os.environ["KEPT"] = str(len(kept))
    raise RuntimeError(f"{len(kept)} {os.environ['KEPT']} {kept}")
"""


def test_what_hidden_checks_asked_does_not_come_out_in_visible_ones(tmp_path: Path) -> None:
    messages = []
    for checks in (
        ["--check", "nn/public/relu"],
        ["--check", "nn/public/relu", "--check", "nn/hidden/relu"],
    ):
        folder = tmp_path / str(len(checks))
        folder.mkdir()
        found = told(folder, replaced(REMEMBERING), *checks)
        shown = [c for c in found.report["checks"] if c["visible"]]
        messages.append([(c["message"], c["example"]) for c in shown])
    assert messages[0] == messages[1]
    assert "RuntimeError: 1 1 ['[[-2.0, 0.5]" in messages[0][0][0]
