"""The import law: a room imports the ground floor and nothing else of ours."""

import ast
import importlib
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

SOURCE = Path(__file__).parent.parent / "src" / "trucewatch"
GROUND = {"core", "physics"}
JOINING = {"serve", "config", "pipeline", "cli", "__main__"}
PURE = {
    "core",
    "physics",
    "detect",
    "locate",
    "fuse",
    "coverage",
    "terms",
    "review",
    "release",
    "report",
    "scenario",
    "pledges",
}
EFFECTS = {
    "socket",
    "subprocess",
    "sqlite3",
    "urllib.request",
    "http",
    "requests",
    "random",
    "tempfile",
    "shutil",
    "os",
}
ROOMS = sorted(p.name for p in SOURCE.iterdir() if p.is_dir() and (p / "__init__.py").exists())
FILES = sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
        elif isinstance(node, ast.ImportFrom):
            pytest.fail(f"{path.name} uses a relative import; needed an absolute one")
    return names


def rooms_imported(path: Path) -> set[str]:
    return {n.split(".")[1] for n in imports(path) if n.startswith("trucewatch.")}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_room_imports_the_ground_floor_and_itself_only(path):
    room = room_of(path)
    if room in JOINING:
        return
    allowed = GROUND | {room}
    assert rooms_imported(path) <= allowed, f"{room} may import {sorted(allowed)}"


def test_physics_imports_nothing_of_ours():
    found = {f"{p.name}: {r}" for p in (SOURCE / "physics").rglob("*.py") for r in rooms_imported(p) - {"physics"}}
    assert not found


@pytest.mark.parametrize("path", [p for p in FILES if room_of(p) in PURE], ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_pure_room_imports_no_effect(path):
    found = {n for n in imports(path) for e in EFFECTS if n == e or n.startswith(e + ".")}
    assert not found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_module_grows_beyond_four_hundred_lines(path):
    assert path.read_text(encoding="utf-8").count("\n") <= 400


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_says_what_it_is_and_what_it_offers(room):
    tree = ast.parse((SOURCE / room / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)


def test_no_two_modules_import_each_other():
    graph = {name_of(p): {n for n in module_level(p) if n.startswith("trucewatch") and n != own_root(p)} for p in FILES}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"import cycle: {' -> '.join((*trail, name))}"
        if name in done:
            return
        for other in graph.get(name, ()):
            if other != name:
                visit(other, (*trail, name))
        done.add(name)

    for name in graph:
        visit(name, ())


def name_of(path: Path) -> str:
    return ".".join(("trucewatch", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")


def own_root(path: Path) -> str:
    return ".".join(("trucewatch", *path.relative_to(SOURCE).parent.parts))


def module_level(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


# A kernel compiled with fast arithmetic hands it on to the kernels that it calls, and numba keeps what it compiled: a
# function that tells unknown from known by NaN would then no longer do so for anybody.
@pytest.mark.parametrize(
    "path", [p for p in FILES if "fastmath=True" in p.read_text(encoding="utf-8")], ids=lambda p: p.name
)
def test_fast_arithmetic_does_not_leak_into_kernels_of_other_rooms(path):
    module = importlib.import_module(name_of(path))
    own = own_root(path)
    shared = {
        name for name, value in vars(module).items()
        if isinstance(value, Dispatcher) and not value.py_func.__module__.startswith(own)
    }  # fmt: skip
    assert not shared
