"""Finding, unpacking and staging the files of a submission."""

import io
import os
import stat
import subprocess
import sys
import tarfile
import zipfile

import pytest

from grader import intake_archives
from grader.errors import UsageError
from grader.intake_beside import GIVEN_DATA
from grader.submission import IntakeLimits, intake

MODULES = ("solution", "nn", "hw_mlp")
TEXT = "x = 1\n"


def folder(root, files):
    """Write files; a None makes a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def zipped(path, files, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path, files, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content.encode()))
    return path


def staged(submission):
    """Relative paths of everything that was staged."""
    root = submission.root
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if not p.is_dir())


def take(path, modules=MODULES, **options):
    """The staged names and the submission, whose copy is removed again."""
    with intake(path, modules, **options) as submission:
        return staged(submission), submission


def said(submission):
    return "\n".join(submission.notes)


ALL = {f"{module}.py": f"name = '{module}'\n" for module in MODULES}
GIVEN = {f"data/{path.name}": TEXT for path in GIVEN_DATA.glob("*.py")}  # handed out


@pytest.mark.parametrize("inside", ["", "hw1/", "a/b/"])
@pytest.mark.parametrize(
    "make",
    [
        lambda root, files: folder(root / "f", files),
        lambda root, files: zipped(root / "s.zip", files),
        lambda root, files: zipped(root / "no_suffix", files, zipfile.ZIP_STORED),
        lambda root, files: tarred(root / "s.tar.gz", files),
        lambda root, files: tarred(root / "s.tar", files, "w"),
    ],
    ids=["folder", "zip", "stored", "tar.gz", "tar"],
)
def test_files_are_found_in_folders_and_archives(tmp_path, make, inside):
    files = {inside + name: text for name, text in ALL.items()} | {inside + "helper.py": TEXT}
    path = make(tmp_path, files)
    with intake(path, MODULES) as submission:
        assert submission.modules == {module: f"{module}.py" for module in MODULES}
        assert staged(submission) == sorted([*ALL, "helper.py"])
        assert (submission.root / "nn.py").read_text() == ALL["nn.py"]
        assert (submission.missing, submission.problems, submission.notes) == ({}, {}, [])
        assert submission.name == path.name
    assert not submission.home.exists()


def test_one_file_is_enough(tmp_path):
    path = folder(tmp_path, {"nn.py": TEXT, "helper.py": TEXT}) / "nn.py"
    names, submission = take(path)
    assert names == ["nn.py"]
    assert list(submission.missing) == ["solution", "hw_mlp"]
    assert "solution.py is missing." in submission.notes


def test_the_copy_is_readable_by_every_user(tmp_path):
    old = os.umask(0o077)
    try:
        with intake(folder(tmp_path, {"nn.py": TEXT, "pkg/__init__.py": ""}), ["nn"]) as submission:
            paths = [submission.home, *submission.home.rglob("*")]
            modes = {p: stat.S_IMODE(p.stat().st_mode) for p in paths}
            assert all(mode == (0o755 if p.is_dir() else 0o644) for p, mode in modes.items())
            assert submission.root / "pkg/__init__.py" in modes
            assert submission.given[0] / "data/__init__.py" in modes
    finally:
        os.umask(old)


def test_caches_and_other_systems_leavings_are_passed_over(tmp_path):
    junk = ["__MACOSX/nn.py", "__pycache__/nn.py", ".ipynb_checkpoints/nn.py", "node_modules/nn.py"]
    junk += ["venv/lib/nn.py", ".git/nn.py", "._nn.py", "my_env/pyvenv.cfg", "my_env/lib/nn.py"]
    files = ALL | dict.fromkeys(junk, TEXT)
    for path in (folder(tmp_path / "f", files), zipped(tmp_path / "s.zip", files)):
        names, submission = take(path)
        assert names == sorted(ALL)
        assert submission.notes == []


def test_data_is_passed_over_before_any_limit_counts(tmp_path):
    data = {f"images/{i}.png": "x" * 100 for i in range(50)} | {"train.npy": "x" * 5000}
    limits = IntakeLimits(files=3, file_bytes=200, total_bytes=400)
    for path in (folder(tmp_path / "f", ALL | data), zipped(tmp_path / "s.zip", ALL | data)):
        names, submission = take(path, limits=limits)
        assert names == sorted(ALL)
        assert said(submission) == "Only .py files are used; not looked at: train.npy."


def test_the_least_deep_of_several_is_taken_and_named(tmp_path):
    files = {"nn.py": "a", "old/nn.py": "b", "older/nn.py": "c"}
    with intake(folder(tmp_path, files), ["nn"]) as submission:
        assert (submission.root / "nn.py").read_text() == "a"
        assert submission.notes == [
            "There are 3 files for nn.py: nn.py was graded, old/nn.py, older/nn.py not."
        ]


def test_less_deep_counts_more_than_company(tmp_path):
    files = {"nn.py": "a", "new/nn.py": "b", "new/solution.py": "b"}
    _, submission = take(folder(tmp_path, files))
    assert submission.found == {"nn": "nn.py", "solution": "new/solution.py"}


def test_of_two_equally_deep_the_one_in_company_is_taken(tmp_path):
    files = {"a/nn.py": "a", "b/nn.py": "b", "b/solution.py": "b", "c/nn.py": "c"}
    _, submission = take(folder(tmp_path, files))
    assert submission.found == {"nn": "b/nn.py", "solution": "b/solution.py"}
    _, submission = take(folder(tmp_path, {"d/nn.py": "a"}), ["nn"])
    assert submission.found == {"nn": "a/nn.py"}


VARIATIONS = ["solution (1).py", "solution-1.py", "solution_2.py", "solution_copy.py"]
VARIATIONS += ["Solution.py", "SOLUTION.PY", "Solution - Copy (2).py", "solution(3).py"]


@pytest.mark.parametrize("name", VARIATIONS)
def test_variations_of_a_name_are_taken_with_a_remark(tmp_path, name):
    names, submission = take(folder(tmp_path, {name: TEXT}), ["solution"])
    assert "solution.py" in names
    assert submission.found == {"solution": name}
    assert submission.notes == [f"{name} was taken for solution.py."]


@pytest.mark.parametrize("name", ["my_solution.py", "solutions.py", "solution.txt", "solution2.py"])
def test_other_names_are_not_guessed_at(tmp_path, name):
    with pytest.raises(UsageError, match=r"holds no solution\.py"):
        intake(folder(tmp_path, {name: TEXT}), ["solution"])


def test_the_exact_name_wins_over_a_variation(tmp_path):
    files = {"solution (1).py": "a", "src/solution.py": "b"}
    _, submission = take(folder(tmp_path, files), ["solution"])
    assert submission.found == {"solution": "src/solution.py"}


def test_a_hostile_name_costs_no_time_to_compare(tmp_path):
    name = "-" * 60_000 + ".py"
    files = {name: TEXT, "solution.py": TEXT}
    _, submission = take(zipped(tmp_path / "s.zip", files), ["nn", "solution"])
    assert submission.found == {"solution": "solution.py"}


def test_a_notebook_is_told_apart_from_a_source_file(tmp_path):
    path = folder(tmp_path, {"solution.ipynb": "{}", "nn.py": TEXT})
    _, submission = take(path, ["solution", "nn"])
    assert "solution.ipynb is a notebook, not a .py file" in submission.missing["solution"]
    with pytest.raises(UsageError, match="notebook"):
        intake(path / "solution.ipynb", ["solution"])


def test_a_file_saved_under_another_ending_is_named(tmp_path):
    _, submission = take(folder(tmp_path, {"solution.py.txt": "", "nn.py": TEXT}))
    assert "solution.py.txt is not a .py file" in submission.missing["solution"]


def test_nothing_known_says_what_was_expected_and_what_is_there(tmp_path):
    with pytest.raises(UsageError) as caught:
        intake(folder(tmp_path, {"main.py": TEXT, "notes.txt": ""}), MODULES)
    assert "holds no solution.py or nn.py or hw_mlp.py" in str(caught.value)
    assert "main.py, notes.txt" in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_path_that_does_not_exist_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="does not exist"):
        intake(tmp_path / "nowhere", MODULES)


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04garbage", b"\x1f\x8bgarbage", b"Rar!\x1a", b"7z\xbc\xaf", b"PK\x05\x06"]
)
def test_an_archive_that_cannot_be_opened_is_a_usage_error(tmp_path, content):
    path = tmp_path / "s.zip"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"s\.zip"):
        intake(path, MODULES)


def test_a_truncated_archive_is_a_usage_error(tmp_path):
    for path in (zipped(tmp_path / "s.zip", ALL), tarred(tmp_path / "s.tgz", ALL)):
        path.write_bytes(path.read_bytes()[:-30])
        with pytest.raises(UsageError, match="cannot be read"):
            intake(path, MODULES)


def test_a_damaged_entry_costs_only_itself(tmp_path):
    path = zipped(tmp_path / "s.zip", ALL, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"name = 'nn'", b"name = 'xx'", 1))
    _, submission = take(path)
    assert set(submission.modules) == {"solution", "hw_mlp"}
    assert submission.problems["nn"].startswith("nn.py cannot be read")


# sources that cannot be Python


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"x = 1\ny\0 = 2\n", "null byte in line 2"),
        ("x = 1".encode("utf-16"), "UTF-16"),
        (b"x = 1\n# caf\xe9\n", "byte 0xe9 in line 2"),
        (b"# coding: rot13\nx = 1\n", "rot"),
        (b"# coding: punycode\nx = 1\n", "punycode"),
        (b"# coding: nonsense\nx = 1\n", "nonsense"),
        (b"# coding: cp1\nx = 1\n", "cp1"),
        (b"\xef\xbb\xbf# coding: latin-1\nx = 1\n", "latin-1"),
    ],
)
def test_bytes_that_are_no_source_are_one_clear_line(tmp_path, content, why):
    names, submission = take(folder(tmp_path, {"nn.py": content, "solution.py": TEXT}))
    assert "nn.py" not in names
    assert submission.problems["nn"].startswith("nn.py ")
    assert why in submission.problems["nn"]
    assert submission.problems["nn"] in submission.notes
    assert "nn" not in submission.missing


@pytest.mark.parametrize("content", [b"#" * 3_000_000, "x = 1".encode("utf-16"), b"x = 1\0"])
def test_without_a_usable_file_there_is_still_a_folder_that_others_may_read(tmp_path, content):
    with intake(folder(tmp_path, {"nn.py": content}), ["nn"]) as submission:
        assert list(submission.problems) == ["nn"]
        assert stat.S_IMODE(submission.root.stat().st_mode) == 0o755
        assert staged(submission) == []


def test_an_empty_file_is_as_good_as_none(tmp_path):
    names, submission = take(folder(tmp_path, {"nn.py": " \n\t\n", "solution.py": TEXT}))
    assert names == ["solution.py"]
    assert submission.missing["nn"] == "nn.py is empty."
    assert "nn.py is empty." in submission.notes


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfx = 1\n",
        b"# coding: latin-1\n# caf\xe9\n",
        b"# -*- coding: utf-8 -*-\r\nx = 1\r\n",
        b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n# \x80\n",
        b"x = 1\r",
        b"def broken(:\n",
    ],
)
def test_what_python_can_decode_is_left_to_python(tmp_path, content):
    with intake(folder(tmp_path, {"nn.py": content}), ["nn"]) as submission:
        assert (submission.root / "nn.py").read_bytes() == content


# limits and hostile contents


def test_a_bomb_is_refused_by_what_it_really_unpacks_to(tmp_path):
    files = {"nn.py": "#" * 50_000_000, "solution.py": TEXT}
    for path in (zipped(tmp_path / "s.zip", files), tarred(tmp_path / "s.tgz", files)):
        assert path.stat().st_size < 100_000
        names, submission = take(path)
        assert names == ["solution.py"]
        assert "larger than 2,097,152 bytes" in submission.problems["nn"]


def test_helpers_beyond_the_limits_are_left_out_and_the_deepest_first(tmp_path):
    files = {"nn.py": TEXT, "a.py": TEXT, "pkg/deep.py": TEXT, "b.py": TEXT}
    names, submission = take(folder(tmp_path, files), ["nn"], limits=IntakeLimits(files=2))
    assert names == ["a.py", "b.py", "nn.py"]
    assert "pkg/deep.py" in said(submission)


def test_bytes_of_all_helpers_together_are_limited(tmp_path):
    files = {"nn.py": TEXT} | {f"h{i}.py": "#" * 100 for i in range(5)}
    limits = IntakeLimits(file_bytes=150, total_bytes=250)
    names, submission = take(folder(tmp_path, files), ["nn"], limits=limits)
    assert names == ["h0.py", "h1.py", "nn.py"]
    assert "h2.py, h3.py, h4.py" in said(submission)


@pytest.mark.parametrize(
    "name", ["../nn.py", "/nn.py", "a/../../nn.py", "C:/nn.py", "a\\nn.py", "a//nn.py", "a/./nn.py"]
)
@pytest.mark.parametrize("make", [zipped, tarred])
def test_names_that_lead_elsewhere_are_refused(tmp_path, name, make):
    path = make(tmp_path / "s", {name: TEXT, "solution.py": TEXT})
    names, submission = take(path)
    assert names == ["solution.py"]
    assert list(submission.missing) == ["nn", "hw_mlp"]
    assert "Not used, because" in said(submission)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_special_files_in_a_tar_are_refused(tmp_path, kind):
    info = tarfile.TarInfo("nn.py")
    info.type, info.linkname = kind, "/etc/passwd"
    path = tarred(tmp_path / "s.tar", {info: "", "solution.py": TEXT}, "w")
    names, submission = take(path)
    assert names == ["solution.py"]
    assert "a link or a special file: nn.py" in said(submission)


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO])
def test_links_and_special_files_in_a_zip_are_refused(tmp_path, mode):
    info = zipfile.ZipInfo("nn.py")
    info.external_attr = (mode | 0o777) << 16
    names, submission = take(zipped(tmp_path / "s.zip", {info: "/etc/passwd", "solution.py": TEXT}))
    assert names == ["solution.py"]
    assert "a link or a special file: nn.py" in said(submission)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_that_unpacks_without_bounds_is_refused(tmp_path, method):
    info = zipfile.ZipInfo("nn.py")
    info.compress_type = method
    path = tmp_path / "s.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, TEXT)
        archive.writestr("solution.py", TEXT)
    names, submission = take(path)
    assert names == ["solution.py"]
    assert "unusual way: nn.py" in said(submission)


def test_an_encrypted_entry_is_named(tmp_path):
    path = zipped(tmp_path / "s.zip", ALL, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    local, central = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")
    data[local + 6] |= 1
    data[central + 8] |= 1
    path.write_bytes(data)
    _, submission = take(path)
    assert set(submission.modules) == {"nn", "hw_mlp"}
    assert "it is encrypted: solution.py" in said(submission)


@pytest.mark.parametrize("make", [zipped, tarred])
def test_an_archive_of_too_many_entries_is_refused(tmp_path, monkeypatch, make):
    monkeypatch.setattr(intake_archives, "ENTRIES", 2)
    with pytest.raises(UsageError, match="too many entries"):
        intake(make(tmp_path / "s", ALL), MODULES)


def test_a_tar_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(intake_archives, "STREAM_BYTES", 100_000)
    files = {"data.bin": "0" * 200_000, "nn.py": TEXT}
    with pytest.raises(UsageError, match="unpacks to more than 100,000 bytes"):
        intake(tarred(tmp_path / "s.tgz", files), MODULES)


def test_a_tar_with_a_name_of_megabytes_is_refused(tmp_path):
    info = tarfile.TarInfo("x")
    info.type = tarfile.GNUTYPE_LONGNAME
    path = tarred(tmp_path / "s.tgz", {info: "n" * 5_000_000, "nn.py": TEXT})
    with pytest.raises(UsageError, match="cannot be read"):
        intake(path, MODULES)


def test_many_refused_entries_make_one_line(tmp_path):
    files = {f"../{i}.py": TEXT for i in range(1000)} | ALL
    _, submission = take(zipped(tmp_path / "s.zip", files))
    assert len(submission.notes) == 1
    assert "and 994 more" in said(submission)
    assert len(said(submission)) < 300


def test_links_in_a_folder_are_not_followed(tmp_path):
    secret = tmp_path / "secret.py"
    secret.write_text(TEXT)
    inside = folder(tmp_path / "f", {"solution.py": TEXT})
    (inside / "nn.py").symlink_to(secret)
    (inside / "all").symlink_to("/")
    (inside / "loop").symlink_to(".")
    os.mkfifo(inside / "hw_mlp.py")
    names, submission = take(inside)
    assert names == ["solution.py"]
    assert list(submission.missing) == ["nn", "hw_mlp"]
    assert "links are not followed" in said(submission)


def test_folders_without_end_are_not_walked(tmp_path):
    deep = "d/" * 40
    names, submission = take(folder(tmp_path, {"nn.py": TEXT, deep + "x.py": TEXT}), ["nn"])
    assert names == ["nn.py"]
    assert "more than 12 folders down" in said(submission)


@pytest.mark.parametrize("name", ["\x1b[31mnn.py", "n\u202enn.py", "-rf.py", "a\nb.py"])
def test_odd_names_are_shown_escaped_and_never_staged(tmp_path, name):
    names, submission = take(folder(tmp_path, {"nn.py": TEXT, name: TEXT}), ["nn"])
    assert names == ["nn.py"]
    with pytest.raises(UsageError) as caught:
        intake(tmp_path, ["solution"])
    for line in (str(caught.value), said(submission)):
        assert line.isprintable()


def test_what_configures_or_imitates_is_never_staged(tmp_path):
    bad = ["conftest.py", "sitecustomize.py", "usercustomize.py", "test_nn.py", "nn_test.py"]
    bad += ["tests/x.py", "pkg/conftest.py", "numpy/__init__.py", "pytest.py", "setup.py"]
    bad += ["pytest.ini", "setup.cfg", "tox.ini", "evil.pth", "data.json", "_pytest/__init__.py"]
    files = ALL | dict.fromkeys(bad, TEXT) | {"pkg/__init__.py": "", "pkg/x.py": TEXT}
    names, _ = take(folder(tmp_path, files))
    assert names == sorted([*ALL, "pkg/__init__.py", "pkg/x.py"])


def test_helpers_lie_as_they_lay_beside_the_file_that_imports_them(tmp_path):
    files = {"a/solution.py": TEXT, "a/util.py": "a", "a/pkg/x.py": TEXT}
    files |= {"b/nn.py": TEXT, "b/util.py": "b", "b/more.py": TEXT}
    with intake(folder(tmp_path, files), ["solution", "nn"]) as submission:
        assert staged(submission) == ["more.py", "nn.py", "pkg/x.py", "solution.py", "util.py"]
        assert (submission.root / "util.py").read_text() == "a"
        assert submission.notes == ["Not used, because another has the same name: b/util.py."]


def test_a_checkout_of_the_grader_is_graded_without_its_own_files(tmp_path):
    own = ["grader/__main__.py", "grader/reference/nn.py", "examples/x/nn.py", "tests/test_nn.py"]
    files = ALL | GIVEN | dict.fromkeys(own, TEXT)
    names, submission = take(folder(tmp_path, files))
    assert names == sorted(ALL)
    assert submission.notes == []


@pytest.mark.parametrize("more", ["data/mine.py", "data/parts/mnist.py", "data/mnist.py"])
def test_a_data_package_of_the_student_s_own_is_staged(tmp_path, more):
    """Even if each of its few files has a name of ours."""
    names, _ = take(folder(tmp_path, ALL | {"data/__init__.py": TEXT, more: TEXT}))
    assert names == sorted([*ALL, "data/__init__.py", more])


@pytest.mark.parametrize("folder_of", ["", "hw1/"])
def test_a_module_data_of_the_student_s_own_is_staged(tmp_path, folder_of):
    files = ALL | {"data.py": TEXT, "data/train.npy": "x", "old/data/__init__.py": TEXT}
    names, _ = take(folder(tmp_path, {folder_of + name: text for name, text in files.items()}))
    assert names == sorted([*ALL, "data.py", "old/data/__init__.py"])


def test_a_module_data_that_the_handed_out_package_hides_is_not_staged(tmp_path):
    names, _ = take(folder(tmp_path, ALL | GIVEN | {"data.py": TEXT}))
    assert names == sorted(ALL)


def test_a_folder_data_elsewhere_does_not_hide_the_student_s_own(tmp_path):
    """A copy of what was handed out lies in another folder than the files."""
    files = {f"mine/{name}": text for name, text in ALL.items()}
    files |= {"mine/data.py": TEXT} | {f"template/{name}": text for name, text in GIVEN.items()}
    names, _ = take(folder(tmp_path, files))
    assert names == sorted([*ALL, "data.py"])


def test_nothing_of_a_submission_is_executed(tmp_path):
    marker = tmp_path / "executed"
    evil = f"open({str(marker)!r}, 'w')\n"
    files = dict.fromkeys(["nn.py", "sitecustomize.py", "__init__.py", "json.py"], evil)
    path = folder(tmp_path / "f", files)
    code = "import sys; from grader.submission import intake; intake(sys.argv[1], ['nn']).close()"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    assert not marker.exists()
