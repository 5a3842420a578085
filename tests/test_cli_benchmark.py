"""``robustgan benchmark``: where the benchmarks are found, and what it says where they are not."""

import subprocess
import sys

import pytest

from robustgan.cli import main


def test_without_a_checkout_one_line_says_what_to_do(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["benchmark", "mean"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "--path" in captured.err


def test_a_path_without_benchmarks_is_named(capsys, tmp_path):
    assert main(["benchmark", "mean", "--path", str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err


def test_the_suites_of_a_checkout_are_listed(capfd, root):
    assert main(["benchmark", "--list", "--path", str(root / "benchmarks")]) == 0
    listed = [line.split()[0] for line in capfd.readouterr().out.splitlines()]
    files = {path.stem for path in (root / "benchmarks" / "suites").glob("[!_]*.py")}
    assert set(listed) == files


def test_a_name_that_no_suite_has_is_refused_with_the_names_there_are(capfd, root):
    assert main(["benchmark", "nothing", "--path", str(root)]) == 2
    captured = capfd.readouterr()
    assert captured.err.count("\n") == 1
    assert "location_error" in captured.err


@pytest.mark.slow
def test_the_process_runs_a_quick_part_and_writes_rows_and_table(root, tmp_path):
    words = ["benchmark", "location_error", "--quick", "--only", "median", f"--out={tmp_path}"]
    command = [sys.executable, "-m", "robustgan.cli", *words]
    subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    assert (tmp_path / "location_error.csv").read_text().startswith("# 1: robustgan")
    assert "coordinate median" in (tmp_path / "location_error.md").read_text()
