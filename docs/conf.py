"""How Sphinx builds the documentation."""

import warnings
from typing import Any

from sklearn.exceptions import ConvergenceWarning
from sphinx.application import Sphinx

import robustgan

project = "robustgan"
author = "robustgan developers"
version = release = robustgan.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_heading_anchors = 3
# Members are documented by autodoc; numpydoc would ask for a page of each.
numpydoc_show_class_members = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "auto_gallery",
    "within_subsection_order": "ExampleTitleSortKey",
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    # Each example uses one thread.
    "parallel": 2,
}
# An example that has not settled is no example.
warnings.simplefilter("error", ConvergenceWarning)

exclude_patterns = ["_build", "gallery"]
html_theme = "pydata_sphinx_theme"
html_title = "robustgan"


def escape_shapes(
    app: Sphinx, what: str, name: str, obj: object, options: Any, lines: list[str]
) -> None:
    """Keep a shape such as ``(n_features_in_,)`` from being read as a link."""
    lines[:] = [line.replace("n_features_in_,)", r"n_features_in\_,)") for line in lines]


def setup(app: Sphinx) -> None:
    """Escape before numpydoc, which comes at the default priority of 500, parses."""
    app.connect("autodoc-process-docstring", escape_shapes, priority=400)
