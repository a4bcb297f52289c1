"""The files of the repository, as git knows them."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class NotACheckoutError(RuntimeError):
    """These tests read what git tracks, and there is no repository here."""


@cache
def repository_files() -> tuple[Path, ...]:
    """List the files that are in the repository or would be added to it."""
    listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        # a checkout owned by another user than the one who tests is still a checkout
        ["git", "-c", "safe.directory=*", *listing],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        raise NotACheckoutError(f"{ROOT} is no git checkout: {listed.stderr.strip()}")
    names = sorted(set(filter(None, listed.stdout.split("\0"))))
    return tuple(path for name in names if (path := ROOT / name).is_file())


def python_files() -> tuple[Path, ...]:
    """List the modules that people wrote and read: no migrations, nothing vendored."""
    return tuple(
        path
        for path in repository_files()
        if path.suffix == ".py" and not {"vendor", "versions"} & set(path.parts)
    )


def short(path: Path) -> str:
    """Return the path as the repository names it."""
    return path.relative_to(ROOT).as_posix()
