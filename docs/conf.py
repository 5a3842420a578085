"""How Sphinx builds the documentation."""

from typing import Any

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
]
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_heading_anchors = 3
# Members are documented by autodoc; numpydoc would ask for a page of each.
numpydoc_show_class_members = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"

exclude_patterns = ["_build"]
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
