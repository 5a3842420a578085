"""The house of DESIGN: what may import what, how large a room may be, what is where."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "robustgan"
FLOORS = {
    "_bridge": 0,
    "objectives": 1,
    "networks": 1,
    "depth": 1,
    "distances": 1,
    "contamination": 1,
    "engine": 2,
    "estimators": 3,
    "generative": 3,
    "recovery": 3,
    "diagnostics": 3,
    "plots": 4,
    "cli": 5,
}
TOP_LEVEL = {
    "benchmarks",
    "CHANGELOG.md",
    "docs",
    "LICENSE",
    "pyproject.toml",
    "README.md",
    "robustgan",
    "tests",
}
# What the README's commands and the build leave behind, which git ignores.
LEFT_BEHIND = {"build", "dist", "results"}
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOMS = [module for module in MODULES if module != PACKAGE / "__init__.py"]


def label(module):
    return str(module.relative_to(PACKAGE))


def room_of(module):
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def tree_of(module):
    return ast.parse(module.read_text(encoding="utf-8"))


def imported(tree):
    """Names of all modules that are imported anywhere, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            # ``from robustgan import plots`` imports a room, too.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported(module):
    for name in imported(tree_of(module)):
        first, *rest = name.split(".")
        if first == "robustgan" and rest and rest[0] in FLOORS:
            yield rest[0]


every_module = pytest.mark.parametrize("module", MODULES, ids=label)
every_room = pytest.mark.parametrize("module", ROOMS, ids=label)


def test_the_top_level_is_the_designs():
    names = {entry.name for entry in ROOT.iterdir() if not entry.name.startswith(".")}
    assert names - LEFT_BEHIND == TOP_LEVEL


def test_the_package_holds_the_designs_rooms_only():
    names = {
        entry.name.removesuffix(".py") for entry in PACKAGE.iterdir() if entry.name[:2] != "__"
    }
    assert names - {"py.typed"} <= set(FLOORS)


@every_room
def test_imports_go_down_only_never_sideways(module):
    room = room_of(module)
    others = set(rooms_imported(module)) - {room}
    assert {other: FLOORS[other] for other in others if FLOORS[other] >= FLOORS[room]} == {}


@every_module
def test_imports_are_absolute(module):
    levels = [node.level for node in ast.walk(tree_of(module)) if isinstance(node, ast.ImportFrom)]
    assert set(levels) <= {0}


@every_module
def test_only_plots_imports_matplotlib(module):
    names = {name.split(".")[0] for name in imported(tree_of(module))}
    assert "matplotlib" not in names or room_of(module) == "plots"


@every_module
def test_matplotlib_is_imported_only_when_something_is_drawn(module):
    body = tree_of(module).body
    at_import = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {name for node in at_import for name in imported(node)}
    assert not any(name.startswith("matplotlib") for name in names)


@pytest.mark.parametrize("module", [m for m in ROOMS if room_of(m) in {"cli", "plots"}], ids=label)
def test_the_command_line_and_the_pictures_use_public_names(module):
    own = [name for name in imported(tree_of(module)) if name.startswith("robustgan.")]
    private = {name for name in own if any(part[:1] == "_" for part in name.split("."))}
    assert private == set()


@every_module
def test_nothing_is_asserted_outside_tests(module):
    assert not any(isinstance(node, ast.Assert) for node in ast.walk(tree_of(module)))


@every_module
def test_a_module_has_at_most_400_lines(module):
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 400


@every_module
def test_a_function_has_at_most_60_lines_of_code(module):
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree_of(module)):
        if isinstance(node, functions):
            documented = ast.get_docstring(node) is not None
            first = node.body[0].end_lineno + 1 if documented else node.lineno
            assert node.end_lineno - first < 60, node.name


@every_module
def test_no_room_is_a_drawer(module):
    assert module.stem not in {"utils", "helpers", "misc", "common", "tools"}


def test_the_generators_of_the_whole_process_are_left_alone():
    forbidden = ("np.random.seed", "torch.manual_seed", "torch.cuda.manual_seed")
    offending = [label(m) for m in MODULES if any(f in m.read_text("utf-8") for f in forbidden)]
    assert offending == []


def test_simulation_and_estimators_do_not_know_each_other():
    for module in ROOMS:
        pair = {room_of(module), *rooms_imported(module)}
        assert not {"contamination", "estimators"} <= pair or room_of(module) == "cli"


def test_the_documented_tree_names_every_room():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {room_of(module) for module in ROOMS}
    assert {room for room in rooms if f"{room}.py" not in text and f"{room}/" not in text} == set()
