"""The command line on good data: what it prints, what it writes, and that both agree."""

import csv
import json
import os
import signal
import subprocess
import sys
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import robustgan
from robustgan.cli import main
from robustgan.contamination import DATASETS, dataset, design

MEDIAN = ["--estimator", "coordinate-median"]


@pytest.fixture
def X():
    X, _ = design("shift5", 3).sample(60, rng=0)
    return X


@pytest.fixture
def table(tmp_path, X):
    path = tmp_path / "table.csv"
    np.savetxt(path, X, delimiter=",", header="a,b,c", comments="", fmt="%.17g")
    return path


@pytest.fixture
def fit_json(capsys):
    """Fit with the coordinate median and parse what is printed."""

    def fit(*arguments):
        assert main(["fit", *map(str, arguments), *MEDIAN, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return fit


def read_csv(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_location_is_the_estimators(fit_json, table, X):
    found = fit_json(table)
    assert_allclose(found["location"], np.median(X, axis=0), rtol=1e-15)
    assert_allclose(found["mean"], X.mean(axis=0), rtol=1e-15)
    assert found["feature_names"] == ["a", "b", "c"]


def test_json_names_the_outlying_rows_from_one_the_worst_first(fit_json, table, X):
    found = fit_json(table)
    median = robustgan.CoordinateMedian().fit(X)
    flagged = np.flatnonzero(median.predict(X) == -1) + 1
    assert sorted(found["outlying_rows"]) == flagged.tolist()
    assert found["outlying_rows"][0] == np.argmin(median.score_samples(X)) + 1


def test_json_is_all_there_is_on_standard_output(capsys, table):
    assert main(["fit", str(table), *MEDIAN, "--json"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize("name", DATASETS)
def test_shipped_data_are_known_by_name(fit_json, name):
    found = fit_json(name)
    bunch = dataset(name)
    assert found["feature_names"] == bunch.feature_names
    known = found["known_outlying_rows"]
    assert (known is None) == (bunch.is_outlier is None)


def test_the_tables_name_features_rows_and_known_outliers(capsys):
    assert main(["fit", "hbk", *MEDIAN]) == 0
    printed = capsys.readouterr().out
    for text in ("X1", "robust location", "coordinate median", "mean", "14 of 75 rows"):
        assert text in printed
    assert "14 of the 14 known outliers are among them, and 0 other rows" in printed


def test_many_outliers_are_counted_not_listed(capsys, tmp_path):
    np.save(tmp_path / "x.npy", design("far", 2).sample(300, rng=0)[0])
    assert main(["fit", str(tmp_path / "x.npy"), *MEDIAN, "--contamination", "0.2"]) == 0
    assert "... and 40 more" in capsys.readouterr().out


def test_names_are_printed_as_they_are(capsys, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("[red]a[/red],b\n1,2\n2,5\n4,9\n")
    assert main(["fit", str(path), *MEDIAN]) == 0
    assert "[red]a[/red]" in capsys.readouterr().out


def test_out_holds_scores_locations_and_a_picture(table, tmp_path, X):
    out = tmp_path / "new" / "out"
    assert main(["fit", str(table), *MEDIAN, "--out", str(out)]) == 0
    assert sorted(os.listdir(out)) == ["locations.csv", "picture.png", "scores.csv"]
    assert (out / "picture.png").read_bytes()[:4] == b"\x89PNG"
    scores = read_csv(out / "scores.csv")
    median = robustgan.CoordinateMedian().fit(X)
    assert_array_equal([float(row["score"]) for row in scores], median.score_samples(X))
    assert_array_equal([float(row["decision"]) for row in scores], median.decision_function(X))
    assert_array_equal([row["is_outlier"] == "1" for row in scores], median.predict(X) == -1)
    assert [int(row["row"]) for row in scores] == list(range(1, len(X) + 1))
    locations = read_csv(out / "locations.csv")
    assert [row["feature"] for row in locations] == ["a", "b", "c"]
    assert_array_equal([float(row["location"]) for row in locations], median.location_)


def test_files_that_exist_are_replaced(table, tmp_path):
    (tmp_path / "scores.csv").write_text("old")
    assert main(["fit", str(table), *MEDIAN, "--out", str(tmp_path), "--no-picture"]) == 0
    assert (tmp_path / "scores.csv").read_text().startswith("row,score")
    assert not (tmp_path / "picture.png").exists()


def test_columns_are_taken_in_the_order_asked_for(fit_json, table, X):
    found = fit_json(table, "--columns", "c, a")
    assert found["feature_names"] == ["c", "a"]
    assert_allclose(found["mean"], X[:, [2, 0]].mean(axis=0))


def test_a_share_of_rows_can_be_flagged(fit_json, table):
    assert len(fit_json(table, "--contamination", "0.1")["outlying_rows"]) == 6


def test_warnings_of_a_fit_are_notes_on_standard_error(capsys, table, monkeypatch):
    class Warner(robustgan.CoordinateMedian):
        def fit(self, X, y=None):
            warnings.warn("n_samples is\nsmall.", UserWarning, stacklevel=1)
            return super().fit(X)

    monkeypatch.setattr(robustgan, "CoordinateMedian", Warner)
    assert main(["fit", str(table), *MEDIAN, "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == "robustgan: note: n_samples is small.\n"
    assert json.loads(captured.out)["notes"] == ["n_samples is\nsmall."]


def test_a_fit_that_diverges_takes_one_line_and_status_1(capsys, table, monkeypatch):
    def diverge(self, X, y=None):
        raise robustgan.DivergenceError("The loss is not finite.")

    monkeypatch.setattr(robustgan.CoordinateMedian, "fit", diverge)
    assert main(["fit", str(table), *MEDIAN]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1


def test_the_scatter_is_written_and_printed_where_there_is_one(capsys, tmp_path):
    out = tmp_path / "out"
    options = ["--estimator", "jsgan-scatter", "--out", str(out), "--no-picture", "--json"]
    assert main(["fit", "hbk", *options]) == 0
    found = json.loads(capsys.readouterr().out)
    assert sorted(found["outlying_rows"]) == list(range(1, 15))
    rows = read_csv(out / "scatter.csv")
    assert [row["feature"] for row in rows] == found["feature_names"]
    written = [[float(row[name]) for name in found["feature_names"]] for row in rows]
    assert written == found["scatter"]


@pytest.mark.parametrize("estimator", ["coordinate-median", "geometric-median"])
def test_every_median_can_be_chosen(capsys, table, estimator):
    assert main(["fit", str(table), "--estimator", estimator, "--json"]) == 0
    name = json.loads(capsys.readouterr().out)["estimator"].lower()
    assert name == estimator.replace("-", "")


def test_the_game_gives_the_same_at_the_same_seed(capsys, table):
    printed = []
    for _ in range(2):
        assert main(["fit", str(table), "--seed", "3", "--json"]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert json.loads(printed[0])["estimator"] == "JSGANMean"


def test_ctrl_c_leaves_quietly(capsys, table, tmp_path, monkeypatch):
    def interrupt(self, X, y=None):
        raise KeyboardInterrupt

    monkeypatch.setattr(robustgan.CoordinateMedian, "fit", interrupt)
    assert main(["fit", str(table), *MEDIAN, "--out", str(tmp_path / "out")]) == 130
    assert capsys.readouterr() == ("", "")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("suffix", [".csv", ".npy", ".npz", ".parquet", ".CSV", ".NPZ"])
def test_what_is_simulated_can_be_read(fit_json, tmp_path, capsys, suffix):
    path = tmp_path / f"data{suffix}"
    arguments = ["--n-samples", "40", "--n-features", "3", "--seed", "5"]
    assert main(["simulate", "shift5", str(path), *arguments]) == 0
    assert "40 rows, 3 features, 8 outliers" in capsys.readouterr().out
    X, _ = design("shift5", 3).sample(40, rng=5)
    assert fit_json(path)["mean"] == X.mean(axis=0).tolist()
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("suffix", [".csv", ".npz", ".parquet"])
def test_simulated_labels_are_truth_and_no_feature(fit_json, tmp_path, capsys, suffix):
    path = tmp_path / f"data{suffix}"
    assert main(["simulate", "far", str(path), "--n-samples", "50", "--labels"]) == 0
    capsys.readouterr()
    found = fit_json(path)
    _, is_outlier = design("far", 10).sample(50, rng=0)
    assert found["n_features"] == 10
    assert found["known_outlying_rows"] == (np.flatnonzero(is_outlier) + 1).tolist()


def test_labels_of_a_single_array_get_a_file_of_their_own(tmp_path):
    assert main(["simulate", "far", str(tmp_path / "x.npy"), "--labels"]) == 0
    assert np.load(tmp_path / "x.is_outlier.npy").sum() == 200
    assert np.load(tmp_path / "x.npy").shape == (1000, 10)


def test_force_replaces(tmp_path):
    (tmp_path / "x.csv").write_text("old")
    assert main(["simulate", "none", str(tmp_path / "x.csv"), "--force"]) == 0
    assert (tmp_path / "x.csv").read_text().startswith("x1,x2")


def process(*arguments, **options):
    command = [sys.executable, "-m", "robustgan.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_the_process_tells_its_version():
    done = process("--version")
    assert (done.returncode, done.stdout) == (0, f"robustgan {robustgan.__version__}\n")


def test_the_process_reports_by_status_and_one_line(tmp_path):
    done = process("fit", tmp_path / "absent.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_the_process_prints_json(table):
    done = process("fit", table, *MEDIAN, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["n_samples"] == 60


def test_a_closed_pipe_is_no_error(table):
    command = [sys.executable, "-m", "robustgan.cli", "fit", str(table), *MEDIAN, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="signals differ")
def test_an_interrupted_process_leaves_with_130(tmp_path):
    fifo = tmp_path / "slow.csv"
    os.mkfifo(fifo)
    command = [sys.executable, "-m", "robustgan.cli", "fit", str(fifo)]
    # Opening the pipe returns once the process reads, and so is past its imports.
    with subprocess.Popen(command, stderr=subprocess.PIPE) as running, fifo.open("w"):
        running.send_signal(signal.SIGINT)
        assert running.stderr.read() == b""
    assert running.returncode == 130
