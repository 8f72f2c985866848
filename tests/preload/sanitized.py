"""sanitized.py LIBRARY MODE MORPHARENA: a program with a sanitizer brings an allocator that must come first: the command leaves it alone."""

import subprocess

from preload import arguments, expect, plain_environment, scratch, skip

GOOD = "#include <stdlib.h>\nint main(void) { free(malloc(9)); return 7; }\n"
BAD = "#include <stdlib.h>\nint main(void) { char *p = malloc(9); free(p); return p[3]; }\n"


def main():
    library, mode, morpharena = arguments()
    folder = scratch()
    environment = plain_environment() | {"MORPHARENA_LIBRARY": library}

    def call(*words):
        return subprocess.run(words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120, check=False)

    for name, text in (("good", GOOD), ("bad", BAD)):
        (folder / f"{name}.c").write_text(text)
        if call("gcc", "-fsanitize=address", "-g", "-o", name, f"{name}.c").returncode != 0 or call("./good").returncode != 7:
            skip("gcc -fsanitize=address builds no program that runs here")
    done = call(morpharena, "run", "--mode", mode, "--", "./good")
    expect("(exit status 7)" in done.stderr, f"good: {done.returncode} {done.stderr}")
    said = [line for line in done.stderr.splitlines() if "libasan.so" in line and "good" in line]
    expect(len(said) == 1, f"it should say in one line that ./good is left alone: {done.stderr}")
    # The sanitizer still does its work.
    done = call(morpharena, "run", "--mode", mode, "--", "./bad")
    expect(done.returncode == 1 and "heap-use-after-free" in done.stderr, f"bad: {done.returncode} {done.stderr}")
    for words in (("compare", "--runs", "2", "--allocators", f"glibc,{mode}"), ("profile", "--mode", mode)):
        done = call(morpharena, *words, "--", "./good")
        expect(done.returncode == 2 and done.stderr.count("\n") == 1 and "libasan.so" in done.stderr,
               f"{words[0]}: {done.returncode} {done.stderr}")


main()
