"""The parts of the adapter as modules, loaded by path under their names in a worker."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ADAPTER = Path(__file__).resolve().parent.parent / "checks" / "adapter.py"


def part(name: str) -> ModuleType:
    """A module of checks/inside. It is the same one that the adapter itself would load."""
    full = f"gradus_course_{name}"
    if full not in sys.modules:
        _load(full, ADAPTER.parent / "inside" / f"{name}.py")
    return sys.modules[full]


def adapter() -> ModuleType:
    """checks/adapter.py under a name of its own."""
    full = "gradus_course_adapter_under_test"
    return sys.modules.get(full) or _load(full, ADAPTER)


def _load(full: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(full, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[full] = module
    spec.loader.exec_module(module)
    return module
