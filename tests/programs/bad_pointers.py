"""What becomes of each bad pointer in each mode, without MORPHARENA_CHECK and with it: the tables of docs/hardening.md.

bad_pointers.py LIBRARY READER PROGRAM PAGE [--update]

Runs PROGRAM (bad_pointers.c) once a kind, mode and setting. READER prints a run directory as JSON. Without --update: prints
what differs from the tables in PAGE; exit code 1 when something does.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

LIBRARY, READER, PROGRAM, PAGE = (str(Path(word).resolve()) for word in sys.argv[1:5])
MODES = ["arena", "pool", "adaptive", "system"]
POOL_OF_ADAPTIVE = {"MORPHARENA_BUDGET": "64K"}
PATIENCE = 60
TWICE = 3

KINDS = {
    "none": "(nothing wrong is done)",
    "double": "an object freed twice in a row",
    "double-later": "freed twice, another free in between",
    "double-thread": "freed twice by other threads",
    "double-many": "every second of 200,000 objects, freed twice",
    "double-medium": "100 KB, freed twice",
    "double-large": "3 MB, freed twice",
    "inside": "free of a pointer 16 bytes into an object",
    "inside-odd": "free of a pointer 1 byte into an object",
    "inside-large": "free of a pointer into 3 MB",
    "realloc-freed": "realloc of a freed object",
    "realloc-inside": "realloc of a pointer into an object",
    "size-freed": "`malloc_usable_size` of a freed object",
    "write-first": "write to the first 8 bytes of a freed object",
    "write-later": "write to its byte 40",
    "stack": "free of a pointer to the stack",
    "stale": "freed again when its place is another object's",
}
# counter -> what the table says
SEEN = {"free_double": "refused: freed already", "free_invalid": "refused: no object begins there",
        "free_foreign": "told: not ours", "freed_written": "told: written to"}


def fail(reason):
    print(reason, file=sys.stderr)
    sys.exit(1)


def run(kind, mode, check, more=None, record=True):
    """(exit status, stderr, the record's JSON)"""
    with tempfile.TemporaryDirectory(prefix="morpharena-programs-") as folder:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MORPHARENA_") and k != "MALLOC_PERTURB_"}
        environment |= {"LD_PRELOAD": LIBRARY, "MORPHARENA_MODE": mode, "MORPHARENA_CHECK": check} | (more or {})
        if record:
            environment["MORPHARENA_RUN_DIR"] = folder
        done = subprocess.run([PROGRAM, kind], env=environment, capture_output=True, text=True, timeout=PATIENCE, cwd=folder)
        if not record:
            return done.returncode, done.stderr, None
        read = subprocess.run([READER, folder], capture_output=True, text=True, timeout=PATIENCE, check=True)
        records = [r for r in json.loads(read.stdout) if r["process"]["program"] == Path(PROGRAM).name]
        if len(records) != 1:
            fail(f"{kind} {mode} {check}: {len(records)} records")
        return done.returncode, done.stderr, records[0]


def effect(what, status, stderr):
    if status == 0 and stderr == "":
        return "no effect"
    if status in (TWICE, -signal.SIGSEGV):
        return "**corrupts the heap**"
    if status == -signal.SIGABRT and stderr.count("\n") == 1:
        return "libc aborts"
    fail(f"{what}: status {status}, stderr {stderr!r}")


def plain(kind, mode):
    status, stderr, _ = run(kind, mode, "off", record=False)
    return effect(f"{kind} {mode}", status, stderr)


def complaint_fits(record, counter):
    """Every complaint names the call and the pointer; there is one for what was counted."""
    lines = record["complaints"]
    fits = all(re.match(r"(free|realloc|malloc|malloc_usable_size): '0x[0-9a-f]+' (is|was) ", line) for line in lines)
    return fits and lines and record["counters"][counter] >= len(lines)


def checked(kind, mode, more=None):
    status, stderr, record = run(kind, mode, "1", more)
    seen = [name for name in SEEN if record["counters"][name] != 0]
    if len(seen) > 1:
        fail(f"{kind} {mode}: counted as {seen}")
    became = effect(f"{kind} {mode}", status, stderr)
    if not seen:
        if record["complaints"]:
            fail(f"{kind} {mode}: nothing counted, yet {record['complaints']}")
        return "" if kind == "none" else "not seen" + ("" if became == "no effect" else "; " + became)
    if not complaint_fits(record, seen[0]):
        fail(f"{kind} {mode}: {record['counters'][seen[0]]} {seen[0]}, complaints {record['complaints']}")
    return SEEN[seen[0]] + ("" if became == "no effect" else "; " + became)


def expect_abort(kind, mode, says):
    """One line that names the pointer and what is wrong with it, then SIGABRT; the record says the same."""
    status, stderr, record = run(kind, mode, "abort")
    line = re.fullmatch(r"morpharena: \w+: (0x[0-9a-f]+) ((?:is|was) .*) \(MORPHARENA_CHECK=abort\)\n", stderr)
    if status != -signal.SIGABRT or line is None or says not in line[2]:
        fail(f"{kind} {mode} abort: status {status}, stderr {stderr!r}; '{says}' was expected")
    if not any(f"'{line[1]}' {line[2]}" in complaint for complaint in record["complaints"]):
        fail(f"{kind} {mode} abort: {record['complaints']} does not hold {stderr!r}")


def table(cell):
    yield "| | " + " | ".join(f"`{mode}`" for mode in MODES) + " |"
    yield "|---|" + "---|" * len(MODES)
    for kind, what in KINDS.items():
        cells = [cell(kind, mode) for mode in MODES]
        if kind == "none":
            if any(text not in ("", "no effect") for text in cells):
                fail(f"with nothing wrong: {cells}")
            continue
        yield f"| {what} | " + " | ".join(cells) + " |"


def main():
    for kind in KINDS:
        if checked(kind, "adaptive", POOL_OF_ADAPTIVE) != checked(kind, "pool"):
            fail(f"{kind}: adaptive beyond its budget is not as pool")
    for mode in MODES:
        expect_abort("double-later", mode, "48 bytes" if mode != "system" else "freed already")
        expect_abort("inside", mode, "16 bytes inside an object of ")
        if run("none", mode, "abort")[:2] != (0, ""):
            fail(f"none {mode} abort: not silent")
    expect_abort("write-later", "pool", "written to")
    page = Path(PAGE)
    text = old = page.read_text()
    for name, cell in (("without", plain), ("with", checked)):
        begin, end = f"<!-- {name} MORPHARENA_CHECK: made by tests/programs/bad_pointers.py -->\n", f"<!-- end of {name} -->"
        head, rest = text.split(begin, 1)
        text = head + begin + "\n".join(table(cell)) + "\n" + end + rest.split(end, 1)[1]
    if "--update" in sys.argv[5:]:
        page.write_text(text)
    elif text != old:
        for line in set(text.splitlines()) - set(old.splitlines()):
            print("found:   ", line)
        for line in set(old.splitlines()) - set(text.splitlines()):
            print("promised:", line)
        sys.exit(1)


main()
