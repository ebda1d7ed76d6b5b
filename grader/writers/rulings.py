"""What the instructor has decided beside the checks: what is void, and what was set by hand."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from grader.results import Report, Status
from grader.text import one_line
from grader.writers.layout import Glyphs, indented, item, paragraph

MOST = 12
LONGEST = 600


def remarks(report: Report) -> dict[str, str]:
    """What is to be said of checks beside their outcomes: a shut gate, points set by hand."""
    return report.gate_notes() | {check: by_hand(report, check) for check in report.overrides}


def by_hand(report: Report, check: str) -> str:
    """From what to what the points of a check were set, why, and by whom."""
    override = report.overrides[check]
    maximum, earned = report.check_max_scores()[check], report.earned_scores()[check]
    points = f"{float(override.points):g} of {float(maximum):g} points"
    who = one_line(override.by)
    why = one_line(override.reason, LONGEST)
    return f"Set by hand to {points}, instead of {float(earned):g}: {why} ({who})"


def block(report: Report, glyphs: Glyphs) -> Iterator[RenderableType]:
    """One part of a page, or none: every decision with the check that it is about."""
    lines = {i: o.message for i, o in report.outcomes.items() if o.status is Status.excused}
    lines |= {check: by_hand(report, check) for check in report.overrides}
    decided = [spec for spec in report.specs if spec.id in lines]
    shown: list[RenderableType] = []
    for spec in decided[:MOST]:
        title = Text.assemble(one_line(spec.title), (f"  {one_line(spec.function)}", "dim"))
        shown.append(item(Text(glyphs.note, "yellow"), title, 2))
        shown.append(indented(paragraph(lines[spec.id], LONGEST), 4))
    if len(decided) > MOST:
        shown.append(indented(Text(f"and {len(decided) - MOST} more", "dim"), 4))
    if shown:
        yield Group(Text("Decided by the instructor", "bold"), *shown)
