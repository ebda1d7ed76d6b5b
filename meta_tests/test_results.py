"""Scores, gates and the JSON form of a report."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import GraderError, UsageError
from grader.results import CheckSpec, Meta, Outcome, Report, Status

PASSED, FAILED, MISSING = Outcome(Status.passed), Outcome(Status.failed), Outcome(Status.missing)


def spec(check_id, function="nn.relu", *, weight=1, gate=False, optional=False):
    suite = function.partition(".")[0]
    return CheckSpec(
        check_id,
        suite,
        function,
        title=f"title of {check_id}",
        visible=True,
        weight=Fraction(weight),
        gate=gate,
        optional=optional,
    )


def report(*specs, points=None, total=100, **outcomes):
    points = points or {s.function: Fraction(1) for s in specs}
    result = Report.create(specs, points, total)
    for check_id, outcome in outcomes.items():
        result.record(check_id, outcome)
    return result


def test_a_check_earns_its_weight_within_the_function():
    r = report(spec("a", weight=3), spec("b", weight=1), a=PASSED, b=FAILED)
    assert (r.score, r.max_score) == (75, 100)


def test_functions_share_the_total_by_their_points():
    points = {"nn.relu": Fraction(3), "nn.tanh": Fraction(1)}
    r = report(spec("a"), spec("b", "nn.tanh"), points=points, total=20, a=FAILED, b=PASSED)
    assert (r.score, r.max_score) == (5, 20)


def test_a_function_of_no_points_is_dropped_and_the_rest_scaled():
    points = {"nn.relu": Fraction(0), "nn.tanh": Fraction(1)}
    r = report(spec("a"), spec("b", "nn.tanh"), points=points, b=PASSED)
    assert [s.id for s in r.specs] == ["b"]
    assert r.score == r.max_score == 100


def test_points_of_a_function_without_checks_do_not_count():
    points = {"nn.relu": Fraction(1), "cnn.pool": Fraction(9)}
    assert report(spec("a"), points=points, a=PASSED).score == 100


@pytest.mark.parametrize("status", [one for one in Status if not one.good])
def test_a_closed_gate_takes_the_function_with_it(status):
    gate, other = spec("gate", gate=True), spec("other")
    elsewhere = spec("elsewhere", "nn.tanh")
    r = report(gate, other, elsewhere, gate=Outcome(status), other=PASSED, elsewhere=PASSED)
    assert r.check_scores() == {"gate": 0, "other": 0, "elsewhere": 50}
    row = next(c for c in r.to_json()["checks"] if c["id"] == "other")
    assert row["status"] == "passed"
    assert "title of gate" in row["message"]
    assert set(r.gate_notes()) == {"other"}


def test_an_excused_check_earns_in_full_even_behind_a_closed_gate():
    r = report(spec("gate", gate=True), spec("b"), gate=FAILED, b=Outcome(Status.excused))
    assert r.score == 50


def test_an_excused_gate_is_open():
    r = report(spec("gate", gate=True), spec("b"), gate=Outcome(Status.excused), b=PASSED)
    assert r.score == 100


def test_an_absent_optional_function_earns_what_the_rest_of_its_suite_earned():
    bonus = [spec("x", "nn.dropout", optional=True), spec("y", "nn.dropout", optional=True)]
    checks = [spec("a"), spec("b"), *bonus, spec("c", "solution.relu")]
    r = report(*checks, a=PASSED, b=FAILED, x=MISSING, y=MISSING, c=PASSED)
    assert r.score == Fraction(200, 3)
    assert r.max_score == 100
    assert sum(r.check_scores().values()) == r.written_score


def test_only_an_optional_function_may_be_absent():
    r = report(spec("a"), spec("x", "nn.dropout"), a=PASSED, x=MISSING)
    assert r.score == 50


def test_a_suite_of_nothing_but_an_absent_function_earns_nothing():
    r = report(spec("x", "nn.dropout", optional=True), spec("a", "solution.relu"), x=MISSING)
    assert r.score == 0


def test_an_optional_function_that_is_there_is_graded_like_any_other():
    bonus = [spec("x", "nn.dropout", optional=True), spec("y", "nn.dropout", optional=True)]
    r = report(spec("a"), *bonus, a=PASSED, x=FAILED, y=MISSING)
    assert r.score == 50


def test_an_empty_submission_earns_nothing():
    r = report(spec("a"), spec("x", "nn.dropout", optional=True), a=MISSING, x=MISSING)
    assert r.score == 0


def test_a_fault_of_the_grader_changes_no_maximum_and_is_provisional():
    r = report(spec("a"), spec("b"), a=PASSED)
    assert not r.provisional
    r.record("b", Outcome(Status.grader_error))
    assert r.provisional
    assert r.to_json()["provisional"] is True
    assert (r.score, r.max_score) == (50, 100)


weights = st.lists(st.fractions(Fraction(1, 9), 9, max_denominator=9), min_size=1, max_size=6)


@st.composite
def reports(draw):
    statuses = st.sampled_from(list(Status))
    groups = draw(st.lists(weights, min_size=1, max_size=5))
    specs, points = [], {}
    for f, group in enumerate(groups):
        function = f"nn.f{f}"
        points[function] = draw(st.fractions(Fraction(1, 9), 50, max_denominator=9))
        optional = draw(st.booleans())
        for c, weight in enumerate(group):
            gate = c == 0 and draw(st.booleans())
            specs.append(spec(f"{f}-{c}", function, weight=weight, gate=gate, optional=optional))
    result = Report.create(specs, points, draw(st.fractions(1, 200, max_denominator=4)))
    for one in result.specs:
        outcome = Outcome(draw(statuses), draw(st.sampled_from(["", "said", "two\nlines\n"])))
        result.record(one.id, outcome)
    return result


@given(reports())
def test_written_scores_add_up_and_stay_within_their_maximum(r):
    scores, maxima = r.check_scores(), r.check_max_scores()
    assert sum(maxima.values()) == Fraction(round(100 * r.max_score), 100)
    assert all(0 <= scores[i] <= maxima[i] for i in scores)
    assert all((100 * value).denominator == 1 for value in scores.values())
    rows = r.functions()
    assert sum(row.score for row in rows) == sum(scores.values()) == r.written_score
    assert sum(row.max_score for row in rows) == sum(maxima.values())
    assert abs(r.written_score - r.score) <= Fraction(len(rows) + len(scores), 100)


@given(reports())
def test_a_report_survives_json(r):
    data = r.to_json(show_hidden=True)
    again = Report.from_json(json.loads(json.dumps(data)))
    assert again.to_json(show_hidden=True) == data
    assert again.outcomes == r.outcomes
    assert again.score == r.score


def test_the_largest_remainders_are_rounded_up():
    r = report(spec("a", weight=5), spec("b"), spec("c"), total=10)
    cents = {check_id: 100 * value for check_id, value in r.check_max_scores().items()}
    assert cents == {"a": 714, "b": 143, "c": 143}


def test_what_earns_everything_is_written_as_exactly_the_maximum():
    specs = [spec(f"{f}{c}", f"nn.{f}") for f in "abcdefg" for c in range(3)]
    r = report(*specs, **{s.id: PASSED for s in specs})
    assert r.check_scores() == r.check_max_scores()
    assert r.written_score == 100


def test_the_details_of_hidden_checks_stay_with_the_instructor():
    secret = CheckSpec("h", "nn", "nn.relu", "hidden", visible=False)
    public = CheckSpec("public", "nn", "nn.relu", "public", visible=True)
    r = Report.create([secret, public], {"nn.relu": Fraction(1)}, 1, Meta(instructor_notes=("n",)))
    r.record("h", Outcome(Status.failed, "message", detail="expected 0.731"))
    r.record("public", Outcome(Status.failed, "message", detail="expected 0.25"))
    assert "0.731" not in json.dumps(r.to_json())
    assert "instructor_notes" not in r.to_json()
    assert "0.25" in json.dumps(r.to_json())
    assert "0.731" in json.dumps(r.to_json(show_hidden=True))


def test_the_report_has_the_fields_that_others_rely_on():
    data = report(spec("a")).to_json()
    top = "format_version score max_score sandbox_level seed_fingerprint versions seconds checks"
    check = "id suite function title visible status score max_score message hint seconds"
    assert set(top.split()) <= set(data)
    assert set(check.split()) <= set(data["checks"][0])
    assert data["checks"][0]["status"] == "not_run"


@pytest.mark.parametrize(
    "data", [None, [], {}, {"format_version": 1}, {"format_version": 99}, {"format_version": "1"}]
)
def test_what_is_not_a_report_is_refused_in_one_line(data):
    with pytest.raises(UsageError, match="report"):
        Report.from_json(data)


def test_a_report_of_a_newer_format_says_so():
    with pytest.raises(UsageError, match="format 3; the newest known here is 2"):
        Report.from_json(report(spec("a")).to_json() | {"format_version": 3})


@pytest.mark.parametrize(
    ("specs", "points"),
    [
        ([spec("a")], {}),
        ([spec("a")], {"nn.relu": 0}),
        ([spec("a"), spec("a")], {"nn.relu": 1}),
        ([spec("a", weight=0)], {"nn.relu": 1}),
    ],
)
def test_points_that_cannot_be_shared_out_are_a_fault(specs, points):
    with pytest.raises(GraderError):
        Report.create(specs, points)


def test_an_unknown_check_cannot_be_recorded():
    with pytest.raises(GraderError, match="nope"):
        report(spec("a")).record("nope", PASSED)


def test_a_row_is_summed_up_by_its_most_telling_status():
    r = report(spec("a"), spec("b"), spec("c"), a=PASSED, b=FAILED, c=Outcome(Status.crashed))
    (row,) = r.functions()
    assert (row.status, row.passed, row.total) == (Status.crashed, 1, 3)


@pytest.mark.parametrize(
    "change",
    [
        {"total": "1e999999999"},
        {"total": float("inf")},
        {"total": "0"},
        {"total": "-1"},
        {"points": {"nn.relu": "0"}},
        {"points": {}},
        {"format_version": 10**3000},
        {"format_version": "1"},
        {"submission": ["a", 0]},
        {"sandbox_level": "\x1b[31m"},
        {"versions": {"numpy": "\u202e"}},
        {"seconds": -1},
        {"seconds": float("nan")},
        {"notes": "abc"},
        {"checks": []},
    ],
)
def test_no_field_of_a_stored_report_may_be_of_another_kind(change):
    # A writer would stumble over it, or show what it should not.
    data = report(spec("a")).to_json(show_hidden=True)
    assert Report.from_json(data)
    with pytest.raises(UsageError) as found:
        Report.from_json(data | change)
    assert str(found.value).isprintable()
    assert len(str(found.value)) < 300


@pytest.mark.parametrize(
    "change",
    [{"message": None}, {"title": 5}, {"visible": "yes"}, {"weight": "1/0"}, {"weight": 1.5}]
    + [{"status": ["passed"]}, {"id": "a\u202eb"}, {"seconds": "1"}, {"function": "nn.other"}],
)
def test_no_field_of_a_check_may_be_of_another_kind(change):
    data = report(spec("a")).to_json(show_hidden=True)
    data["checks"][0] |= change
    with pytest.raises(UsageError):
        Report.from_json(data)


def test_no_check_may_be_there_twice():
    data = report(spec("a")).to_json(show_hidden=True)
    data["checks"] *= 2
    with pytest.raises(UsageError):
        Report.from_json(data)
