"""Policies: read from metadata and extensions, counted from times of submission alone."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from grader import config
from grader.config import Settings, load_settings
from grader.config_gradescope import PARSERS, GradescopeSettings, LatePenalty, SubmissionLimit
from grader.errors import UsageError
from grader.gradescope.handing_back import handed_back
from grader.gradescope.metadata import parse_metadata, read_metadata
from grader.gradescope.policies import Ruling, judge

DUE = "2024-03-01T23:59:00.000000-05:00"


def settings(tmp_path: Path, body: str, extensions: str | bytes = "") -> GradescopeSettings:
    """The settings in this text, beside an extensions.csv."""
    (tmp_path / "setup.cfg").write_text(f"[grader]\n{body}\n")
    table = extensions if isinstance(extensions, bytes) else extensions.encode()
    (tmp_path / "extensions.csv").write_bytes(table)
    return load_settings(tmp_path, tmp_path / "nowhere").gradescope


def metadata(created: str, **changes: Any) -> dict[str, Any]:
    """Metadata of one student with one due date."""
    user = {"email": "Ada@Example.edu", "id": 1, "name": "Ada", "sid": "77"}
    return {
        "id": 5,
        "created_at": created,
        "assignment": {"due_date": DUE, "total_points": "100.0", "group_size": None},
        "users": [user],
        "previous_submissions": [],
    } | changes


def ruled(chosen: GradescopeSettings, data: Any) -> Ruling:
    return judge(chosen, parse_metadata(data))


# settings


def test_all_policies_are_off_by_default(tmp_path):
    data = metadata("2031-01-01T00:00:00Z", previous_submissions=[{"score": 1.0}] * 99)
    ruling = ruled(Settings().gradescope, data)
    assert (ruling.lateness.taken, ruling.refusal, ruling.hints_shown) == (0, None, True)
    assert (ruling.lines, ruling.notes) == ((), ())
    assert load_settings(None, Path(__file__).parent.parent).gradescope == GradescopeSettings()


@pytest.mark.parametrize("key", PARSERS)
def test_every_key_is_in_the_settings_the_docstring_and_the_page(key):
    root = Path(__file__).parent.parent
    assert f"\n{key} =" in (root / "setup.cfg").read_text()
    assert f"    {key} =" in (config.__doc__ or "")
    assert re.search(rf"\b{key}\b", (root / "docs" / "gradescope.md").read_text())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("feedback = kind", "practice, teaser, exam"),
        ("hints = after_attempts", "after_attempts:N"),
        ("hints = after_attempts:-1", "after_attempts:N"),
        ("rows = suite", "function, check"),
        ("deadline_minutes = 45", "from 0.5 to 39"),
        ("deadline_minutes = nan", "from 0.5 to 39"),
        ("late_penalty = 10", "10% per day"),
        ("late_penalty = 10% per week", "10% per day"),
        ("late_penalty = 101% per day", "0% to 100%"),
        ("late_cap = half", "0% to 100%"),
        ("late_grace = 15", "30m, 24h or 7d"),
        ("late_grace = 0m", "30m, 24h or 7d"),
        ("group_extension = best", "latest, earliest, submitter"),
        ("submission_limit = three a day", "3 per 24h"),
        ("submission_limit = 0 per 24h", "3 per 24h"),
        ("submission_limit = 3 per day", "30m, 24h or 7d"),
        ("leaderboard = on", "off, solution, hw_mlp"),
        ("late_penalti = 5% per day", "did you mean late_penalty"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_key(tmp_path, line, said):
    with pytest.raises(UsageError) as error:
        settings(tmp_path, line)
    text = str(error.value)
    assert said in text and line.split(" ")[0] in text and "\n" not in text


# lateness


@pytest.mark.parametrize(
    ("created", "body", "taken"),
    [
        ("2024-03-01T23:59:00-05:00", "late_penalty = 10% per day", 0),
        ("2024-03-02T00:00:00-05:00", "late_penalty = 10% per day", 10),
        ("2024-03-02T05:00:00Z", "late_penalty = 10% per day", 10),  # the same moment
        ("2024-03-02T23:59:00-05:00", "late_penalty = 10% per day", 10),
        ("2024-03-02T23:59:01-05:00", "late_penalty = 10% per day", 20),
        ("2024-03-02T02:00:00-05:00", "late_penalty = 1.5% per hour", Fraction(9, 2)),
        ("2024-03-30T00:00:00-05:00", "late_penalty = 10% per day", 100),
        ("2024-03-30T00:00:00-05:00", "late_penalty = 10% per day\nlate_cap = 40%", 40),
        ("2024-03-30T00:00:00-05:00", "late_penalty = 10% per day\nlate_cap =", 100),
        ("2024-03-30T00:00:00-05:00", "late_penalty = 10% per day\nlate_cap = none", 100),
        ("2024-03-02T00:14:00-05:00", "late_penalty = 10% per day\nlate_grace = 15m", 0),
        ("2024-03-02T00:14:01-05:00", "late_penalty = 10% per day\nlate_grace = 15m", 10),
    ],
)
def test_late_penalty(tmp_path, created, body, taken):
    ruling = ruled(settings(tmp_path, body), metadata(created))
    assert 100 * ruling.lateness.taken == taken
    assert ruling.notes == ()


def test_the_student_reads_how_the_penalty_comes(tmp_path):
    body = "late_penalty = 10% per day\nlate_cap = 25%"
    (line,) = ruled(settings(tmp_path, body), metadata("2024-03-04T01:00:00-05:00")).lines
    assert line == (
        "Submitted 2024-03-04 01:00 UTC-05:00, 2 days 1 hour after 2024-03-01 23:59 UTC-05:00: "
        "25% of the points earned are taken off (10% per day, 3 days begun, at most 25%)."
    )


LATE = "late_penalty = 10% per day\nextensions = extensions.csv\n"
THIRD = "2024-03-03T23:00:00-05:00"  # two days late


@pytest.mark.parametrize(
    ("table", "taken"),
    [
        ("email,due_date\nada@example.edu,2024-03-04\n", 0),
        ("sid,due_date\n77,2024-03-03T22:00-05:00\n", 10),
        ("Email, Due Date, attempts\n ADA@example.edu , 2024-03-02 23:59 , \n", 10),
        ("email,due_date\nbob@example.edu,2024-03-04\n", 20),
        ("email,due_date\nada@example.edu,2024-02-01\n", 20),  # shortens nothing
        ("\ufeffemail,sid,due_date\r\n,77,2024-03-04T04:00:00Z\r\n", 0),
        ("# by hand\nsid,due_date\n77,2024-03-02\n77,2024-03-04\n", 0),
        ("email;sid;due_date;attempts\r\nada@example.edu;;2024-03-04;;;\r\n", 0),
        ("email\tdue_date\nada@example.edu\t2024-03-04\n", 0),
        ("email,due_date\nada@example.edu,2024-03-04\n".encode("utf-16"), 0),
        ("email;due_date\r\nada@example.edu;2024-03-04\r\n".encode("utf-8-sig"), 0),
    ],
)
def test_extensions(tmp_path, table, taken):
    ruling = ruled(settings(tmp_path, LATE, table), metadata(THIRD))
    assert 100 * ruling.lateness.taken == taken
    assert ruling.notes == ()


def test_the_platforms_own_extension_is_preferred_to_the_assignments_date(tmp_path):
    chosen = settings(tmp_path, "late_penalty = 10% per day")
    user = {"email": "ada@example.edu", "assignment": {"due_date": "2024-03-10T23:59:00-05:00"}}
    ruling = ruled(chosen, metadata(THIRD, users=[user]))
    assert ruling.lateness.taken == 0
    assert ruling.lines == ("On time: your extension is until 2024-03-10 23:59 UTC-05:00.",)


@pytest.mark.parametrize(("rule", "taken"), [("latest", 0), ("earliest", 20), ("submitter", 10)])
def test_whose_extension_a_group_has(tmp_path, rule, taken):
    table = "sid,due_date\n77,2024-03-02\n78,2024-03-04\n"
    chosen = settings(tmp_path, f"{LATE}group_extension = {rule}", table)
    users = [{"sid": "77"}, {"sid": 78}, {"sid": "79"}]
    assert 100 * ruled(chosen, metadata(THIRD, users=users)).lateness.taken == taken


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("email,due_date\nada@example.edu,2024-13-01\n", "line 2: '2024-13-01' is no day"),
        ("email,due_date\n\nada@example.edu,tomorrow\n", "line 3: 'tomorrow' is not a date"),
        ("email,due_date\nada@example.edu\n", "line 2: neither due_date nor attempts"),
        ("email,due_date\n,2024-03-04\n", "line 2: neither email nor sid"),
        ("email,attempts\nada@example.edu,many\n", "line 2: attempts: 'many'"),
        ("email,attempts\nada@example.edu,0\n", "line 2: attempts: '0' is not a whole number"),
        ("email,due_date\na,b,c\n", "line 2: 3 cells below 2 columns; this line"),
        ("name,due_date\nAda,2024-03-04\n", "line 1: no column email or sid"),
        ("sid,sid,due_date\n1,1,2024-03-04\n", "line 1: column sid twice"),
        ("email,due_date,why\nbob@x,2024-03-04,ill\n", "line 1: not known: why"),
        (b"email,due_date\n\xff,2024-03-04\n", "line 2: not valid UTF-8"),
        ('email,due_date\n"' + "x" * 200_000, "field larger"),
        (b"email,due_date\n" + b"\0" * 9, "line 2: "),
    ],
)
def test_a_broken_extensions_file_names_its_line_and_the_rest_counts(tmp_path, table, said):
    if isinstance(table, str) and table.startswith("email,due_date\n") and '"' not in table:
        table += "ada@example.edu,2024-03-04\n"
    ruling = ruled(settings(tmp_path, LATE, table), metadata(THIRD))
    assert any(said in note for note in ruling.notes), ruling.notes
    assert all(note.startswith("extensions.csv") and "\n" not in note for note in ruling.notes)
    usable = isinstance(table, str) and table.endswith("ada@example.edu,2024-03-04\n")
    assert 100 * ruling.lateness.taken == (0 if usable else 20)


def test_an_extensions_file_that_is_not_there_is_a_note(tmp_path):
    chosen = settings(tmp_path, LATE)
    (tmp_path / "extensions.csv").unlink()
    assert ruled(chosen, metadata(THIRD)).notes == (
        "extensions.csv: cannot be read: No such file or directory; no row is used.",
    )


# submission limits

LIMIT = "submission_limit = 2 per 24h"
OLD = {"score": 40.0, "output": "old output", "tests": [{"name": "a", "score": 40.0}]}


def before(*hours: float, **latest: Any) -> list[dict[str, Any]]:
    """Submissions so many hours before midnight of 2024-03-02, UTC."""
    rows: list[dict[str, Any]] = []
    for hour in sorted(hours, reverse=True):
        day, left = divmod(int((48 - hour) * 60), 1440)
        time = f"2024-02-{29 + day:02d}" if day < 1 else f"2024-03-{day:02d}"
        clock = f"{left // 60:02d}:{left % 60:02d}"
        rows.append({"submission_time": f"{time}T{clock}:00Z", "score": 40.0})
    if rows:
        rows[-1] |= latest or {"results": OLD}
    return rows


NOW = "2024-03-02T00:00:00Z"


@pytest.mark.parametrize(
    ("hours", "refused"),
    [
        ((), False),
        ((1,), False),
        ((1, 2), True),
        ((2, 23.5), True),
        ((2, 24), False),  # a whole window ago
        ((1, 2, 3, 30), True),
        ((2, 23, 26, 27), False),  # that of 23 hours ago was refused itself
    ],
)
def test_submissions_are_counted_in_a_window(tmp_path, hours, refused):
    data = metadata(NOW, previous_submissions=before(*hours))
    ruling = ruled(settings(tmp_path, LIMIT), data)
    assert (ruling.refusal is not None) == refused


def test_the_message_says_the_rule_and_when_the_next_one_is_graded(tmp_path):
    data = metadata(NOW, previous_submissions=before(3, 5))
    refusal = ruled(settings(tmp_path, LIMIT), data).refusal
    assert refusal is not None
    assert refusal.message == (
        "This submission was not graded: the limit is 2 per 24h. "
        "The next one is graded from 2024-03-02 19:00 UTC on."
    )


def test_errors_of_the_autograder_do_not_count(tmp_path):
    rows = before(1, 2, 3)
    for row in rows[:2]:
        row["autograder_error"] = True
    data = metadata(NOW, previous_submissions=rows)
    assert ruled(settings(tmp_path, LIMIT), data).refusal is None
    assert ruled(settings(tmp_path, LIMIT), data).attempt == 2


def test_attempts_of_an_extension_stand_for_the_rules_number(tmp_path):
    chosen = settings(tmp_path, f"{LIMIT}\nextensions = extensions.csv", "sid,attempts\n77,3\n")
    assert ruled(chosen, metadata(NOW, previous_submissions=before(1, 2))).refusal is None
    refusal = ruled(chosen, metadata(NOW, previous_submissions=before(1, 2, 3))).refusal
    assert refusal is not None and "the limit is 3 per 24h" in refusal.message


def test_in_all(tmp_path):
    data = metadata(NOW, previous_submissions=before(30, 40))
    refusal = ruled(settings(tmp_path, "submission_limit = 2 in all"), data).refusal
    assert refusal is not None and refusal.message.endswith("the limit is 2 in all.")


def test_earlier_results_are_handed_back_with_one_message_however_often():
    old = OLD | {"output_format": "html", "output": "<p>mine</p>", "strange": 1, "leaderboard": {}}
    first = handed_back(
        parse_metadata(metadata(NOW, previous_submissions=before(1, results=old))), "A & B."
    )
    assert first is not None
    assert first["output"].startswith("<p><strong>A &amp; B. These are the results")
    assert first["output"].endswith("<p>mine</p>")
    assert (first["score"], len(first["tests"])) == (40.0, 1)
    assert not {"strange", "leaderboard"} & set(first)
    again = handed_back(
        parse_metadata(metadata(NOW, previous_submissions=before(1, results=first))), "C."
    )
    assert again is not None
    assert again["output"].count("<strong>") == 1 and again["output"].endswith("<p>mine</p>")


@pytest.mark.parametrize(
    ("latest", "expected"),
    [
        ({"results": {"tests": [{"name": "x"}]}, "score": 12.5}, 12.5),
        ({"results": {"tests": "no list"}, "score": "30"}, 30.0),
        ({"results": [1, 2], "score": 7}, 7.0),
        ({"autograder_error": True, "score": None}, 40.0),  # that of the one before
        ({"score": float("nan")}, 40.0),
    ],
)
def test_without_whole_results_the_score_is_handed_back(latest, expected):
    data = metadata(NOW, previous_submissions=before(1, 2, **latest))
    found = handed_back(parse_metadata(data), "Too many.")
    assert found is not None and found["score"] == expected
    json.dumps(found, allow_nan=False)


def test_numbers_that_json_does_not_know_are_not_handed_back(tmp_path):
    text = json.dumps(metadata(NOW, previous_submissions=before(1, results=OLD | {"score": 0.5})))
    path = tmp_path / "submission_metadata.json"
    for number in ("NaN", "-Infinity", "1e999"):
        path.write_text(text.replace("0.5", number))
        found = handed_back(read_metadata(path), "Too many.")
        assert found is not None and found["score"] == 40.0  # the entry's own
        json.dumps(found, allow_nan=False)


def test_nothing_is_handed_back_where_nothing_is_known():
    assert handed_back(parse_metadata(metadata(NOW, previous_submissions=[{}, 3])), "") is None


# hints


@pytest.mark.parametrize(
    ("value", "earlier", "shown"),
    [
        ("always", 0, True),
        ("never", 9, False),
        ("after_attempts:2", 1, False),
        ("after_attempts:2", 2, True),
    ],
)
def test_hints_by_attempts(tmp_path, value, earlier, shown):
    rows: list[dict[str, Any]] = [{"submission_time": "2024-03-01T00:00:00Z"}] * earlier + [
        {"autograder_error": True}
    ] * 3
    ruling = ruled(settings(tmp_path, f"hints = {value}"), metadata(NOW, previous_submissions=rows))
    assert ruling.hints_shown == shown
    said = ["Hints are shown from submission 3 on; this is number 2."]
    assert list(ruling.lines) == (said if value == "after_attempts:2" and not shown else [])


# metadata of every kind

STRICT = "late_penalty = 10% per day\nsubmission_limit = 2 per 24h\nhints = after_attempts:1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "[" * 100_000,
        "9" * 10_000,
        "\x00\xff",
        '{"created_at": 5, "assignment": [], "users": {}, "previous_submissions": "none"}',
        '{"created_at": "yesterday", "assignment": {"due_date": 3}, "users": [1, null, "x"]}',
        '{"created_at": "9999-12-31T23:59:59Z", "assignment": {"due_date": "0001-01-01"}}',
        '{"users": [{"email": 5, "sid": [], "assignment": {"due_date": {}}}]}',
        '{"previous_submissions": [{"submission_time": [], "score": "x", "results": 1}, 7]}',
    ],
)
def test_whatever_the_metadata_is_there_is_a_ruling_and_a_line(tmp_path, text):
    path = tmp_path / "submission_metadata.json"
    path.write_bytes(text.encode("latin-1"))
    ruling = judge(settings(tmp_path, STRICT), read_metadata(path))
    assert (ruling.lateness.taken, ruling.refusal) == (0, None)
    assert ruling.notes and all("\n" not in note and len(note) < 300 for note in ruling.notes)


ALL = GradescopeSettings(
    hints=1,
    late_penalty=LatePenalty(Fraction(1, 10), "day"),
    submission_limit=SubmissionLimit(2, 86_400, "2 per 24h"),
)
KEYS = [
    "created_at", "assignment", "due_date", "users", "email", "sid", "previous_submissions",
    "submission_time", "score", "autograder_error", "results", "output", "tests", "extra_data",
]  # fmt: skip
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=10),
    st.sampled_from([DUE, NOW, "2024-03-02", "2024-03-02 12:00", "24:00", "77", "ada@example.edu"]),
)
JSON = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=25,
)


@hypothesis.settings(max_examples=50, deadline=None, derandomize=True)
@hypothesis.given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, JSON)),
    st.lists(st.lists(st.sampled_from(["email", "sid", "77", "due_date", NOW, '"', "\0", "x,"]))),
)
def test_no_metadata_and_no_table_ends_a_grading(data, rows):
    with tempfile.TemporaryDirectory() as name:
        table = "\n".join(",".join(row) for row in [["sid", "due_date", "attempts"], *rows])
        path, extensions = Path(name) / "metadata.json", Path(name) / "extensions.csv"
        extensions.write_text(table)
        path.write_text(json.dumps(data))
        found = read_metadata(path)
        ruling = judge(replace(ALL, extensions=extensions), found)
        handed = handed_back(found, "Too many.")
    assert 0 <= ruling.lateness.taken <= 1
    assert all("\n" not in line for line in (*ruling.lines, *ruling.notes))
    json.dumps([handed, ruling.extra_data()], allow_nan=False)


def test_times_without_a_zone_are_in_that_of_another_time(tmp_path):
    chosen = settings(tmp_path, STRICT)
    ruling = ruled(chosen, metadata("2024-03-02T00:30:00"))
    assert 100 * ruling.lateness.taken == 10
    assert ruling.lateness.seconds == 31 * 60
    (note,) = ruling.notes
    assert "times without a zone are taken to be in UTC-05:00" in note


def test_metadata_with_no_zone_at_all_compares(tmp_path):
    data = metadata("2024-03-01 23:00:00", assignment={"due_date": "2024-03-01 22:00:00"})
    assert 100 * ruled(settings(tmp_path, STRICT), data).lateness.taken == 10


def test_the_clock_has_no_part_in_it(tmp_path, monkeypatch):
    chosen, data = settings(tmp_path, STRICT), metadata(THIRD, previous_submissions=before(1))
    first = ruled(chosen, data)
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert ruled(chosen, data) == first
    assert replace(first, notes=()).lateness.taken == Fraction(1, 5)
