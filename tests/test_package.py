"""The package as a whole: light to import, one version, documented, as the README says."""

import importlib
import re
import subprocess
import sys
from importlib import metadata

import pytest

import robustgan

PUBLIC = [name for name in robustgan.__all__ if name != "__version__"]


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize(
    "code",
    [
        "import robustgan",
        "import robustgan; dir(robustgan)",
        "import robustgan.cli",
        "import robustgan.plots",
        "import contextlib, robustgan.cli\n"
        "with contextlib.suppress(SystemExit): robustgan.cli.main(['fit', '--help'])",
    ],
    ids=["package", "dir", "cli", "plots", "help"],
)
def test_importing_loads_neither_torch_nor_matplotlib(code):
    loaded = run(code + "\nimport sys; print('torch' in sys.modules, 'matplotlib' in sys.modules)")
    assert loaded.splitlines()[-1] == "False False"


def test_the_version_is_one():
    assert re.fullmatch(r"\d+\.\d+\.\d+", robustgan.__version__)


def test_the_installed_version_is_the_packages():
    try:
        installed = metadata.version("robustgan")
    except metadata.PackageNotFoundError:
        pytest.skip("robustgan runs from its folder")
    assert installed == robustgan.__version__


def test_the_changelog_knows_the_version_or_what_is_unreleased(root):
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in text or f"## [{robustgan.__version__}]" in text


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_there_and_documented(name):
    thing = getattr(robustgan, name)
    assert thing.__doc__
    assert name in dir(robustgan)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'JSGAN'"):
        robustgan.JSGAN  # noqa: B018


def test_public_names_keep_their_identity():
    module = importlib.import_module("robustgan.estimators.medians")
    assert robustgan.CoordinateMedian is module.CoordinateMedian


@pytest.mark.parametrize("which", ["main", "test"])
def test_the_readmes_commands_are_one_line_each(root, which):
    text = (root / "README.md").read_text(encoding="utf-8")
    found = re.findall(rf"<!-- {which}-command -->\n```bash\n(.*?)\n```", text, re.DOTALL)
    assert len(found) == 1
    assert "\n" not in found[0]


def test_the_readme_names_files_that_are_there(root):
    text = (root / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    missing = [link for link in links if "://" not in link and not (root / link).exists()]
    assert missing == []


def test_the_package_is_typed(root):
    assert (root / "robustgan" / "py.typed").exists()
