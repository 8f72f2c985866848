"""paths.py LIBRARY MODE MORPHARENA names|32-bit: how the library is named. The command gives the loader an absolute path and refuses
what it can't express; a program of another ELF class starts as it does without us."""

import shutil
import subprocess
from pathlib import Path
from typing import Callable

from preload import arguments, expect, plain_environment, scratch, skip


def names(library: str, mode: str, morpharena: str, folder: Path, call: Callable):
    # A relative path, and programs that go elsewhere before they start others.
    shutil.copy(library, folder / "lib.so")
    (folder / "deep").mkdir()
    done = call(morpharena, "run", "--mode", mode, "--", "sh", "-c", "cd deep && cat /proc/self/maps", MORPHARENA_LIBRARY="./lib.so")
    expect(done.returncode == 0 and f"{folder}/lib.so" in done.stdout, f"a relative path: {done.returncode} {done.stderr}")
    expect("cannot be preloaded" not in done.stderr, f"the loader complains: {done.stderr}")

    # What LD_PRELOAD can't express.
    for name in ("a blank.so", "a:colon.so"):
        shutil.copy(library, folder / name)
        done = call(morpharena, "run", "--mode", mode, "--", "true", MORPHARENA_LIBRARY=str(folder / name))
        expect(done.returncode == 2 and done.stderr.count("\n") == 1 and name in done.stderr, f"{name}: {done.returncode} {done.stderr!r}")

    # The wrong class, told by the ELF header alone.
    wrong = bytearray(open(library, "rb").read())
    wrong[4] = 1
    (folder / "thirty-two.so").write_bytes(wrong)
    done = call(morpharena, "run", "--mode", mode, "--", "true", MORPHARENA_LIBRARY=str(folder / "thirty-two.so"))
    expect(done.returncode == 2 and "thirty-two.so" in done.stderr, f"the wrong class: {done.returncode} {done.stderr!r}")


def thirty_two_bit(library: str, mode: str, morpharena: str, folder: Path, call: Callable):
    """The loader leaves us out, with its own word, and the program runs."""
    (folder / "a.c").write_text("#include <stdio.h>\n#include <stdlib.h>\nint main(void) { free(malloc(9)); return !printf(\"%zu\\n\", sizeof(void*)); }\n")
    if call("gcc", "-m32", "-o", "a32", "a.c").returncode != 0 or call("./a32").returncode != 0:
        skip("gcc -m32 builds no program that runs here (package: gcc-multilib)")
    done = call(morpharena, "run", "--mode", mode, "--", "./a32", MORPHARENA_LIBRARY=library)
    expect(done.returncode == 0 and done.stdout == "4\n", f"-m32: {done.returncode} {done.stdout!r} {done.stderr!r}")


def main():
    library, mode, morpharena, what = arguments()
    folder = scratch()

    def call(*words, cwd=folder, **variables):
        return subprocess.run(words, cwd=cwd, env=plain_environment() | variables, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120, check=False)

    {"names": names, "32-bit": thirty_two_bit}[what](library, mode, morpharena, folder, call)


main()
