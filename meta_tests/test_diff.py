"""diff: who moved, which checks, why; and a regrade that lowers nobody."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from grader.cli import main
from grader.regrade import page
from grader.regrade.comparing import Comparison, compare
from grader.regrade.voiding import SAID
from grader.results import Outcome, Override, Report, Status
from grader.writers import report_json
from meta_tests.sample_reports import META, PASSED, brief, perfect, typical

ADAM, BACKWARD = "hw_mlp/hidden/Adam_3", "solution/public/backward_0"
VOID = Outcome(Status.excused, SAID + "the expected values were wrong")
Make = Callable[[], Report]


def write(path: Path, report: Report, *, whole: bool = True) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        report_json.write(report, stream, show_hidden=whole)
    return path


def changed(
    report: Report,
    outcomes: Mapping[str, Outcome] | None = None,
    overrides: Mapping[str, Override] | None = None,
    **meta: Any,
) -> Report:
    for check, outcome in (outcomes or {}).items():
        report.record(check, outcome)
    for check, override in (overrides or {}).items():
        report.override(check, override)
    report.meta = replace(report.meta, **meta)
    return report


def pair(folder: Path, old: Report, new: Report) -> Comparison:
    return compare(write(folder / "old.json", old), write(folder / "new.json", new))


def a_class(folder: Path, reports: Mapping[str, Report]) -> Path:
    """<student>/report.json, or <student>.json for a name that ends so."""
    folder.mkdir()
    for name, report in reports.items():
        write(folder / name if name.endswith(".json") else folder / name / "report.json", report)
    return folder


def text_of(found: Comparison, *kept: str, width: int = 100) -> str:
    stream = io.StringIO()
    page.write(found, kept, stream, width=width, color=False)
    return stream.getvalue()


# two reports


def test_nothing_moved_is_exit_0_and_says_that_all_is_the_same(tmp_path, capsys):
    old, new = write(tmp_path / "a.json", typical()), write(tmp_path / "b.json", typical())
    assert main(["diff", str(old), str(new)]) == 0
    assert "same submission, seed, suite, settings and versions: nothing moved" in " ".join(
        capsys.readouterr().out.split()
    )


def test_what_took_longer_has_not_moved(tmp_path):
    slower = changed(typical(), {BACKWARD: replace(typical().outcomes[BACKWARD], seconds=9.0)})
    assert pair(tmp_path, typical(), changed(slower, seconds=99.0)).nothing


def test_a_void_check_names_its_reason_and_the_settings(tmp_path, capsys):
    old = write(tmp_path / "a.json", brief())
    new = write(tmp_path / "b.json", changed(brief(), {ADAM: VOID}, settings_hash="11223344"))
    assert main(["diff", str(old), str(new)]) == 1
    shown = capsys.readouterr().out
    assert "0.00 → 0.33 of 10.00  +0.33" in shown
    assert "same submission, other settings (4e5f6a7b to 11223344)" in shown
    assert f"{ADAM}  not implemented → excused  +0.33" in shown
    assert "void: the expected values were wrong" in shown


@pytest.mark.parametrize(
    ("meta", "why"),
    [
        ({"seed_fingerprint": "99999999"}, "same submission, other seed (5f2b61c9 to 99999999)"),
        ({"suite_hash": "99999999"}, "same submission, other suite (0a1b2c3d to 99999999)"),
        ({"submission_hash": "f" * 16}, "other submission"),
        ({"sandbox_level": "none"}, "same submission, other sandbox (full to none)"),
        (
            {"versions": {**META.versions, "numpy": "2.4.6"}},
            "same submission, other numpy (2.2.1 to 2.4.6)",
        ),
        (
            {"submission_hash": "f" * 16, "settings_hash": "99999999"},
            "other submission, other settings (4e5f6a7b to 99999999)",
        ),
        ({"submission_hash": ""}, "submission not recorded"),
        (
            {},
            "same submission, seed, suite, settings and versions: "
            "what differs nonetheless hangs on the machine, or on chance",
        ),
    ],
)
def test_the_fingerprints_say_why(tmp_path, meta, why):
    found = pair(tmp_path, brief(), changed(brief(), {BACKWARD: PASSED}, **meta))
    assert found.reasons() == [(why, 1)]
    assert why.split(":")[0] in text_of(found)


def test_what_was_set_by_hand_is_why(tmp_path):
    half = Override(Fraction(1, 2), "the derivation was right", "J. Doe")
    found = pair(tmp_path, brief(), changed(brief(), {}, {BACKWARD: half}))
    assert found.reasons()[0][0].endswith("only what was set by hand differs")
    (change,) = found.pairs[0].changes
    assert (change.cents, change.why) == (50, "set by hand: the derivation was right (J. Doe)")
    back = compare(tmp_path / "new.json", tmp_path / "old.json").pairs[0].changes[0]
    assert (back.cents, back.why) == (-50, "no longer set by hand")


def test_another_reason_for_the_same_points_has_moved(tmp_path):
    first, second = (Override(Fraction(0), reason, "J. Doe") for reason in ("late", "copied"))
    found = pair(
        tmp_path, changed(brief(), {}, {ADAM: first}), changed(brief(), {}, {ADAM: second})
    )
    assert not found.nothing and found.pairs[0].cents == 0


def test_what_opens_with_a_gate_is_told_from_what_passed_itself(tmp_path):
    gates = {"solution/public/backward_0": PASSED, "solution/hidden/backward_1": PASSED}
    changes = {
        one.check: one for one in pair(tmp_path, brief(), changed(brief(), gates)).pairs[0].changes
    }
    assert changes["solution/hidden/backward_1"].why == ""
    assert changes["solution/public/backward_2"].why.startswith("through the gate of its function")
    assert changes["solution/public/backward_2"].cents == 100


def test_checks_that_are_new_gone_or_worth_something_else_are_named(tmp_path):
    whole = brief()
    kept = [spec for spec in whole.specs if spec.id != ADAM]
    less = Report.create(kept, whole.points, 10, whole.meta)
    for spec in kept:
        less.record(spec.id, whole.outcomes[spec.id])
    changes = {one.check: one for one in pair(tmp_path, whole, less).pairs[0].changes}
    assert (changes[ADAM].new, changes[ADAM].why) == (None, "in one of the two alone")
    assert "worth 0.40 instead of 0.33" in {one.why for one in changes.values()}
    assert f"{ADAM}  not implemented → none" in text_of(
        compare(tmp_path / "old.json", tmp_path / "new.json")
    )


def test_a_report_of_the_first_format_is_compared(tmp_path):
    data = json.loads((Path(__file__).parent / "gold" / "report_1.json").read_text())
    old = tmp_path / "old.json"
    old.write_text(json.dumps(data))
    found = compare(old, write(tmp_path / "new.json", brief()))
    assert found.nothing
    assert found.pairs[0].why == "submission not recorded"


# two classes


@pytest.fixture
def classes(tmp_path):
    """Ada wins by a void check, Bob loses, Cy stays, Dee and Eve are in one of the two alone."""
    other = {"settings_hash": "11223344"}
    lost = {"solution/hidden/relu_1": Outcome(Status.timed_out, "It took more than 10 s of CPU.")}
    olds = {"ada": typical(), "bob.json": typical(), "cy": perfect(), "dee": typical()}
    news = {
        "ada": changed(typical(), {ADAM: VOID}, **other),
        "bob.json": changed(typical(), lost, **other),
        "cy": changed(perfect(), **other),
        "eve": perfect(),
    }
    return a_class(tmp_path / "old", olds), a_class(tmp_path / "new", news)


def test_a_class_says_who_moved_by_how_much_and_who_is_missing(classes, tmp_path, capsys):
    old, new = classes
    moved = tmp_path / "moved.json"
    assert main(["diff", str(old), str(new), "--json", str(moved)]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "3 students · 1 higher · 1 lower" in shown
    assert "bob 66.20 → 62.03 of 100.00 -4.17" in shown
    assert "same submission, other settings (4e5f6a7b to 11223344) (2 students)" in shown
    assert f"Only in {old}: dee" in shown and f"Only in {new}: eve" in shown
    assert "cy " not in shown
    data = json.loads(moved.read_text())
    assert {one["student"]: (one["moved"], one["change"]) for one in data["students"]} == {
        "ada": (True, 0.69),
        "bob": (True, -4.17),
        "cy": (False, 0.0),
    }
    (check,) = data["students"][0]["checks"]
    assert (check["id"], check["old"]["status"], check["new"]["status"]) == (
        ADAM,
        "not_implemented",
        "excused",
    )
    assert check["why"] == "void: the expected values were wrong"
    assert (data["only_old"], data["only_new"], data["moved"]) == (["dee"], ["eve"], 2)


def test_the_same_class_twice_is_exit_0(classes, capsys):
    assert main(["diff", str(classes[0]), str(classes[0])]) == 0
    assert "4 students · nobody moved" in capsys.readouterr().out


def test_someone_in_one_of_the_two_alone_is_exit_1(tmp_path):
    old = a_class(tmp_path / "old", {"ada": brief(), "bob": brief()})
    new = a_class(tmp_path / "new", {"ada": brief()})
    assert main(["diff", str(old), str(new), "--quiet"]) == 1


def test_other_files_of_a_class_are_passed_over(classes):
    (classes[0] / "results.json").write_text('{"score": 1}')
    (classes[0] / "notes.txt").write_text("x")
    (classes[0] / "empty").mkdir()
    assert len(compare(classes[0], classes[0]).pairs) == 4
    (classes[0] / "results.json").unlink()


@pytest.mark.parametrize("width", [40, 80, 300])
def test_the_page_is_no_wider_than_the_terminal(classes, width):
    shown = text_of(compare(*classes), "bob", "dee", width=width)
    assert max(map(len, shown.split("\n"))) <= min(width, page.WIDEST)
    assert all(line == line.rstrip() for line in shown.split("\n"))


def test_names_and_reasons_cannot_move_the_cursor(tmp_path):
    evil = "\x1b[2Jeve [red]x :smile:"
    reason = Override(Fraction(1, 4), "[bold]=1+1[/]", "J. Doe")
    old = a_class(tmp_path / "old", {evil: brief()})
    new = a_class(tmp_path / "new", {evil: changed(brief(), {}, {ADAM: reason})})
    shown = text_of(compare(old, new))
    assert "\\x1b[2Jeve [red]x :smile:" in shown and "[bold]=1+1[/]" in shown
    assert all(character.isprintable() or character == "\n" for character in shown)


# a regrade that lowers nobody


def read(path: Path) -> Report:
    return Report.from_json(json.loads(path.read_text("utf-8")))


def test_of_each_student_the_report_that_is_not_lower_is_written(classes, tmp_path, capsys):
    old, new = classes
    out = tmp_path / "out"
    assert main(["diff", str(old), str(new), "--never-lower", "--out", str(out)]) == 1
    assert "The earlier report is kept of bob, dee" in " ".join(capsys.readouterr().out.split())
    files = {path.relative_to(out).as_posix() for path in out.rglob("*.json")}
    assert files == {
        "ada/report.json",
        "bob.json",
        "cy/report.json",
        "dee/report.json",
        "eve/report.json",
    }
    for name in ("ada", "cy", "eve"):
        same = (name, "report.json")
        assert out.joinpath(*same).read_bytes() == new.joinpath(*same).read_bytes()
    bob = read(out / "bob.json")
    assert bob.written_score == read(old / "bob.json").written_score == Fraction("66.2")
    note = "A regrade came to 62.03 points: the report of the earlier 66.20 points is kept."
    assert bob.meta.notes[-1] == note
    assert bob.outcomes == read(old / "bob.json").outcomes
    assert "no report on this submission" in read(out / "dee/report.json").meta.notes[-1]
    again = compare(old, out)
    assert all(one.cents >= 0 for one in again.pairs) and not again.only_old


def test_two_reports_give_one_file(tmp_path):
    old = write(tmp_path / "old.json", perfect(), whole=False)
    new, out = write(tmp_path / "new.json", typical()), tmp_path / "out.json"
    assert main(["diff", str(old), str(new), "--never-lower", "--out", str(out), "--quiet"]) == 1
    data = json.loads(out.read_text())
    assert (data["score"], "instructor_notes" in data) == (100, False)
    out.unlink()
    assert main(["diff", str(new), str(old), "--never-lower", "--out", str(out), "--quiet"]) == 1
    assert out.read_bytes() == old.read_bytes()


def test_the_json_says_whose_earlier_report_is_kept(classes, tmp_path):
    moved = tmp_path / "moved.json"
    options = ["--never-lower", "--out", str(tmp_path / "out"), "--json", str(moved), "--quiet"]
    main(["diff", *map(str, classes), *options])
    kept = {one["student"]: one["kept_old"] for one in json.loads(moved.read_text())["students"]}
    assert kept == {"ada": False, "bob": True, "cy": False}


# wrong usage


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["diff", *map(str, arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and err.startswith("error: ")
    return err


def test_files_that_are_no_reports_are_named(tmp_path, capsys):
    good, bad = write(tmp_path / "good.json", brief()), tmp_path / "bad.json"
    for content, said in [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not a report of the grader"),
        ('{"format_version": 2}', "is not a report of the grader: KeyError"),
        ('{"format_version": 99}', "this report has format 99; the newest known here is"),
        (good.read_text().replace('"score": 0.0', '"score": NaN'), "is not a report"),
        (good.read_text().replace('"failed"', '"flunked"'), "'flunked' is not a valid Status"),
    ]:
        bad.write_text(content)
        for arguments in ((good, bad), (bad, good)):
            assert f"{bad}" in (line := refused(capsys, *arguments)) and said in line
    assert "there is no file or folder" in refused(capsys, good, tmp_path / "nowhere")


def test_a_class_and_a_report_cannot_be_compared(classes, tmp_path, capsys):
    one = write(tmp_path / "one.json", brief())
    assert "one is a report and the other a class" in refused(capsys, classes[0], one)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "has no <student>/report.json" in refused(capsys, classes[0], empty)


def test_a_student_has_one_report(classes, capsys):
    write(classes[1] / "ada.json", brief())
    assert "two reports of ada" in refused(capsys, *classes)


def test_a_broken_report_in_a_class_stops_everything(classes, tmp_path, capsys):
    (classes[1] / "bob.json").write_text("{")
    out = tmp_path / "out"
    assert "bob.json is not JSON" in refused(capsys, *classes, "--never-lower", "--out", out)
    assert not out.exists()


def test_nothing_is_written_over_what_is_there(classes, tmp_path, capsys):
    keep = "--never-lower"
    old, new = write(tmp_path / "a.json", brief()), write(tmp_path / "b.json", brief())
    before = old.read_bytes()
    for out, said in ((old, "one of the two reports"), (classes[0], "is a folder")):
        assert said in refused(capsys, old, new, keep, "--out", out)
    for out in (classes[0], classes[1], old):
        assert "is there already" in refused(capsys, *classes, keep, "--out", out)
    assert old.read_bytes() == before
    assert "go together" in refused(capsys, old, new, keep)
    assert "go together" in refused(capsys, old, new, "--out", tmp_path / "c.json")
    assert "cannot write" in refused(capsys, old, new, "--json", tmp_path / "no" / "d.json")


def test_points_out_of_another_maximum_are_neither_higher_nor_lower(tmp_path, capsys):
    old, new = write(tmp_path / "a.json", perfect()), write(tmp_path / "b.json", brief())
    out = tmp_path / "out.json"
    line = refused(capsys, old, new, "--never-lower", "--out", out)
    assert "out of 100 points" in line and "out of 10" in line
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--json", "{old}"], "which it would overwrite"),
        (["--json", "{link}"], "which it would overwrite"),
        (["--json", "{old}/moved.json"], "lies in"),
        (["--json", "{new}/ada/report.json"], "lies in"),
        (["--never-lower", "--out", "{old}/in"], "lies in"),
        (["--never-lower", "--out", "{new}/a/b"], "lies in"),
        (["--never-lower", "--out", "{kept}", "--json", "{kept}"], "which it would overwrite"),
        (["--never-lower", "--out", "{kept}", "--json", "{kept}/ada.json"], "lies in"),
    ],
)
def test_nothing_is_written_over_or_into_what_is_compared(classes, tmp_path, capsys, options, said):
    (tmp_path / "link").symlink_to(classes[0])
    places = {"old": classes[0], "new": classes[1]}
    places |= {name: tmp_path / name for name in ("link", "kept")}
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    told = refused(capsys, *classes, *(one.format(**places) for one in options))
    assert said in told and told.startswith(f"error: {options[-2]}: ")
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_a_report_that_is_compared_is_not_overwritten(tmp_path, capsys):
    old, new = write(tmp_path / "old.json", perfect()), write(tmp_path / "new.json", typical())
    before = old.read_bytes()
    (tmp_path / "hard.json").hardlink_to(new)
    for path in (old, new, tmp_path / "hard.json"):
        assert "which it would overwrite" in refused(capsys, old, new, "--json", path)
    assert old.read_bytes() == before
