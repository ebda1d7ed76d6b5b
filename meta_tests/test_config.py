"""Section [grader] of setup.cfg: what it sets, and one clear line for whatever is wrong."""

from fractions import Fraction

import pytest

from grader.config import Settings, load_settings
from grader.errors import UsageError

SEED = "sixteen bytes or more"


def write(folder, body, section="[grader]"):
    folder.mkdir(exist_ok=True)
    (folder / "setup.cfg").write_text(f"{section}\n{body}\n", encoding="utf-8")
    return folder


def load(tmp_path, body):
    return load_settings(None, write(tmp_path, body))


def test_nothing_set_gives_the_defaults(tmp_path):
    assert load_settings(None, tmp_path) == Settings()
    assert load(tmp_path, "") == Settings()
    assert load_settings(None, write(tmp_path, "strict = yes", "[mypy]")) == Settings()


def test_every_key_is_read(tmp_path):
    (tmp_path / "seed.txt").write_text(SEED)
    settings = load(
        tmp_path,
        """suites = nn, solution
total = 12.5
points =
    # a comment between entries
    nn.relu = 1/3
    solution.softmax = 0
seed_file = seed.txt
minimum_level = reduced
visibility = after_published
init_bound = fan_in
limits =
    cpu_seconds = 2.5
    total_seconds = 60
    memory_mb = 512
""",
    )
    assert settings.suites == ("nn", "solution")
    assert settings.total == Fraction(25, 2)
    assert settings.points == {"nn.relu": Fraction(1, 3), "solution.softmax": 0}
    assert settings.seed_file == tmp_path / "seed.txt"
    assert (settings.minimum_level, settings.visibility) == ("reduced", "after_published")
    assert settings.init_bound == "fan_in"
    limits = settings.limits
    assert (limits.cpu_seconds, limits.total_seconds, limits.memory_mb) == (2.5, 60, 512)
    assert limits.import_seconds == Settings().limits.import_seconds


@pytest.mark.parametrize(
    ("body", "key", "said"),
    [
        ("sutes = nn", "sutes", "did you mean suites"),
        ("suites = nn, ../x", "suites", "'../x'"),
        ("suites =", "suites", "''"),
        ("total = lots", "total", "'lots'"),
        ("total = 0", "total", "'0'"),
        ("total = 1e9", "total", "'1e9'"),
        ("total = 1.001", "total", "two decimals"),
        ("total = nan", "total", "'nan'"),
        ("points = 3", "points", "name = value"),
        ("points =\n nn.relu = -1", "points", "nn.relu: '-1'"),
        ("points =\n nn.relu = 1/0", "points", "1/0"),
        ("points =\n nn.relu = 1\n nn.relu = 2", "points", "twice"),
        ("points =\n nn.relu = 1e999999999", "points", "1e999999999"),
        ("points =\n nn.relu = " + "1" * 50, "points", "is not a number"),
        ("seed_file = nowhere.txt", "seed_file", "nowhere.txt"),
        ("minimum_level = ful", "minimum_level", "none, reduced, full"),
        ("visibility = never", "visibility", "after_due_date"),
        ("init_bound = he", "init_bound", "glorot, fan_in"),
        ("limits =\n cpu_secs = 1", "limits", "did you mean cpu_seconds"),
        ("limits =\n cpu_seconds = inf", "limits", "cpu_seconds: 'inf'"),
        ("limits =\n memory_mb = 1", "limits", "64"),
        ("limits =\n memory_mb = 99.5", "limits", "'99.5' is not a whole number"),
        ("seed_file = short", "seed_file", "short holds fewer than 16 bytes"),
        ("limits =\n total_seconds = 5", "limits", "total_seconds"),
    ],
)
def test_a_wrong_setting_is_one_line_naming_file_section_and_key(tmp_path, body, key, said):
    (tmp_path / "short").write_text(" fifteen bytes..\n")
    with pytest.raises(UsageError) as caught:
        load(tmp_path, body)
    line = str(caught.value)
    for part in (str(tmp_path / "setup.cfg"), "[grader]", key, said):
        assert part in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "text",
    [
        "seed_file = a\n b",
        "seed_file = " + 300 * "x",
        "seed_file = a\0b",
        "[a\x1b]\n[a\x1b]",
        "a\x1bb = 1\na\x1bb = 2",
        "[Grader\u202e]",
    ],
)
def test_a_mistake_is_one_line_whatever_is_in_the_file(tmp_path, text):
    (tmp_path / "setup.cfg").write_text(f"[grader]\n{text}\n")
    with pytest.raises(UsageError, match=r"setup\.cfg") as caught:
        load_settings(None, tmp_path)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "content",
    [b"[grader\ntotal = 1", b"total = 1", b"[grader]\ntotal = 1\ntotal = 2", b"\xff\xfe[g"],
)
def test_a_file_that_cannot_be_parsed_is_one_line(tmp_path, content):
    (tmp_path / "setup.cfg").write_bytes(content)
    with pytest.raises(UsageError, match=r"setup\.cfg") as caught:
        load_settings(None, tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("total = 1\n", "line 1: 'total = 1' stands below no section, such as [grader]"),
        ("\n[grader\ntotal = 1\n", "line 2: '[grader' stands below no section, such as [grader]"),
        ("[grader]\ntotal\n", "line 2: 'total' should read: key = value"),
        ("[grader]\ntotal = 1\ntotal = 2\n", "line 3: section [grader] has the key total twice"),
        ("[a]\n[grader]\n[grader]\n", "line 3: there are two sections [grader]"),
        (b"[grader]\n# caf\xe9\n", "not valid UTF-8: byte 0xe9 in line 2"),
    ],
)
def test_a_mistake_of_syntax_is_named_with_its_line(tmp_path, content, said):
    path = tmp_path / "setup.cfg"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsageError) as caught:
        load_settings(None, tmp_path)
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert str(caught.value).count(str(path)) == 1


