"""Measure everything in one run, print it, and write docs/benchmarks.md."""

import importlib
import os
import pkgutil
import platform
import re
import sys
import time
from pathlib import Path
from types import ModuleType

import click

from tests import benchmarks

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"


def main(wanted: list[str]) -> None:
    """Run the benchmarks named, or all; only a run of all of them is written down."""
    found = [info.name for info in pkgutil.iter_modules(benchmarks.__path__)]
    names = [name for name in found if name != "__main__" and not name.startswith("_")]
    unknown = set(wanted) - set(names)
    if unknown:
        sys.exit(f"No benchmark is called {', '.join(unknown)}; there are: {names}")
    lines = _head()
    for name in wanted or names:
        module = importlib.import_module(f"tests.benchmarks.{name}")
        lines += _measure(module)
    if not wanted:
        PAGE.write_text("\n".join(lines).rstrip() + "\n", "utf-8")
        click.echo(f"written to {PAGE.name}", err=True)


def _measure(module: ModuleType) -> list[str]:
    lines: list[str] = []

    def report(line: str) -> None:
        lines.append(line)
        click.echo(line)

    report(f"## {module.TITLE}")
    report("")
    started = time.perf_counter()
    module.run(report)
    report("")
    report(f"Measured in {time.perf_counter() - started:.0f} s.")
    report("")
    return lines


def _head() -> list[str]:
    machine = (
        f"{_processor()}, {os.cpu_count()} cores, {_memory()}; {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}"
    )
    return [
        "# Measurements",
        "",
        "Printed by `make bench`: one run, one machine. Compare within a table.",
        "",
        f"Machine: {machine}.",
        "",
    ]


def _processor() -> str:
    facts = Path("/proc/cpuinfo").read_text("utf-8")
    found = re.search(r"^model name\s*:\s*(.+)$", facts, re.MULTILINE)
    return found[1] if found else platform.machine()


def _memory() -> str:
    facts = Path("/proc/meminfo").read_text("utf-8")
    found = re.search(r"^MemTotal:\s*(\d+) kB$", facts, re.MULTILINE)
    return f"{int(found[1]) / 1024**2:.0f} GiB" if found else "memory unknown"


if __name__ == "__main__":
    main(sys.argv[1:])
