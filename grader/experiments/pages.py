"""Everything that is written of a run: figures, tables, rubric, one page."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from grader import __version__
from grader.experiments import figures, tables
from grader.experiments.store import write_whole
from grader.experiments.study import Answer, Run, Table

PAGE = "index.html"
TEMPLATES = Path(__file__).resolve().parent / "templates"


def answer_of(run: Run) -> Answer:
    """What answers/NAME.py makes of the run."""
    module = import_module(f"grader.experiments.answers.{run.study.name.replace('-', '_')}")
    made: Answer = module.answer(run)
    return made


def write(folder: Path, run: Run) -> Answer:
    """Write figures/, tables/, rubric.md, the answer's own files and index.html."""
    answer = answer_of(run)
    pictures = [(plot, figures.save(plot, folder / "figures")) for plot in answer.plots]
    for table in [*answer.tables, settings_table(run)]:
        _write_table(folder / "tables", table)
    for name, write_file in answer.files.items():
        write_file(folder / name)
    write_whole(folder / "rubric.md", rubric(run, answer))
    write_whole(folder / PAGE, render(run, answer, pictures))
    return answer


def render(run: Run, answer: Answer, pictures: Sequence[tuple[Any, str]]) -> str:
    """The page; everything in it is escaped."""
    return _template("page.html", escape=True).render(
        run=run,
        answer=answer,
        pictures=pictures,
        settings=settings_table(run),
        steps={
            title: [(step, figures.formula(step.formula)) for step in steps]
            for title, steps in answer.steps.items()
        },
        version=__version__,
    )


def rubric(run: Run, answer: Answer) -> str:
    """rubric.md."""
    return _template("rubric.md", escape=False).render(run=run, answer=answer)


def settings_table(run: Run) -> Table:
    """All settings of the run, seeds included."""
    rows = [(key.replace("_", " "), text_of(value)) for key, value in run.settings.items()]
    return Table("settings", "Settings of this run.", ("Setting", "Value"), rows)


def text_of(value: Any) -> str:
    """A setting as text."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(text_of, value)) or "none"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _write_table(folder: Path, table: Table) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{table.name}.csv", tables.as_csv(table))
    write_whole(folder / f"{table.name}.md", tables.as_markdown(table))


def _template(name: str, *, escape: bool) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)
