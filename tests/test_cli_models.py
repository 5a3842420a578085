"""``fit --save``, ``score`` and ``explain``: a model goes to a file and judges other rows."""

import csv
import json
import os
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import robustgan
from robustgan import CoordinateMedian, load_model, save_model
from robustgan.cli import main
from robustgan.contamination import design
from robustgan.estimators.saving import read_model

MEDIAN = ["--estimator", "coordinate-median"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(name="X")
def rows():
    return design("shift5", 3).sample(60, rng=0)[0]


@pytest.fixture(name="new")
def new_rows():
    return design("shift5", 3).sample(20, rng=1)[0]


@pytest.fixture(name="fitted")
def median(X):
    return CoordinateMedian().fit(X)


@pytest.fixture(name="model")
def named_model(fitted):
    save_model(fitted, "m.robustgan", column_names=["a", "b", "c"])
    return "m.robustgan"


@pytest.fixture(name="nameless")
def model_without_names(fitted):
    save_model(fitted, "n.robustgan")
    return "n.robustgan"


def write_table(name, X, header="a,b,c"):
    np.savetxt(name, X, delimiter=",", header=header, comments="", fmt="%.17g")
    return name


@pytest.fixture(name="data")
def new_table(new):
    return write_table("new.csv", new)


@pytest.fixture(name="run_json")
def parsed_run(capsys):
    """Run with --json and parse what is printed."""

    def run(*arguments):
        assert main([*map(str, arguments), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture(name="refuse")
def refusing_run(capsys, folder):
    """Run, check that all that comes is one line and status 2, and return the line."""

    def run(*arguments):
        before = sorted(os.listdir(folder))
        try:
            status = main(list(map(str, arguments)))
        except SystemExit as stop:
            status = stop.code
        out, err = capsys.readouterr()
        assert (status, out) == (2, "")
        assert err.count("\n") == 1
        assert err.startswith("robustgan: ")
        assert sorted(os.listdir(folder)) == before
        return err

    return run


def read_csv(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


# robustgan fit --save


def test_a_fit_is_saved_with_the_names_of_the_columns(run_json, X):
    found = run_json("fit", write_table("t.csv", X), *MEDIAN, "--save", "m.robustgan")
    assert found["files"] == ["m.robustgan"]
    assert read_model("m.robustgan").column_names == ("a", "b", "c")
    fitted = load_model("m.robustgan")
    assert not hasattr(fitted, "feature_names_in_")
    assert_array_equal(fitted.score_samples(X), found["scores"])
    assert sorted(os.listdir()) == ["m.robustgan", "t.csv"]


def test_names_that_the_data_do_not_have_are_not_saved(run_json, X):
    np.save("t.npy", X)
    np.savetxt("bare.csv", X, delimiter=",")
    for name in ("t.npy", "bare.csv"):
        run_json("fit", name, *MEDIAN, "--save", "m.robustgan")
        assert read_model("m.robustgan").column_names is None


def test_names_that_are_the_same_are_not_saved(run_json, X):
    run_json("fit", write_table("t.csv", X, "a,a,b"), *MEDIAN, "--save", "m.robustgan")
    assert read_model("m.robustgan").column_names is None


def test_a_scatter_is_saved(run_json):
    options = ["--estimator", "jsgan-scatter", "--save", "m.robustgan"]
    found = run_json("fit", "hbk", *options)
    loaded = load_model("m.robustgan")
    assert loaded.covariance_.tolist() == found["scatter"]
    scored = run_json("score", "m.robustgan", "hbk")
    assert scored["scores"] == found["scores"]
    assert scored["outlying_rows"] == found["outlying_rows"]


def test_model_and_tables_are_listed_and_may_share_a_directory(capsys, X):
    table = write_table("t.csv", X)
    arguments = [*MEDIAN, "--out", "r", "--no-picture", "--save", "r/models/m.robustgan"]
    assert main(["fit", table, *arguments]) == 0
    written = "Wrote r/locations.csv, r/scores.csv, r/models/m.robustgan"
    assert written in capsys.readouterr().out
    assert main(["fit", table, *arguments[:-1], "r/m.robustgan", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"][-1] == "r/m.robustgan"
    assert sorted(os.listdir("r")) == ["locations.csv", "m.robustgan", "models", "scores.csv"]


def test_a_fit_that_cannot_be_saved_leaves_no_table(refuse, X, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(robustgan, "save_model", fail)
    line = refuse(
        "fit", write_table("t.csv", X), *MEDIAN, "--out", "r", "--save", "r/s/m.robustgan"
    )
    assert "No space left on device" in line


def test_a_table_that_cannot_be_written_leaves_the_model_as_it_was(refuse, X, model):
    before = Path(model).read_bytes()
    os.makedirs("r/scores.csv")
    line = refuse(
        "fit", write_table("t.csv", X), *MEDIAN, "--out", "r", "--no-picture", "--save", model
    )
    assert "r/scores.csv is a directory" in line
    assert Path(model).read_bytes() == before


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("t.csv", "is read and would be replaced"),
        ("d", "d is a directory"),
        ("t.csv/m.robustgan", "t.csv is a file, not a directory. Name another with --save"),
    ],
)
def test_a_bad_place_for_a_model_is_refused_before_the_fit(refuse, X, monkeypatch, target, message):
    os.mkdir("d")
    monkeypatch.setattr(CoordinateMedian, "fit", None)
    assert message in refuse("fit", write_table("t.csv", X), *MEDIAN, "--save", target)


def test_model_and_table_cannot_have_one_name(refuse, X):
    options = ["--out", "r", "--no-picture", "--save", "r/scores.csv"]
    assert "one name" in refuse("fit", write_table("t.csv", X), *MEDIAN, *options)


# robustgan score


def test_rows_are_scored_as_by_the_estimator(run_json, model, data, new, fitted):
    found = run_json("score", model, data)
    assert found["scores"] == fitted.score_samples(new).tolist()
    assert found["offset"] == fitted.offset_
    flagged = np.flatnonzero(fitted.predict(new) == -1) + 1
    assert sorted(found["outlying_rows"]) == flagged.tolist()
    assert found["outlying_rows"][0] == np.argmin(fitted.score_samples(new)) + 1
    assert (found["model"], found["data"], found["estimator"]) == (model, data, "CoordinateMedian")
    assert (found["feature_names"], found["notes"], found["files"]) == (["a", "b", "c"], [], [])


def test_the_table_of_outlying_rows_has_scores_and_decisions(capsys, model, data, new, fitted):
    assert main(["score", model, data]) == 0
    out, err = capsys.readouterr()
    worst = int(np.argmin(fitted.score_samples(new)))
    assert err == ""
    assert "CoordinateMedian on new.csv: 20 rows, 3 features" in out
    assert re.search(r"row +┃ +score +┃ +decision", out)
    assert f"{fitted.decision_function(new)[worst]:.6g}" in out


def test_scores_are_written(capsys, model, data, new, fitted):
    assert main(["score", model, data, "--out", "deep/s.csv"]) == 0
    assert "Wrote deep/s.csv" in capsys.readouterr().out
    table = read_csv("deep/s.csv")
    assert list(table[0]) == ["row", "score", "decision", "is_outlier"]
    assert_array_equal([float(r["score"]) for r in table], fitted.score_samples(new))
    assert_array_equal([float(r["decision"]) for r in table], fitted.decision_function(new))
    assert_array_equal([r["is_outlier"] == "1" for r in table], fitted.predict(new) == -1)
    assert [int(r["row"]) for r in table] == list(range(1, 21))


def test_columns_are_found_by_name_and_others_ignored(run_json, capsys, model, new, fitted):
    text = [["c", "who", "a", "b"], *([row[2], "x", row[0], row[1]] for row in new.tolist())]
    with open("t.csv", "w") as file:
        csv.writer(file).writerows(text)
    found = run_json("score", model, "t.csv")
    assert found["scores"] == fitted.score_samples(new).tolist()
    assert found["notes"] == ["columns that the model does not have are ignored: 'who'"]
    assert found == run_json("score", model, "t.csv", "--columns", "b,a,c") | {
        "notes": found["notes"]
    }


def test_columns_of_other_names_can_be_listed(run_json, model, new, fitted):
    write_table("t.csv", new[:, ::-1], "w,v,u")
    found = run_json("score", model, "t.csv", "--columns", "u,v,w")
    assert found["scores"] == fitted.score_samples(new).tolist()
    assert found["notes"] == ["columns 'u', 'v', 'w' are taken for 'a', 'b', 'c'"]
    assert found["feature_names"] == ["a", "b", "c"]


def test_a_model_without_names_takes_columns_in_their_order(run_json, nameless, new, fitted):
    write_table("t.csv", new, "u,v,w")
    np.save("t.npy", new)
    for name in ("t.csv", "t.npy"):
        found = run_json("score", nameless, name)
        assert found["scores"] == fitted.score_samples(new).tolist()
        assert found["notes"] == []


def test_a_model_of_a_data_frame_scores_without_a_warning(run_json, X, new, data):
    pandas = pytest.importorskip("pandas")
    fitted = CoordinateMedian().fit(pandas.DataFrame(X, columns=["a", "b", "c"]))
    save_model(fitted, "f.robustgan")
    assert run_json("score", "f.robustgan", data)["notes"] == []


def test_known_outliers_are_counted(capsys, run_json, model, new, fitted):
    is_outlier = fitted.predict(new) == -1
    write_table("t.csv", np.column_stack([new, is_outlier]), "a,b,c,is_outlier")
    assert (
        run_json("score", model, "t.csv")["known_outlying_rows"]
        == (np.flatnonzero(is_outlier) + 1).tolist()
    )
    assert main(["score", model, "t.csv"]) == 0
    n = is_outlier.sum()
    assert f"{n} of the {n} known outliers are among them" in capsys.readouterr().out


def test_one_row_and_a_constant_column_can_be_scored(run_json, model, fitted):
    with open("t.csv", "w") as file:
        file.write("a,b,c\n1,2,3\n")
    assert run_json("score", model, "t.csv")["scores"] == fitted.score_samples([[1, 2, 3]]).tolist()


def test_a_model_from_a_machine_with_a_gpu_scores_here(run_json, fitted, data):
    save_model(fitted.set_params(device="cuda:7"), "g.robustgan")
    assert run_json("score", "g.robustgan", data)["n_samples"] == 20


def test_labels_are_those_of_the_estimator(capsys, run_json, model, data, monkeypatch):
    def choose(self, X):
        return np.where(np.arange(len(X)) == 3, -1, 1)

    monkeypatch.setattr(CoordinateMedian, "predict", choose)
    assert run_json("score", model, data)["outlying_rows"] == [4]
    assert main(["score", model, data]) == 0
    assert "1 of 20 rows are outlying: the model adjusts" in capsys.readouterr().out


def test_warnings_of_scoring_are_notes(run_json, model, data, monkeypatch):
    def warn(self, X):
        warnings.warn("strange rows", UserWarning, stacklevel=1)
        return np.ones(len(X))

    monkeypatch.setattr(CoordinateMedian, "predict", warn)
    assert run_json("score", model, data)["notes"] == ["strange rows"]


@pytest.mark.usefixtures("explained")
@pytest.mark.parametrize("command", [["score"], ["explain", "--row", "1"]])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent", "new.csv"], "cannot read absent: No such file"),
        (["d", "new.csv"], "cannot read d: Is a directory"),
        (["new.csv", "m.robustgan"], "new.csv is not a model of robustgan"),
        (["cut", "new.csv"], "cut is damaged or cut short"),
        (["m.robustgan", "absent.csv"], "there is no file absent.csv"),
        (["m.robustgan", "ab.csv"], "ab.csv has no column 'c'; it has 'a', 'b'. m.robustgan needs"),
        (["m.robustgan", "hbk"], "hbk has no column 'a'.*list the columns for 'a', 'b', 'c'"),
        (["m.robustgan", "text.csv"], "column 'b' must hold numbers, got 'x' in row 1"),
        (["m.robustgan", "missing.csv"], r"'b' is missing in row 2; fill or drop such rows\.$"),
        (["m.robustgan", "empty.csv"], "no rows"),
        (["m.robustgan", "new.csv", "--columns", "a,b"], "--columns leaves out 'c'"),
        (["m.robustgan", "other.csv", "--columns", "u,v"], "has 3 features, got 2 columns"),
        (["m.robustgan", "new.csv", "--columns", "u,v,w"], "no column 'u'"),
        (["n.robustgan", "four.npy"], "has 3 features, got 4 columns of four.npy. Choose 3 with"),
        (["m.robustgan"], "arguments are required: DATA"),
        ([], "arguments are required: MODEL, DATA"),
    ],
)
def test_a_bad_model_or_table_is_refused(
    refuse, model, nameless, data, new, command, arguments, message
):
    os.mkdir("d")
    with open(model, "rb") as whole, open("cut", "wb") as cut:
        cut.write(whole.read()[:500])
    write_table("ab.csv", new[:, :2], "a,b")
    write_table("other.csv", new, "u,v,w")
    np.save("four.npy", np.ones((5, 4)))
    for name, text in {
        "text.csv": "a,b,c\n1,x,2\n",
        "missing.csv": "a,b,c\n1,2,3\n1,,3\n",
        "empty.csv": "a,b,c\n",
    }.items():
        with open(name, "w") as file:
            file.write(text)
    assert re.search(message, refuse(*command[:1], *arguments, *command[1:]).rstrip())


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("s.txt", r"must name a file that ends in \.csv, got 's.txt'"),
        ("new.csv", "new.csv is read and would be replaced"),
        ("m.robustgan/s.csv", "m.robustgan is a file, not a directory"),
        ("d.csv", "d.csv is a directory"),
    ],
)
def test_a_bad_place_for_scores_is_refused(refuse, model, data, out, message):
    os.mkdir("d.csv")
    assert re.search(message, refuse("score", model, data, "--out", out))


# robustgan explain


@pytest.fixture(name="explained")
def faked_explanation(monkeypatch):
    """Squared deviations of the columns, and a p-value, whatever the estimator makes of them."""

    def contributions(self, X):
        return ((X - self.location_) / self.scale_) ** 2

    monkeypatch.setattr(CoordinateMedian, "feature_contributions", contributions, raising=False)
    monkeypatch.setattr(CoordinateMedian, "p_values", lambda self, X: [0.25], raising=False)


@pytest.mark.usefixtures("explained")
def test_a_row_is_explained_by_features_the_greatest_first(run_json, model, data, new, fitted):
    found = run_json("explain", model, data, "--row", "7")
    assert found["row"] == 7
    assert_allclose(found["score"], fitted.score_samples(new)[6])
    assert_allclose(found["decision"], fitted.decision_function(new)[6])
    assert found["is_outlier"] == (fitted.predict(new)[6] == -1)
    assert found["p_value"] == 0.25
    features = found["features"]
    contributions = [feature["contribution"] for feature in features]
    assert contributions == sorted(contributions, reverse=True)
    assert_allclose(sum(contributions), -found["score"])
    assert sorted(feature["feature"] for feature in features) == ["a", "b", "c"]
    for feature in features:
        j = "abc".index(feature["feature"])
        assert (feature["value"], feature["location"]) == (new[6, j], fitted.location_[j])


@pytest.mark.usefixtures("explained")
def test_an_explanation_is_printed(capsys, model, data, new, fitted):
    assert main(["explain", model, data, "--row", "1"]) == 0
    out = capsys.readouterr().out
    verdict = "outlying" if fitted.predict(new)[0] == -1 else "not outlying"
    assert f"Row 1 of new.csv is {verdict} by CoordinateMedian" in out
    assert f"score {fitted.score_samples(new)[0]:.6g}" in out
    assert "p-value 0.25" in out
    for text in ("feature", "contribution", "value", "location"):
        assert text in out


@pytest.mark.usefixtures("explained")
def test_of_many_features_the_first_are_printed(capsys, X):
    wide = np.random.default_rng(0).normal(size=(50, 35))
    save_model(CoordinateMedian().fit(wide), "w.robustgan")
    np.save("w.npy", wide)
    assert main(["explain", "w.robustgan", "w.npy", "--row", "50"]) == 0
    assert "... and 5 more features" in capsys.readouterr().out


@pytest.mark.parametrize(
    "estimator", ["jsgan", "jsgan-scatter", "coordinate-median", "geometric-median"]
)
def test_the_estimators_explain_their_scores(run_json, data, X, estimator):
    run_json("fit", write_table("t.csv", X), "--estimator", estimator, "--save", "m.robustgan")
    found = run_json("explain", "m.robustgan", data, "--row", "2")
    total = sum(feature["contribution"] for feature in found["features"])
    assert_allclose(total, -found["score"], rtol=1e-6)
    assert 0 < found["p_value"] <= 1


@pytest.mark.usefixtures("explained")
@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("21", "--row must be at most 20, the number of rows of new.csv, got 21"),
        ("0", "--row: must be an integer of at least 1, got '0'"),
        ("x", "--row: must be an integer"),
    ],
)
def test_a_bad_row_is_refused(refuse, model, data, row, message):
    assert message in refuse("explain", model, data, "--row", row)