@pytest.mark.parametrize("name", ["Grader", "GRADER", " grader ", "graders", "garder"])
def test_a_section_whose_name_is_nearly_ours_is_not_passed_over(tmp_path, name):
    with pytest.raises(UsageError) as caught:
        load_settings(None, write(tmp_path, "total = 5", f"[{name}]"))
    line = str(caught.value)
    assert line.startswith(f"{tmp_path / 'setup.cfg'}: ")
    assert f"[{name}]" in line
    assert "did you mean [grader]" in line
    assert "Names of sections are in lower case" in line
    assert "\n" not in line


def test_the_course_is_laid_over_ours_entry_by_entry(tmp_path):
    ours = write(
        tmp_path / "ours",
        "total = 50\nvisibility = hidden\npoints =\n nn.relu = 1\n nn.tanh = 2\n"
        "limits =\n memory_mb = 256\n cpu_seconds = 3",
    )
    course = write(
        tmp_path / "course", "total = 20\npoints =\n nn.relu = 5\nlimits =\n cpu_seconds = 4"
    )
    settings = load_settings(course, ours)
    assert (settings.total, settings.visibility) == (20, "hidden")
    assert settings.points == {"nn.relu": 5, "nn.tanh": 2}
    assert (settings.limits.memory_mb, settings.limits.cpu_seconds) == (256, 4)


def test_a_course_seed_file_is_relative_to_the_course(tmp_path):
    course = write(tmp_path / "course", "seed_file = seed.txt")
    (course / "seed.txt").write_text(SEED)
    assert load_settings(course, tmp_path).seed_file == course / "seed.txt"


def test_names_that_no_suite_has_are_refused_with_the_nearest(tmp_path):
    settings = load(tmp_path, "suites = nm\npoints =\n solution.sofmax = 1")
    with pytest.raises(UsageError, match=r"key points.*did you mean solution\.softmax"):
        settings.check_functions(["solution.softmax", "nn.relu"])
    with pytest.raises(UsageError, match=r"key suites.*did you mean nn"):
        settings.check_suites(["nn", "solution"])
    settings.check_functions(["solution.sofmax"])


def test_points_fill_up_from_the_defaults(tmp_path):
    settings = load(tmp_path, "points =\n nn.relu = 0\n nn.tanh = 5")
    defaults = {name: Fraction(1) for name in ("nn.relu", "nn.tanh", "nn.softmax")}
    points = settings.points_for(defaults)
    assert points == {"nn.relu": 0, "nn.tanh": 5, "nn.softmax": 1}
    with pytest.raises(UsageError, match="every function is dropped"):
        settings.points_for({"nn.relu": Fraction(1)})


def test_the_hash_follows_every_setting_but_where_things_lie(tmp_path):
    (tmp_path / "seed.txt").write_text(SEED)
    bodies = [
        "",
        "total = 99",
        "suites = nn",
        "points =\n nn.relu = 2",
        "minimum_level = full",
        "visibility = hidden",
        "init_bound = fan_in",
        "limits =\n cpu_seconds = 9",
        "void =\n nn/hidden/relu_values : a wrong value",
    ]
    hashes = [load(tmp_path, body).settings_hash for body in bodies]
    assert len(set(hashes)) == len(bodies)
    for file in ("seed_file", "overrides"):
        assert load(tmp_path, f"{file} = seed.txt").settings_hash == hashes[0]
