"""A class of four, graded once undisturbed, and again with what may come between."""

import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from small_course import COUNT, ERRORS, STUB_1, STUB_4, grade_command, submission

SLOWLY = f"import time; time.sleep(2)\n{COUNT}"
CLASS = {
    "ada": submission(SLOWLY),
    "bob": submission(STUB_1, STUB_4),
    "cem": submission(SLOWLY, "y_pred = nearest_maen(x_test)"),
    "dora": submission(STUB_1, ERRORS),
}
POINTS = {"ada": (1, 1), "bob": (0, 0), "cem": (1, ""), "dora": (0, 1)}


@pytest.fixture(scope="module")
def submissions(tmp_path_factory, needs_box):
    folder = tmp_path_factory.mktemp("submissions")
    for name, notebook in CLASS.items():
        (folder / name).mkdir()
        nbformat.write(notebook, folder / name / "01_small.ipynb")
    return folder


@pytest.fixture(scope="module")
def graded(submissions, tmp_path_factory, grade_all):
    return grade_all(submissions, tmp_path_factory.mktemp("graded"), "--workers", "2")


def times(folder):
    return {path.name: path.stat().st_mtime_ns for path in (folder / "points").iterdir()}


def test_each_gets_its_points(graded):
    assert graded.process.returncode == 0, graded.process.stderr
    assert {name: graded.points(name) for name in CLASS} == POINTS


def test_progress_says_how_many_are_done_and_how_long_it_takes(graded):
    assert "4 of 4 done, 0 failed, about 0 min left" in graded.process.stdout


def test_a_student_sees_points_hints_errors_and_pictures(graded):
    pages = {name: path.read_text(encoding="utf-8") for name, path in zip(CLASS, students(graded), strict=True)}
    assert "ada: 2 of 10 points" in pages["ada"]
    assert "Hint: " in pages["bob"]
    assert "failed in code cell [4]: NameError" in pages["cem"]


def students(graded):
    return sorted((graded.folder / "students").iterdir())


def test_the_instructor_sees_the_table_and_the_distribution(graded):
    page = (graded.folder / "index.html").read_text(encoding="utf-8")
    assert "Points of 4 submissions" in page
    for path in students(graded):
        assert f'href="students/{path.name}"' in page


def test_a_second_call_runs_nothing_again(graded, submissions, grade_all):
    before = times(graded.folder)
    again = grade_all(submissions, graded.folder, "--workers", "2")
    assert times(again.folder) == before
    assert again.rows == graded.rows


@pytest.mark.slow
def test_a_changed_submission_is_graded_again_and_no_other(graded, submissions, grade_all, tmp_path):
    import shutil

    changed = shutil.copytree(submissions, tmp_path / "changed")
    folder = shutil.copytree(graded.folder, tmp_path / "graded")
    nbformat.write(submission(COUNT, STUB_4), changed / "bob" / "01_small.ipynb")
    before = times(folder)
    again = grade_all(changed, folder)
    assert again.points("bob") == (1, 0)
    assert [name for name, when in times(folder).items() if before[name] != when] == ["bob.json"]


@pytest.mark.slow
def test_parts_together_are_the_whole(graded, submissions, grade_all, tmp_path):
    import shutil

    (tmp_path / "graded").mkdir()
    shutil.copytree(graded.folder / "variant", tmp_path / "graded" / "variant")
    shutil.copytree(graded.folder / "points", tmp_path / "graded" / "points")
    for part in ("1/2", "2/2"):
        grade_all(submissions, tmp_path / "graded", "--shard", part)
    whole = grade_all(submissions, tmp_path / "graded")
    assert whole.rows == graded.rows


def boxes(process):
    return [child for child in psutil.Process(process.pid).children(recursive=True) if child.name() == "bwrap"]


