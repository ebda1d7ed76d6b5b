"""Settings of the product's own tests."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from grader.sandbox import Zygote


def pytest_configure(config: pytest.Config) -> None:
    # Not in setup.cfg, which students' own `pytest` reads too: an overflow warning is no failure.
    config.addinivalue_line("filterwarnings", "error")
    # Tests that grade import check files under this pytest, before the grader's own has started.
    config.addinivalue_line("markers", "marks(function, weight, gate): whose points")


@pytest.fixture(autouse=True)
def written_files_follow_their_schemas(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every report.json and results.json that a test leaves in its folder is as documented."""
    folder: Path | None = None
    if "tmp_path" in request.fixturenames:
        folder = request.getfixturevalue("tmp_path")
    yield
    if folder is not None:
        from meta_tests import schemas

        assert schemas.problems_below(folder) == []


@pytest.fixture(scope="module")
def zygote() -> "Iterator[Zygote]":
    """Where workers come from; one for all tests of a file."""
    from grader.sandbox import Zygote

    with Zygote() as made:
        yield made


# What takes minutes in one file begins first, so that no process is left alone with it at the end.
LONGEST = ("test_selfcheck.py", "test_attacks.py", "test_pythons.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    # scripts/test ran them before; said again here, where one looks first.
    failed = os.environ.get("FAILED_TOOLS", "").split()
    if failed:
        terminalreporter.section("failed before the tests: " + " and ".join(failed), red=True)
