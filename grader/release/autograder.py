"""autograder.zip: all that grading needs, for Gradescope or an image of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from grader.config import Settings
from grader.config_values import GRADING
from grader.release import files, pins
from grader.release.archive import Entry, entry_of
from grader.release.seed import Seed
from grader.release.settings import SEED, grader_settings
from grader.suites import Layout

TEMPLATES = Path(__file__).with_name("templates")
STARTERS = ("setup.sh", "run_autograder")


def autograder_entries(
    layout: Layout,
    settings: Settings,
    needed: Sequence[str],
    known: Iterable[str],
    seed: Seed,
    wheels: Mapping[str, Entry],
) -> dict[str, Entry]:
    """The files of autograder.zip.

    needed: the suites switched on and what they import. known: all suites that there are. wheels:
    packages to install without a network, by file name.
    """
    chosen = {"suites": ", ".join(settings.suites), "seed_file": SEED}
    config, named = grader_settings(layout.course, chosen)
    found = files.shared(layout, needed) | files.grading(layout, known)
    entries = {name: entry_of(path) for name, path in found.items()}
    entries |= {f"constraints/{p.name}": entry_of(p) for p in pins.constraints().values()}
    entries |= {name: entry_of(TEMPLATES / name, 0o755) for name in STARTERS}
    entries |= {f"wheels/{pins.PLATFORM}/{name}": wheel for name, wheel in wheels.items()}
    return (
        entries
        | named
        | {
            "setup.cfg": Entry(config.encode()),
            "requirements.txt": Entry(requirements(settings).encode()),
            SEED: Entry(seed.value + b"\n", 0o600),
        }
    )


def requirements(settings: Settings) -> str:
    """What setup.sh installs: what grading needs, and the packages of the settings."""
    return "\n".join([*GRADING, *settings.packages, ""])
