"""The text of one row of results.json: what a student reads of a function, or of one check.

HTML, because it is the one format of the platform's in which escaping is known to be complete and
which shows lists and code. The tags are few and plain, without attributes, so that a sanitiser has
nothing to take away; where tags are taken away after all, the lines remain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from grader.results import CheckSpec, Status
from grader.text import capped, one_line, visible
from grader.writers.digest import WORDS, Trouble, grouped
from grader.writers.gradescope_view import Part

TEMPLATES = Path(__file__).parent / "templates"
BAR = 12
LONGEST_TEXT = 1500
LONGEST_EXAMPLE = 8_000
MOST_TROUBLES = 12
MOST_TITLES = 12
# Said before what is said anyway; all others only where nothing is.
PREFIXES = {Status.crashed: "Crashed.", Status.timed_out: "Out of time."}
UNDECIDED = (Status.not_run, Status.grader_error)


@dataclass(frozen=True)
class Failure:
    """Checks that ended alike, as they are shown: titles, what is said, hint."""

    mark: str
    titles: list[tuple[str, bool]]
    more: int
    said: str
    hint: str

    @property
    def lines(self) -> bool:
        """Whether what is said needs its line breaks."""
        return "\n" in self.said


def row_text(part: Part) -> str:
    """The output of a row."""
    outcomes = part.told.outcomes
    specs = [*part.specs, *part.counted]
    passed = [spec for spec in specs if outcomes[spec.id].status.good]
    troubles = grouped((s for s in part.specs if s not in passed), outcomes)
    return render(
        "gradescope_row.html",
        bar=bar(len(passed), len(specs)) if part.whole else "",
        passed=len(passed),
        total=len(specs),
        diagnoses=_diagnoses(troubles),
        failures=[_failure(trouble) for trouble in troubles[:MOST_TROUBLES]],
        more=sum(len(trouble.checks) for trouble in troubles[MOST_TROUBLES:]),
        vain=_in_vain(part),
        good=[_title(spec) for spec in part.specs if spec in passed] if part.whole else [],
        remarks=_remarks(part),
        counted=_counted(part),
        closed=any(not spec.visible for trouble in troubles for spec in trouble.checks),
        example=_example(part, troubles),
        suite=part.function.suite,
    )


def bar(passed: int, total: int) -> str:
    """How much of it passed, as text: nothing that a sanitiser could take away."""
    filled = BAR * passed // total if total else 0
    return "█" * filled + "░" * (BAR - filled)


def render(template: str, **values: Any) -> str:
    """A template with all values escaped."""
    return _environment().get_template(template).render(values).strip()


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def _failure(trouble: Trouble) -> Failure:
    outcome = trouble.outcome
    titles = [_title(spec) for spec in trouble.checks[:MOST_TITLES]]
    said = outcome.message or f"{WORDS[outcome.status].capitalize()}."
    prefix = PREFIXES.get(outcome.status) if outcome.message else None
    return Failure(
        mark="○" if outcome.status in UNDECIDED else "✗",
        titles=titles,
        more=len(trouble.checks) - len(titles),
        said=_shown(f"{prefix} {said}" if prefix else said),
        hint=_shown(outcome.hint),
    )


def _shown(text: str) -> str:
    # Cut first: what is made visible is a few times as long at most, and this runs many times.
    return visible(capped(text.strip(), LONGEST_TEXT))


def _title(spec: CheckSpec) -> tuple[str, bool]:
    return one_line(spec.title), not spec.visible


def _diagnoses(troubles: Sequence[Trouble]) -> list[str]:
    found = dict.fromkeys(trouble.outcome.diagnosis for trouble in troubles)
    return [_shown(text) for text in found if text][:MOST_TROUBLES]


def _remarks(part: Part) -> list[str]:
    """What is said of checks that passed, and of those that were decided by hand, each once."""
    outcomes = [part.told.outcomes[spec.id] for spec in part.specs]
    said = dict.fromkeys(one.message for one in outcomes if one.status.good and one.message)
    decided = [part.told.by_hand[s.id] for s in part.specs if s.id in part.told.by_hand]
    said |= dict.fromkeys(decided)
    return [_shown(text) for text in said][:MOST_TITLES]


def _in_vain(part: Part) -> str:
    """Why checks that passed earn nothing; of a gate that is only counted, no title."""
    notes = part.told.gate_notes
    found = [notes[spec.id] for spec in (*part.specs, *part.counted) if spec.id in notes]
    if not found:
        return ""
    name = part.function.function
    if any(f'"{spec.title}"' in found[0] for spec in part.counted):
        return f"{name} earns nothing until all of its basic hidden checks pass."
    return _shown(found[0])


def _counted(part: Part) -> str:
    passed = sum(part.told.outcomes[spec.id].status.good for spec in part.counted)
    total = len(part.counted)
    checks = "check" if total == 1 else "checks"
    return f"{passed} of {total} hidden {checks} passed." if total else ""


def _example(part: Part, troubles: Sequence[Trouble]) -> str:
    """The first short example of a public check that failed."""
    for trouble in troubles:
        for spec in trouble.checks:
            code = part.told.outcomes[spec.id].example if spec.visible else ""
            if code and len(code) <= LONGEST_EXAMPLE:
                return visible(code).rstrip()
    return ""
