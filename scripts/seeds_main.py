"""Does any outcome hang on the seed? The reference and every right variant must earn everything
under every seed, and every known mistake must lose points in its function.

    scripts/seeds                                 200 seeds of everything, all processors
    scripts/seeds --seeds 5 --what variants       only these, under seeds 0 to 4
    scripts/seeds --margin 100                    and every outcome 100 times away from its
                                                  tolerance (5 times, where float32 is at work)

What fails nothing in this process is right, and a known mistake that fails a check here is caught:
both as a diagnosis replays them. All else, and with --sandbox everything, is graded as ever.

What is known is kept in --out: a second run goes on where the first one ended, with Ctrl-C or not.
A result counts until the submission, the checks, their helpers or the references change.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# After everything else: run with -I, Python adds neither.
sys.path += [str(ROOT), str(Path(__file__).parent)]

from seeds_grading import Losses, losses_in_sandbox, seed  # noqa: E402
from seeds_replay import fails_nothing, first_losses, own_checks  # noqa: E402
from seeds_state import Result, State, page  # noqa: E402
from seeds_submissions import KINDS, Entry, entries  # noqa: E402

from data.progress import progress  # noqa: E402
from grader.config import Settings  # noqa: E402
from grader.parallel import write  # noqa: E402

# Seeds per grading: reading checks and starting workers costs as much as a few of them.
TOGETHER = 10


@dataclass(frozen=True)
class Task:
    """One submission under some seeds. digest: of it and the checks, as they were at the start.
    margin: 1, or the factor of --margin."""

    entry: Entry
    digest: str
    seeds: tuple[int, ...]
    margin: float = 1.0
    sandbox: bool = False


def carried_out(task: Task) -> list[Result]:
    """One result per seed."""
    entry, started = task.entry, time.process_time()
    losses = _losses(task)
    each = (time.process_time() - started) / len(task.seeds)
    return [
        Result(entry.name, task.digest, number, task.margin, entry.wrong, lost, round(each, 4))
        for number, lost in losses.items()
    ]


def _losses(task: Task) -> Losses:
    entry, seeds = task.entry, task.seeds
    if task.sandbox:
        only = [spec.id for spec, _ in own_checks(entry)] if entry.wrong else []
        return losses_in_sandbox(entry, seeds, task.margin, only)
    if entry.wrong:
        return first_losses(entry, seeds, task.margin)
    fine = fails_nothing(entry, seeds, task.margin)
    rest = [one for one in seeds if one not in fine]
    found: Losses = {one: {} for one in fine}
    return found | (losses_in_sandbox(entry, rest, task.margin) if rest else {})


def chosen(options: argparse.Namespace) -> list[Entry]:
    """The submissions asked for."""
    found = entries(options.what, options.suites)
    sample = [e for kind in KINDS for e in [x for x in found if x.kind == kind][:: options.every]]
    return [one for one in sample if options.only in one.name]


def numbers(options: argparse.Namespace) -> range:
    """The seeds asked for."""
    return range(options.first, options.first + options.seeds)


def tasks(options: argparse.Namespace, found: Sequence[Entry], state: State) -> list[Task]:
    """What is still to be done, a few seeds of everything first."""
    margin, waiting = options.margin, []
    for start in range(0, options.seeds, TOGETHER):
        for entry in found:
            together = numbers(options)[start : start + TOGETHER]
            left = tuple(n for n in together if state.get(entry, n, margin) is None)
            if left:
                waiting.append(Task(entry, entry.digest, left, margin, options.sandbox))
    return waiting


def run(waiting: Sequence[Task], jobs: int) -> Iterator[list[Result]]:
    """The results of each task as it ends; an interruption leaves out what has not begun."""
    # The terminal sends Ctrl-C to all processes: ours alone is to answer it.
    ignore = (signal.SIGINT, signal.SIG_IGN)
    with ProcessPoolExecutor(jobs, get_context("spawn"), signal.signal, ignore) as pool:
        try:
            for done in as_completed([pool.submit(carried_out, task) for task in waiting]):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="scripts/seeds", description=__doc__.split("\n\n")[0])
    add = made.add_argument
    add("--seeds", type=_positive, default=200, metavar="N", help="how many (default: 200)")
    add("--first", type=int, default=0, metavar="K", help="the first one (default: 0)")
    add("--suites", type=_names, default=Settings().suites, metavar="A,B", help="these alone")
    add("--what", type=_kinds, default=KINDS, metavar="A,B", help=f"of {', '.join(KINDS)}")
    add("--only", default="", metavar="TEXT", help="submissions with this in their name")
    add("--every", type=_positive, default=1, metavar="N", help="one in N submissions of a kind")
    add("--jobs", type=_positive, default=os.cpu_count() or 1, metavar="N", help="side by side")
    out = ROOT / "runs" / "seeds.jsonl"
    add("--out", type=Path, default=out, metavar="FILE", help="what is known, one result a line")
    add("--margin", type=float, default=1.0, metavar="F", help="how far from every tolerance")
    add("--sandbox", action="store_true", help="all in the sandbox: six times slower")
    add("--write", type=Path, metavar="DIR", help="write submissions and seeds, grade nothing")
    return made


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _kinds(text: str) -> tuple[str, ...]:
    if strange := set(_names(text)) - set(KINDS):
        raise argparse.ArgumentTypeError(f"{sorted(strange)[0]!r} is none of {', '.join(KINDS)}")
    return _names(text)


def write_all(options: argparse.Namespace) -> None:
    """Submissions as folders, seeds as files, for `python -m grader grade --seed-file`."""
    for i, entry in enumerate(chosen(options)):
        folder = options.write / f"{i}"
        folder.mkdir(parents=True, exist_ok=True)
        write(entry.subject.files, folder)
        print(f"{folder}  {entry.name}")
    for number in numbers(options):
        (options.write / f"seed-{number}").write_bytes(seed(number))


def main(arguments: Sequence[str]) -> int:
    options = parser().parse_args(arguments)
    if options.write:
        write_all(options)
        return 0
    state, found = State(options.out), chosen(options)
    waiting, stopped = tasks(options, found, state), False
    with progress("seeds", sum(len(task.seeds) for task in waiting)) as bar:
        try:
            for results in run(waiting, options.jobs):
                state.add(results)
                for result in results:
                    bar.advance(result.name if not result.failures() else f"WRONG {result.name}")
        except KeyboardInterrupt:
            stopped = True
    known = [state.get(entry, n, options.margin) for entry in found for n in numbers(options)]
    fine = page([one for one in known if one is not None])
    return 130 if stopped else 0 if fine and None not in known else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