def wait_for(what, seconds=120):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def test_killed_workers_and_a_killed_command_change_nothing(graded, submissions, tmp_path, course, grade_all):
    folder = tmp_path / "graded"
    command = grade_command(submissions, folder, "--workers", "2")
    process = subprocess.Popen(command, cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: boxes(process))
        boxes(process)[0].kill()
        wait_for(lambda: (folder / "points").exists() and list((folder / "points").glob("*.json")))
        wait_for(lambda: boxes(process))
        left = boxes(process)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    psutil.wait_procs(left, timeout=10)
    assert not any(box.is_running() and box.status() != psutil.STATUS_ZOMBIE for box in left)
    assert not (folder / "grades.csv").exists()
    done = times(folder)
    assert 1 <= len(done) < len(CLASS)
    again = grade_all(submissions, folder, "--workers", "2")
    assert {name: times(folder)[name] for name in done} == done
    assert (folder / "grades.csv").read_bytes() == (graded.folder / "grades.csv").read_bytes()
    assert again.process.returncode == 0
    assert not list((folder / "work").glob(".*"))


@pytest.mark.slow
def test_a_judge_that_is_killed_judges_again(submissions, tmp_path, course):
    command = grade_command(submissions / "ada" / "01_small.ipynb", tmp_path)
    process = subprocess.Popen(command, cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: list((tmp_path / "work").glob(".*/hand_in/*/task_4/call.json")))
    wait_for(lambda: any("judge" in " ".join(box.cmdline()) for box in boxes(process)))
    next(box for box in boxes(process) if "judge" in " ".join(box.cmdline())).kill()
    assert process.wait() == 0
    result = json.loads((tmp_path / "points" / "01_small.json").read_text(encoding="utf-8"))
    assert [result["tasks"][task]["points"] for task in ("1", "4")] == [1, 1]


@pytest.mark.slow
def test_dask_grades_the_same_though_a_worker_is_killed(graded, submissions, tmp_path, course):
    pytest.importorskip("distributed")
    where = tmp_path / "scheduler.json"
    quiet = {"cwd": course, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    options = ["--scheduler-file", str(where), "--no-dashboard"]
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *options]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", *options]
    running = [subprocess.Popen(scheduler, **quiet)]
    try:
        wait_for(where.exists)
        running += [subprocess.Popen(worker, **quiet) for _ in range(2)]
        address = json.loads(where.read_text(encoding="utf-8"))["address"]
        folder = tmp_path / "graded"
        command = grade_command(submissions, folder, "--scheduler", address)
        process = subprocess.Popen(command, cwd=course, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        wait_for(lambda: boxes(running[1]))
        running[1].kill()
        said, _ = process.communicate(timeout=300)
        if process.returncode:  # the submission that the worker died with: its turn comes now
            running.append(subprocess.Popen(worker, **quiet))
            again = subprocess.run(command, cwd=course, capture_output=True, text=True, check=False)
            said, code = again.stdout + again.stderr, again.returncode
            assert code == 0, said
    finally:
        for one in running:
            one.kill()
    assert (folder / "grades.csv").read_bytes() == (graded.folder / "grades.csv").read_bytes()


WRONG = {
    "no submission": (["nothing"], "no such file or folder"),
    "no scheduler": (["ada", "--scheduler", "tcp://127.0.0.1:9"], "no scheduler answers"),
    "a part of nothing": (["ada", "--shard", "3/2"], "no part like"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_use_is_one_line(submissions, tmp_path, course, what):
    (given, *options), text = WRONG[what]
    command = grade_command(submissions / given, tmp_path / "new", *options)
    process = subprocess.run(command, cwd=course, capture_output=True, text=True, check=False)
    assert process.returncode == 2
    assert text in process.stderr.strip().splitlines()[-1]


def test_without_boxes_nothing_runs(submissions, tmp_path, course):
    (tmp_path / "bin").mkdir()
    environment = os.environ | {"PATH": str(tmp_path / "bin")}
    command = grade_command(submissions, tmp_path / "new")
    process = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, check=False)
    assert process.returncode == 2
    assert "install bubblewrap" in process.stderr
    assert "--no-isolation" in process.stderr
    assert not (tmp_path / "new").exists()


def test_without_isolation_it_grades_if_one_asks_for_it(submissions, tmp_path, course, graded, grade_all):
    alone = grade_all(submissions / "cem", tmp_path / "graded", "--no-isolation")
    assert alone.points("cem") == POINTS["cem"]
