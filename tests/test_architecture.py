"""The house: who imports whom, no float, no module or function too long, no test skipped."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("entrypoints", "invoices", "billing", "metering")
CORE = LAYERS[1:]
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60


def modules(*folders: str) -> list[Path]:
    """The modules of some folders."""
    found = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    assert found
    return found


def parsed(file: Path) -> ast.Module:
    """A module's syntax."""
    return ast.parse(file.read_text(encoding="utf-8"))


def name(file: Path) -> str:
    """A module as a person would call it."""
    return str(file.relative_to(ROOT))


def checked_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of a tree."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the tree, to add a breach to."""
    for folder in LAYERS:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_imports_run_one_way() -> None:
    """entrypoints → invoices → billing → metering."""
    outcome = checked_imports(ROOT)
    assert outcome.returncode == 0, outcome.stdout


def test_an_untouched_copy_passes(copy: Path) -> None:
    """So that what the next test finds is the breach alone."""
    assert checked_imports(copy).returncode == 0


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ("metering/calendar.py", "billing.money"),
        ("billing/money.py", "invoices.tables"),
        ("invoices/tables.py", "entrypoints.settings"),
        ("metering/calendar.py", "entrypoints.settings"),
    ],
)
def test_a_planted_breach_is_caught(copy: Path, lower: str, upper: str) -> None:
    """One import upwards."""
    module = copy / lower
    module.write_text(module.read_text(encoding="utf-8") + f"\nimport {upper}\n", encoding="utf-8")
    outcome = checked_imports(copy)
    assert outcome.returncode == 1
    planted = lower.removesuffix(".py").replace("/", ".")
    assert f"{planted} -> {upper}" in outcome.stdout


def floats(tree: ast.AST) -> Iterator[int]:
    """The lines on which a module makes or names a float."""
    for node in ast.walk(tree):
        literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
        if literal or (isinstance(node, ast.Call) and _called(node) in ("float", "Float64")):
            yield getattr(node, "lineno", 0)


def _called(node: ast.Call) -> str:
    function = node.func
    return getattr(function, "id", "") or getattr(function, "attr", "")


def test_no_number_is_a_float() -> None:
    """One way to make a number: exact."""
    found = [f"{name(file)}:{line}" for file in modules(*CORE) for line in floats(parsed(file))]
    assert found == []


@pytest.mark.parametrize("source", ["x = 0.5", "x = float('1')", "x = 1e3", "f(pl.Float64())"])
def test_a_planted_float_is_caught(source: str) -> None:
    """A literal, a call, an exponent."""
    assert list(floats(ast.parse(source))) == [1]


def test_no_module_is_too_long() -> None:
    """At most 400 lines."""
    lengths = {
        name(file): len(file.read_text(encoding="utf-8").splitlines()) for file in modules(*LAYERS)
    }
    assert {key: own for key, own in lengths.items() if own > LONGEST_MODULE} == {}


def too_long(tree: ast.AST) -> list[str]:
    """The functions of more than 60 lines."""
    return [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]


def test_no_function_is_too_long() -> None:
    """At most 60 lines."""
    assert [f"{name(f)}: {own}" for f in modules(*LAYERS) for own in too_long(parsed(f))] == []


def test_a_planted_long_function_is_caught() -> None:
    """60 lines pass, 61 do not."""
    for lines, found in ((59, []), (60, ["f"])):
        source = "def f():\n" + "    pass\n" * lines
        assert too_long(ast.parse(source)) == found


def test_every_package_says_what_it_is_for() -> None:
    """In the docstring of its __init__.py."""
    packages = [file for file in modules(*LAYERS) if file.name == "__init__.py"]
    assert [name(file) for file in packages if not ast.get_docstring(parsed(file))] == []


def test_the_core_reads_no_clock() -> None:
    """Time is an argument."""
    clocks = ("now", "today", "utcnow", "time_ns", "monotonic")
    found = [
        f"{name(file)}:{node.lineno}"
        for file in modules(*CORE)
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Call) and _called(node) in clocks
    ]
    assert found == []


ESCAPES = ("skip", "skipif", "importorskip", "xfail", "skipTest")


def escapes(tree: ast.AST) -> list[str]:
    """The ways in which a test lets itself off."""
    return [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ESCAPES
    ]


MAY_BE_SKIPPED = ["tests/test_pdfa.py: skip"]
"""veraPDF needs Java and Maven Central, which not every machine has. What it judges is tested
without it too, in tests/test_invoice_pdf.py, and a skip is printed with its reason."""


def test_no_test_is_skipped() -> None:
    """A test that does not run proves nothing."""
    found = [f"{name(file)}: {own}" for file in modules("tests") for own in escapes(parsed(file))]
    assert found == MAY_BE_SKIPPED


def test_a_planted_skip_is_caught() -> None:
    """As a mark, and as a call."""
    source = "@pytest.mark.skip\ndef test(): pytest.importorskip('x')"
    assert sorted(escapes(ast.parse(source))) == ["importorskip", "skip"]
