"""Bad input: one line that says what is wrong and how to mend it, status 2, nothing written."""

import os
import re
import sys

import numpy as np
import pytest

import robustgan.plots
from robustgan.cli import main
from robustgan.cli.delimited import read_delimited
from robustgan.cli.reading import read_table

MEDIAN = ["--estimator", "coordinate-median"]


@pytest.fixture
def refuse(capsys, tmp_path, monkeypatch):
    """Run, check that all that comes is one line and status 2, and return the line."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        before = sorted(os.listdir(tmp_path))
        try:
            status = main(list(map(str, arguments)))
        except SystemExit as stop:
            status = stop.code
        out, err = capsys.readouterr()
        assert (status, out) == (2, "")
        assert err.count("\n") == 1
        assert err.startswith("robustgan: ")
        assert sorted(os.listdir(tmp_path)) == before
        return err

    return run


@pytest.fixture
def write(tmp_path):
    def write(text, name="t.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def good(write):
    return write("a,b\n1,2\n2,5\n4,9\n")


CONTENTS = {
    "empty": ("", "is empty"),
    "blank": (" \n\n", "is empty"),
    "header only": ("a,b\n", "no rows"),
    "one row": ("a,b\n1,2\n", "1 row; an estimate needs at least 2"),
    "text": ("a,name,b\n1,x,2\n2,y,3\n", "'name' must hold numbers, got 'x' in row 1. .* a,b"),
    "nothing but text": ("name,place\nx,u\ny,v\n", "No other column will do"),
    "missing": ("a,b,c\n1,2,1\n2,,3\n3,4,4\n", "'b' is missing in row 2; .* --columns a,c"),
    "several missing": ("a,b\n1,NA\n2,\n3,4\n", "'b' is missing in row 1 and 1 more"),
    "infinite": ("a,b\n1,2\n2,inf\n3,4\n", "'b' is infinite in row 2"),
    "constant": ("a,b\n1,7\n2,7\n3,7\n", "'b' is constant, 7 in every row"),
    "ragged": ("a,b\n1,2\n2,3,4\n", "3 fields in line 3 where 2 are expected"),
    "decimal commas": ("a;b\n1,5;2\n2,5;3\n", "write decimal points"),
    "not UTF-8": (b"a,b\n1,\xff\n", "not text in UTF-8"),
    "zeros": (b"\0" * 40, "."),
}


@pytest.mark.parametrize("content", CONTENTS)
def test_a_bad_table_is_refused(refuse, write, content):
    text, message = CONTENTS[content]
    line = refuse("fit", write(text), *MEDIAN, "--out", "results")
    assert re.search(message, line)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent.csv"], "there is no file absent.csv"),
        (["no/such/file.csv"], "there is no file"),
        (["hkb"], "no file or shipped data set 'hkb'.* aircraft, breast_cancer, hbk"),
        (["t.xlsx"], r"Convert it to one of \.csv"),
        (["."], "data set|directory"),
        (["t.csv", "--columns", "a,z"], "no column 'z'; it has 'a', 'b'"),
        (["t.csv", "--columns", "a,,b"], "names between commas"),
        (["t.csv", "--columns", "a,a"], "each column once"),
        (["t.csv", "--seed", "-1"], "--seed: must be an integer of at least 0, got '-1'"),
        (["t.csv", "--seed", "x"], "--seed: must be an integer"),
        (["t.csv", "--contamination", "0.7"], r"auto or lie in \(0, 0.5\], got '0.7'"),
        (["t.csv", "--contamination", "much"], "auto or lie in"),
        (["t.csv", "--contamination", "nan"], "auto or lie in"),
        (["t.csv", "--estimator", "mean"], "invalid choice: 'mean'"),
        (["t.csv", "--device", "tpu"], "device must be one of those available.*got 'tpu'"),
        (["t.csv", "--covariance", "full"], "--covariance has no meaning"),
        (["t.csv", "--out", "t.csv"], "is a file, not a directory"),
        (["t.csv", "--out", "t.csv/deep"], "is a file, not a directory"),
        (["t.csv", "--wrong"], "unrecognized arguments: --wrong"),
        ([], "arguments are required: DATA"),
    ],
)
def test_a_bad_argument_of_fit_is_refused(refuse, good, write, arguments, message):
    write("PK", "t.xlsx")
    estimator = [] if "--estimator" in arguments else MEDIAN
    line = refuse("fit", *arguments, *estimator)
    assert re.search(message, line)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["shift6", "x.csv"], "DESIGN must be one of none, shift.1"),
        (["far", "x.xlsx"], "OUT must end in one of .csv"),
        (["far", "absent/x.csv"], "no directory absent"),
        (["far", "t.csv"], "t.csv exists. Name another file, or add --force"),
        (["far", "t.npy", "--labels"], "t.is_outlier.npy exists"),
        (["far", "x.csv", "--contamination", "0.5"], r"\[0, 0.5\), got 0.5"),
        (["far", "x.csv", "--contamination", "nan"], "must be finite"),
        (["far", "x.csv", "--n-samples", "0"], "--n-samples: must be an integer of at least 1"),
        (["far", "x.csv", "--n-features", "1.5"], "--n-features: must be an integer"),
        (["far", "x.csv", "--seed", "-3"], "--seed: must be an integer"),
    ],
)
def test_a_bad_argument_of_simulate_is_refused(refuse, good, write, arguments, message):
    write("", "t.is_outlier.npy")
    line = refuse("simulate", *arguments)
    assert re.search(message, line)


def test_a_command_is_needed(refuse):
    assert "COMMAND" in refuse()


def test_a_directory_with_an_extension_is_no_file(refuse, tmp_path):
    (tmp_path / "d.csv").mkdir()
    assert "is a directory" in refuse("fit", "d.csv")


ARRAYS = {
    "one-dimensional": (np.arange(5.0), "two-dimensional array.*shape"),
    "complex": (np.ones((3, 2), dtype=complex), "real numbers, got an array of type complex128"),
    "text": (np.array([["a"], ["b"]]), "real numbers"),
    "objects": (np.array([[None], [1]]), "not an array of numbers"),
    "missing": (np.array([[1, 2], [3, np.nan], [2, 5]]), "'x2' is missing in row 2"),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_a_bad_array_is_refused(refuse, tmp_path, kind):
    array, message = ARRAYS[kind]
    np.save(tmp_path / "x.npy", array, allow_pickle=True)
    assert re.search(message, refuse("fit", "x.npy", *MEDIAN))


@pytest.mark.parametrize("name", ["x.npy", "x.npz", "x.parquet"])
@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 cut", b"\x93NUMPY"])
def test_a_broken_binary_file_is_refused(refuse, write, name, content):
    assert name in refuse("fit", write(content, name), *MEDIAN)


def test_an_archive_of_several_arrays_needs_one_called_x(refuse, tmp_path):
    np.savez(tmp_path / "x.npz", a=np.eye(3), b=np.eye(3))
    assert "one called X, got a, b" in refuse("fit", "x.npz", *MEDIAN)


def test_text_in_parquet_is_refused_by_name(refuse, tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pa.table({"a": [1, 2], "who": [None, "x"]}), tmp_path / "x.parquet")
    assert "'who' must hold numbers, got 'x' in row 2" in refuse("fit", "x.parquet", *MEDIAN)


def test_parquet_without_pyarrow_names_the_extra(refuse, write, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    line = refuse("fit", write(b"PAR1", "x.parquet"))
    assert "pip install 'robustgan[data]'" in line


def test_simulating_parquet_without_pyarrow_writes_nothing(refuse, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "pip install 'robustgan[data]'" in refuse("simulate", "far", "x.parquet")


def test_a_picture_without_matplotlib_names_the_extra(refuse, good, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    line = refuse("fit", good, *MEDIAN, "--out", "results")
    assert "pip install 'robustgan[plot]'" in line
    assert "--no-picture" in line


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is unreadable to root")
def test_an_unreadable_file_is_refused(refuse, good):
    good.chmod(0)
    assert "cannot read" in refuse("fit", good, *MEDIAN)


def test_a_picture_that_fails_leaves_no_half_of_the_files(refuse, good, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(robustgan.plots, "fit_picture", fail)
    line = refuse("fit", good, *MEDIAN, "--out", "results")
    assert "No space left on device" in line


def test_a_failure_keeps_the_files_of_an_earlier_run(refuse, good, tmp_path, monkeypatch):
    out = tmp_path / "results"
    out.mkdir()
    (out / "scores.csv").write_text("earlier")
    (out / "locations.csv").mkdir()
    assert "is a directory" in refuse("fit", good, *MEDIAN, "--out", out)
    assert (out / "scores.csv").read_text() == "earlier"
    assert sorted(os.listdir(out)) == ["locations.csv", "scores.csv"]


GOOD_TEXTS = {
    "plain": ("a,b\n1,2\n3,4\n", ["a", "b"]),
    "no header": ("1,2\n3,4\n", ["x1", "x2"]),
    "semicolons": ("a;b\n1;2\n3;4\n", ["a", "b"]),
    "tabs": ("a\tb\n1\t2\n3\t4\n", ["a", "b"]),
    "blanks": ("a   b\n 1  2\n 3  4 \n", ["a", "b"]),
    "bars": ("a|b\n1|2\n3|4\n", ["a", "b"]),
    "byte-order mark": ("\ufeffa,b\n1,2\n3,4\n", ["a", "b"]),
    "Windows": ("a,b\r\n1,2\r\n3,4\r\n", ["a", "b"]),
    "quoted names": ('"a, the first","b"\n1,2\n3,4\n', ["a, the first", "b"]),
    "quoted numbers": ('"a","b"\n"1","2"\n"3","4"\n', ["a", "b"]),
    "write.csv of R": ('"","a","b"\n"one",1,2\n"two",3,4\n', ["a", "b"]),
    "write.table of R": ('"a" "b"\n"1" 1 2\n"2" 3 4\n', ["a", "b"]),
    "an unnamed column": ("a,\n1,2\n3,4\n", ["a", "column 2"]),
    "names that look like numbers": ("a,2020\n1,2\n3,4\n", ["a", "2020"]),
    "blank lines": ("\na,b\n\n1,2\n3,4\n\n", ["a", "b"]),
    "no last line end": ("a,b\n1,2\n3,4", ["a", "b"]),
}


@pytest.mark.parametrize("kind", GOOD_TEXTS)
def test_text_is_read_as_people_write_it(write, kind):
    text, names = GOOD_TEXTS[kind]
    columns, _ = read_delimited(write(text))
    assert [column.name for column in columns] == names
    assert [column.values.tolist() for column in columns] == [[1, 3], [2, 4]]


def test_one_column_needs_no_delimiter(write):
    columns, _ = read_delimited(write("a\n1.5\n2\n"))
    assert [column.values.tolist() for column in columns] == [[1.5, 2]]


def test_a_row_of_text_is_not_lost_as_a_header(write):
    columns, _ = read_delimited(write("u,1,2\nv,3,4\n"))
    assert columns[0].text == (1, "u")
    assert len(columns[1].values) == 2


def test_truth_values_are_numbers(write):
    columns, _ = read_delimited(write("a,b\n1,True\n2,FALSE\n"))
    assert columns[1].values.tolist() == [1, 0]


def test_row_names_are_noted(write):
    _, notes = read_delimited(write(",a\nr1,1\nr2,2\n"))
    assert "row names" in notes[0]


def test_numbers_keep_all_their_digits(write):
    values = np.random.default_rng(0).normal(size=(20, 2)) * [1e-9, 1e9]
    text = "a,b\n" + "\n".join(",".join(map(repr, row)) for row in values.tolist())
    assert np.array_equal(read_table(str(write(text))).X, values)


def test_a_column_called_is_outlier_can_be_asked_for(write):
    path = str(write("a,is_outlier\n1,0\n2,1\n4,0\n"))
    assert read_table(path).feature_names == ["a"]
    assert read_table(path, ["is_outlier", "a"]).feature_names == ["is_outlier", "a"]


def test_pandas_writes_what_is_read(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 7.0]}, index=["p", "q", "r"])
    frame.to_csv(tmp_path / "t.csv")
    frame.to_parquet(tmp_path / "t.parquet")
    for name in ("t.csv", "t.parquet"):
        table = read_table(str(tmp_path / name))
        assert table.feature_names == ["a", "b"]
        assert table.X.tolist() == frame.to_numpy().tolist()
