"""Display libraries in a worker: what they are given to loop over is looped over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from grader.sandbox import Worker, Zygote
from meta_tests.sandboxes import call, value, worker_with

TEXT = """
    import alive_progress, fastprogress, matplotlib.cm, progressbar, tqdm, tqdm.contrib
    import matplotlib.pyplot as plt
    import numpy as np
    import tqdm.contrib.itertools
    from progressbar import ProgressBar
    from rich.progress import Progress, track
    from tqdm import auto, tqdm_gui
    from tqdm.contrib.concurrent import thread_map

    class Batches:
        def __len__(self): return 3
        def __getitem__(self, i): return "abc"[i]

    with Progress() as shown:
        task = shown.add_task("train", total=3)

    def given(text): return eval(text)
"""
NOTHING = "gives nothing to loop over"


@pytest.fixture(scope="module")
def worker(zygote: Zygote) -> Iterator[Worker]:
    with worker_with(zygote, TEXT) as made:
        assert made.load("nn").notes == ()
        yield made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[*track(range(3), description='training')]", [0, 1, 2]),
        ("[*track(sequence=range(3), total=3)]", [0, 1, 2]),
        ("[*track(Batches())]", ["a", "b", "c"]),
        ("[*track(np.arange(3), 'training')]", [0, 1, 2]),
        ("[*track(tqdm.tqdm(range(3)), description='x')]", [0, 1, 2]),
        ("[*track(track(range(3)), description='x')]", [0, 1, 2]),
        ("[*Progress().track(i for i in range(3))]", [0, 1, 2]),
        ("[*shown.track(range(3), task_id=task)]", [0, 1, 2]),
        ("[*progressbar.progressbar(range(3))]", [0, 1, 2]),
        ("[*ProgressBar(max_value=3)(range(3))]", [0, 1, 2]),
        ("[*alive_progress.alive_it(range(3))]", [0, 1, 2]),
        ("[*fastprogress.progress_bar(range(3), parent=None)]", [0, 1, 2]),
        ("[*tqdm_gui(range(3))], [*tqdm.tgrange(2)]", ([0, 1, 2], [0, 1])),
        ("[*auto.trange(3)], [*auto.tqdm(range(2))]", ([0, 1, 2], [0, 1])),
        ("[*tqdm.contrib.tenumerate('ab', start=1)]", [(1, "a"), (2, "b")]),
        ("[*tqdm.contrib.tenumerate(np.array([[5]]), desc='x')]", [((0, 0), 5)]),
        ("[*tqdm.contrib.tzip([1, 2], 'ab', total=2)]", [(1, "a"), (2, "b")]),
        ("[*tqdm.contrib.tmap(abs, [-1, 2])]", [1, 2]),
        ("thread_map(abs, [-1, 2], max_workers=2)", [1, 2]),
        ("[*tqdm.contrib.itertools.product([0, 1], 'a')]", [(0, "a"), (1, "a")]),
        ("[*reversed(tqdm.tqdm([1, 2]))], [*reversed(track([1, 2]))]", ([2, 1], [2, 1])),
        ("len(track(range(3))), len(tqdm.tqdm(total=4))", (3, 4)),
        ("track(max)(1, 2)", 2),
    ],
)
def test_a_progress_bar_loops_over_what_it_is_given(
    worker: Worker, text: str, expected: Any
) -> None:
    assert value(worker, "nn.given", text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[*Progress()]", NOTHING),
        ("[*progressbar.ProgressBar(max_value=3)]", NOTHING),
        ("len(progressbar.ProgressBar(max_value=3))", NOTHING),
        ("[*tqdm.tqdm(total=3)]", "not iterable"),
        ("len(track(i for i in range(3)))", "has no len()"),
    ],
)
def test_a_loop_over_nothing_is_an_error(worker: Worker, text: str, why: str) -> None:
    error = call(worker, "nn.given", text).error
    assert error is not None
    assert error.type_name == "TypeError"
    assert why in error.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[bar.set_height(1) is None for bar in plt.bar(['a', 'b'], [1, 2])]", [False, False]),
        ("len([*matplotlib.cm.viridis(np.linspace(0, 1, 3))])", 3),
        ("[*plt.gca().spines.values()]", []),
        ("len(plt.plot(np.ones(3), np.ones(3)))", 1),
    ],
)
def test_what_is_drawn_is_as_many_things_as_it_has_numbers(
    worker: Worker, text: str, expected: Any
) -> None:
    assert value(worker, "nn.given", text) == expected


def test_an_array_is_drawn_as_it_is(worker: Worker) -> None:
    text = "(lambda x: (plt.imshow(x), plt.bar(x, x), x.sum(), x.flags.writeable)[2:])(np.ones(3))"
    assert value(worker, "nn.given", text) == (3, True)


def test_a_file_of_the_students_own_is_no_display_library(zygote: Zygote) -> None:
    files = {"tqdm.py": "def twice(x): return 2 * x\n"}
    with worker_with(zygote, "from tqdm import twice\n", files=files) as worker:
        assert value(worker, "nn.twice", 3) == 6
