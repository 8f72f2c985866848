"""configure.py LIBRARY MODE: a configure script finds the same, though it reads stderr."""

from preload import HERE, arguments, expect, expect_loaded, expect_same, plain_environment, preloaded_environment
from preload import run_afresh, scratch


def main():
    library, mode = arguments()
    expect_loaded(library, mode)
    folder = scratch() / "work"
    command = ["sh", str(HERE / "programs/probe.sh")]
    plain = run_afresh(command, lambda _: None, folder, plain_environment())
    expect(plain.status == 0 and b"#define HAVE_MALLOC 1" in plain.files["config.h"], f"the probe fails: {plain!r}")
    expect(b"#undef HAVE_NO_SUCH_CALL" in plain.files["config.h"], "the probe finds a call that is not there")
    other = run_afresh(command, lambda _: None, folder, preloaded_environment(library, mode))
    expect_same("the probe", plain, other)
    print(plain.stdout.decode())


main()
