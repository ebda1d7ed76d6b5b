"""Mutation testing of the checks: every small change of a reference must lose points.

Changes are made by mutmut and by mutate_operators; each is handed in as a submission and graded.
What earns everything must be listed in docs/mutation.md with the reason why it is right. Exit code
1 where one is not, or where fewer than 99 % of the others lose points; 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import sys
from collections.abc import Container, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ in ("__main__", "__mp_main__"):
    # At the end: the folder we were started in is nobody's business.
    sys.path += [str(ROOT), str(ROOT / "scripts")]

from fingerprints import fingerprint  # noqa: E402
from mutate_grading import Verdict, reference, verdict  # noqa: E402
from mutate_results import State, Summary, equivalents, summary  # noqa: E402
from mutate_sources import Mutant, mutants  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn  # noqa: E402
from rich.table import Table  # noqa: E402

from grader.errors import GraderError  # noqa: E402

LISTED = ROOT / "docs" / "mutation.md"
SUITES = ("solution", "nn", "hw_mlp")


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser("scripts/mutate", description=__doc__.split("\n\n")[0])
    add = made.add_argument
    add("suites", nargs="*", type=_suite, metavar="SUITE", help="default: all three")
    jobs = "gradings side by side (default: as many as processors)"
    add("--jobs", type=_count, default=os.cpu_count(), metavar="N", help=jobs)
    out = "verdicts; a second run takes up where the first ended (default: runs/mutation.jsonl)"
    add("--out", type=Path, default=ROOT / "runs" / "mutation.jsonl", metavar="FILE", help=out)
    again = "after a change of the checks: grade only what had survived under the ones before"
    add("--survivors", action="store_true", help=again)
    add("--only", default="", metavar="TEXT", help="mutants whose name contains this: nn.relu")
    return made


def _suite(name: str) -> str:
    if name not in SUITES:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(SUITES)}")
    return name


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes")
    return int(text)


def graded(waiting: Sequence[Mutant], jobs: int) -> Iterator[tuple[Mutant, Verdict]]:
    """Verdicts as they come; closing the iterator leaves out what has not begun."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=_heed_no_interrupt) as pool:
        futures = {pool.submit(verdict, mutant): mutant for mutant in waiting}
        try:
            for done in as_completed(futures):
                yield futures[done], done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _heed_no_interrupt() -> None:
    """Ctrl-C reaches every process of a terminal; the one that has the file decides."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def run(
    made: Sequence[Mutant], state: State, listed: Container[str], jobs: int, console: Console
) -> None:
    """Grade what has no verdict yet; say at once what should have lost points."""
    waiting = [mutant for mutant in made if mutant not in state]
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("mutants", total=len(made), completed=len(made) - len(waiting))
        for mutant, found in graded(waiting, jobs) if waiting else ():
            state.add(mutant, found)
            progress.advance(task)
            if found.status != "killed" and mutant.name not in listed:
                text = f"{found.status}: {mutant.name}"
                progress.console.print(text, markup=False, highlight=False, soft_wrap=True)


def show(found: Sequence[Summary], console: Console) -> None:
    """The table, and below it what has to be looked into."""
    table = Table("suite", "mutants", "killed", "listed", "gaps", "rate")
    for one in found:
        numbers = (one.mutants, one.killed, one.equivalent)
        table.add_row(one.suite, *map(str, (*numbers, len(one.gaps))), f"{100 * one.rate:.2f} %")
    console.print(table)
    for one in found:
        for title, names in (
            ("lose no points and are not listed in docs/mutation.md", _names(one.gaps)),
            ("are listed as right, but lose points", _names(one.unfair)),
            ("make the grader fail", _names(one.faults)),
            ("are listed, but made no more", one.stale),
        ):
            if names:
                text = "\n    ".join([f"{one.suite}: {len(names)} {title}:", *names])
                console.print(text, markup=False, highlight=False, soft_wrap=True)


def _names(of: Sequence[Mutant]) -> list[str]:
    return [f"{one.name}  (line {one.line})" for one in of]


def main(arguments: Sequence[str]) -> int:
    """Grade, show, and say whether all is well."""
    options = parser().parse_args(arguments)
    console = Console()
    by_suite = {suite: mutants(suite, reference(suite)) for suite in options.suites or SUITES}
    wanted = [m for made in by_suite.values() for m in made if options.only in m.name]
    checks = {suite: fingerprint(suite) for suite in by_suite}
    state = State(options.out, checks, only_survivors=options.survivors)
    listed = equivalents(LISTED.read_text("utf-8"))
    stopped = False
    try:
        run(wanted, state, listed, options.jobs, console)
    except GraderError as error:
        console.print(f"mutate: {error}", markup=False)
        return 2
    except KeyboardInterrupt:
        console.print(f"Interrupted: {options.out} has what is known; start again to go on.")
        stopped = True
    found = [summary(suite, made, state, listed) for suite, made in by_suite.items()]
    show(found, console)
    if stopped:
        return 130
    return 0 if all(one.good for one in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
