"""descriptors.py LIBRARY MODE: the library keeps no file descriptor open, and lives on when all are closed."""

import os
import subprocess

from preload import HERE, arguments, expect, expect_loaded, plain_environment, preloaded_environment, scratch


def main():
    library, mode = arguments()
    expect_loaded(library, mode)
    folder = scratch()
    program = str(folder / "descriptors")
    subprocess.run(["gcc", "-O1", "-pthread", "-o", program, str(HERE / "programs/descriptors.c")], check=True)
    (folder / "records").mkdir()

    job_server = os.pipe()  # as make hands it on: two inherited descriptors that a library must not disturb

    def run(environment: dict) -> subprocess.CompletedProcess:
        return subprocess.run([program], env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                              pass_fds=job_server, check=False)

    plain = run(plain_environment())
    expect(plain.returncode == 0, f"without the library: {plain.stderr!r}")
    statistics = {"RUN_DIR": folder / "records", "STATS": folder / "%e.%p.%n.json"}
    for what, options in (("alone", {}), ("with a record and a dump", statistics)):
        other = run(preloaded_environment(library, mode, **options))
        for part in ("returncode", "stdout", "stderr"):
            was, is_now = getattr(plain, part), getattr(other, part)
            expect(was == is_now, f"{what}: {part} was {was!r} and is {is_now!r}")
        print(f"{what}: the same descriptors")


main()
