"""identity.py LIBRARY MODE WHAT: a build gives the same files, output and exit status with and without the library."""

from pathlib import Path

from preload import arguments, expect, expect_loaded, expect_same, find_n0, need, plain_environment
from preload import preloaded_environment, run_afresh, scratch
from sources import ASSEMBLY, BAD_C, FOX, GOOD_C, GOOD_CXX, UNRESOLVED_C, numbered_c

FILES = 50
PCH = "#include <map>\n#include <string>\n"


def writer(**files: str):
    """A function that writes these files; `main_c` stands for main.c."""

    def write(folder: Path):
        for name, text in files.items():
            (folder / name.replace("_", ".")).write_text(text)

    return write


def write_tree(folder: Path):
    for i in range(FILES):
        (folder / f"f{i}.c").write_text(numbered_c(i))
    (folder / "main.c").write_text(f"int f{FILES - 1}(int);\nint main(void) {{ return f{FILES - 1}(3) == 0; }}\n")
    objects = " ".join(f"f{i}.o" for i in range(FILES))
    (folder / "Makefile").write_text(f"all: prog\nprog: main.o libf.a\n\tgcc -o $@ main.o libf.a\n"
                                     f"libf.a: {objects}\n\tar rcD $@ $^\n%.o: %.c\n\tgcc -O1 -c -o $@ $<\n")


def cases(what: str) -> list:
    """(name, command, what writes its input, whether it succeeds)"""
    good, cxx = writer(main_c=GOOD_C), writer(main_cpp=GOOD_CXX)
    if what == "gcc":
        return [("gcc", ["gcc", "-O2", "-g", "-o", "prog", "main.c"], good, True),
                ("gcc -save-temps", ["gcc", "-O2", "-g", "-save-temps", "-o", "prog", "main.c"], good, True)]
    if what == "gxx":
        return [("g++", ["g++", "-O2", "-o", "prog", "main.cpp"], cxx, True)]
    if what == "pch":  # gcc maps one at a fixed address; no two runs write the same, so that what is built with it tells
        script = "g++ -std=c++20 -x c++-header all.h && g++ -std=c++20 -Winvalid-pch -include all.h -H -c main.cpp && rm all.h.gch"
        return [("g++ with a precompiled header", ["sh", "-c", script], writer(all_h=PCH, main_cpp=GOOD_CXX), True)]
    if what == "clang":
        return [("clang", [need("clang"), "-O2", "-o", "prog", "main.c"], good, True),
                ("clang, errors", ["clang", "-O2", "-Wall", "-c", "main.c"], writer(main_c=BAD_C), False)]
    if what == "make":
        return [("make -j2", ["make", "-j2"], write_tree, True)]
    if what == "n0":
        return [("n0 build", [find_n0(), "build", "prog.fox"], writer(prog_fox=FOX), True)]
    if what == "binutils":
        script = "as -o a.o a.s && ld -o a a.o && ar rcD liba.a a.o && ar t liba.a && ./a"
        return [("as, ld, ar", ["sh", "-c", script], writer(a_s=ASSEMBLY), True)]
    if what == "errors":
        link = "gcc -c main.c && gcc -o prog main.o"
        return [("gcc, errors", ["gcc", "-O2", "-Wall", "-c", "main.c"], writer(main_c=BAD_C), False),
                ("gcc, unresolved", ["sh", "-c", link], writer(main_c=UNRESOLVED_C), False),
                ("gcc, no such file", ["gcc", "-c", "absent.c"], writer(), False)]
    raise SystemExit(f"identity.py: unknown case '{what}'")


def main():
    library, mode, what = arguments()
    expect_loaded(library, mode)
    folder = scratch() / "work"
    for name, command, prepare, succeeds in cases(what):
        plain = run_afresh(command, prepare, folder, plain_environment())
        expect(what != "pch" or b"! ./all.h.gch" in plain.stderr, f"{name}: the header is not used: {plain.stderr!r}")
        expect((plain.status == 0) == succeeds, f"{name}: status {plain.status} without the library: {plain.stderr!r}")
        other = run_afresh(command, prepare, folder, preloaded_environment(library, mode))
        if what == "make":  # two jobs at once: the order of make's lines is open
            plain, other = (o._replace(stdout=b"\n".join(sorted(o.stdout.split(b"\n")))) for o in (plain, other))
        expect_same(name, plain, other)
        print(f"{name}: the same, {len(plain.files)} files")


main()
