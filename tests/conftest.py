"""`pytest` in the folder of solution.py, nn.py and hw_mlp.py runs the public checks on them."""

import pytest

from tests.helpers.local import LOCAL_SEED, LocalTransport
from tests.helpers.proxy import Student


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "marks(function, weight, gate): whose points a check is worth"
    )


@pytest.fixture
def student() -> Student:
    """Your files, as the checks see them."""
    found = Student(LocalTransport())
    found.reseed(LOCAL_SEED)
    return found