def test_a_row_is_needed(refuse, model, data):
    assert "arguments are required: --row" in refuse("explain", model, data)


@pytest.mark.parametrize("command", ["fit", "score", "explain"])
def test_help_names_the_options(capsys, command):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    assert "MODEL" in out
    assert "--json" in out


def test_no_pandas_is_needed(monkeypatch, model, data):
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert main(["score", model, data]) == 0


def test_alpha_moves_the_cut_off_of_a_saved_fit(run_json, model, data):
    by_default = run_json("score", model, data)
    wider = run_json("score", model, data, "--alpha", "0.3")
    assert wider["offset"] > by_default["offset"]


def test_alpha_and_family_reach_the_fit(run_json, X):
    table = write_table("t.csv", X)
    few = run_json("fit", table, *MEDIAN, "--alpha", "0.001")
    many = run_json("fit", table, *MEDIAN, "--alpha", "0.4")
    assert few["offset"] < many["offset"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--family", "student"], "--family has no meaning for jsgan"),
        (["--alpha", "0.1", "--contamination", "0.1"], "contradict each other"),
        (["--alpha", "0.7"], "must lie in (0, 0.5]"),
        (["--alpha", "auto"], "must lie in (0, 0.5], got 'auto'"),
    ],
)
def test_options_that_will_not_do_are_refused(refuse, X, options, message):
    assert message in refuse("fit", write_table("t.csv", X), *options)
