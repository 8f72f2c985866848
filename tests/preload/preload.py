"""What the drivers of this folder share: run a command with and without the library, and compare all that it left."""

import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable, NamedTuple

SKIPPED = 77  # meson's exit status for a test that could not run
HERE = Path(__file__).resolve().parent


class Outcome(NamedTuple):
    """What a command left behind."""

    status: int
    stdout: bytes
    stderr: bytes
    files: dict  # relative path -> bytes


def skip(reason: str):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def fail(reason: str):
    print(f"FAILED: {reason}")
    sys.exit(1)


def expect(truth: bool, reason: str):
    if not truth:
        fail(reason)


def need(program: str) -> str:
    """The program's path; the test is skipped where it is missing."""
    return shutil.which(program) or skip(f"{program} is not installed")


def find_n0() -> str:
    """n0 as $N0 or PATH give it; the test is skipped where it is missing."""
    return shutil.which(os.environ.get("N0") or "n0") or skip("n0 is neither in $N0 nor on PATH")


def arguments() -> list:
    """The command line; meson names files relative to its build folder, so those that exist become absolute."""
    return [os.path.realpath(a) if os.path.exists(a) and os.sep in a else a for a in sys.argv[1:]]


def scratch() -> Path:
    """An empty folder that goes away at the end."""
    folder = Path(tempfile.mkdtemp(prefix="morpharena-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


# Set by whoever runs the tests (meson sets the last two); a user's build has none of them.
NOT_OURS = re.compile(r"MORPHARENA_.*|LD_PRELOAD|LD_LIBRARY_PATH|MALLOC_PERTURB_")


def plain_environment() -> dict:
    """Ours without anything that concerns the library, in a locale whose messages do not vary."""
    kept = {name: value for name, value in os.environ.items() if not NOT_OURS.fullmatch(name)}
    return kept | {"LC_ALL": "C.UTF-8"}


def preloaded_environment(library: str, mode: str, **options: str) -> dict:
    """The library and the mode; `options` are further MORPHARENA_ variables. Mode 'default' sets no variable at all."""
    environment = plain_environment() | {"LD_PRELOAD": library}
    if mode != "default":
        environment["MORPHARENA_MODE"] = mode
    return environment | {f"MORPHARENA_{name}": str(value) for name, value in options.items()}


def files_below(folder: Path) -> dict:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def run(command: list, folder: Path, environment: dict, timeout: float = 300) -> Outcome:
    done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=timeout, check=False)
    return Outcome(done.returncode, done.stdout, done.stderr, files_below(folder))


def run_afresh(command: list, prepare: Callable[[Path], None], folder: Path, environment: dict) -> Outcome:
    """Runs in a folder of always the same name, since compilers write the name into their output."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    prepare(folder)
    return run(command, folder, environment)


def differences(plain: Outcome, other: Outcome) -> list:
    """One line for each thing that is not the same."""
    found = []
    for part in ("status", "stdout", "stderr"):
        if getattr(plain, part) != getattr(other, part):
            found.append(f"{part}: {getattr(plain, part)!r:.2000} became {getattr(other, part)!r:.2000}")
    for name in sorted(plain.files.keys() | other.files.keys()):
        if plain.files.get(name) != other.files.get(name):
            sizes = [len(o.files[name]) if name in o.files else "absent" for o in (plain, other)]
            found.append(f"file {name}: {sizes[0]} became {sizes[1]} bytes, or others of the same number")
    return found


def expect_same(what: str, plain: Outcome, other: Outcome):
    found = differences(plain, other)
    expect(not found, f"{what}: the library changed the run\n  " + "\n  ".join(found))


def expect_loaded(library: str, mode: str):
    """Guards the comparisons: a library that the loader refused would change nothing either."""
    maps = subprocess.run(["cat", "/proc/self/maps"], env=preloaded_environment(library, mode), capture_output=True,
                          check=True)
    expect(os.path.realpath(library).encode() in maps.stdout, f"{library} is not in the preloaded process")
    expect(maps.stderr == b"", f"the loader complains: {maps.stderr!r}")
