"""The names of the data sets that `python -m data NAME` makes, and where they are then found."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

HERE = Path(__file__).resolve().parent
DOWNLOADS = HERE / "downloads"
NAMES = ("digits", "mnist", "fashion", "fashion-like", "human-machine")


def made_folder(name: str) -> Path:
    """The folder that `python -m data NAME` writes to unless --out names another."""
    return DOWNLOADS / name


def suggestion(name: str, names: Iterable[str] = NAMES) -> str:
    """`, did you mean mnist?` where a name is near, else nothing."""
    near = get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    return f", did you mean {near[0]}?" if near else ""


def resolve(place: str | Path) -> Path:
    """The folder that is meant by a path or by the name of a data set; a path goes first."""
    folder, name = Path(place), str(place)
    if folder.exists() or name not in NAMES:
        return folder
    made = made_folder(name)
    return HERE if name == "digits" and not made.is_dir() else made  # some are embedded


def missing_folder(place: str | Path) -> str:
    """What to say of a folder, or of a named data set, that is not there."""
    if str(place) in NAMES:
        return f"{place}: not made yet (python -m data {place})"
    return f"{place}: no such folder{suggestion(str(place))}"
