"""The rows of TRAPS.md and their tests.

    traps.py check BUILD                   every row has a test, every column one or a reason; exit code 1 otherwise
    traps.py summary BUILD                 what the last `meson test` said of them: passed, skipped and why, failed
    traps.py any BUILD LIBRARY...          the rows that make sense for any malloc, under other libraries; `none` is libc's own

BUILD is a meson build folder.
"""

import collections
import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLUMNS = ["arena", "pool", "adaptive", "system", "debug"]
# Not of other libraries: our options, our records, the ELF file.
OURS_ALONE = {"24", "26", "42", "46"}  # 24 holds only for who reserves no address space ahead
# The sandbox's filter lists what ours calls; dumps, and places at which to block signals, are ours; mallinfo is glibc's.
NOT_ANY = re.compile("tracked|sandbox that kills|dump|figures of the heap|heap is born")
OUTSIDE = ["identity.py", "configure.py", "descriptors.py", "interposers.py"]  # drivers that take any library
SECONDS = 600  # after which something hangs


def table() -> dict:
    """Row number -> (trap, what the test is, {column: reason})."""
    rows = {}
    for line in (HERE / "TRAPS.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 4 and cells[0].isdigit():
            reasons = dict(part.split(": ", 1) for part in cells[3].split("; ")) if cells[3] else {}
            rows[f"{int(cells[0]):02}"] = (cells[1], cells[2], reasons)
    return rows


def tests(build: Path) -> list:
    return json.loads((build / "meson-info/intro-tests.json").read_text())


def numbers(name: str) -> list:
    found = re.match(r"trap(\d\d(?:_\d\d)*) ", name)
    return found[1].split("_") if found else []


def column(name: str) -> str:
    return name.rsplit(" ", 1)[1]


def check(build: Path) -> int:
    rows, wrong = table(), []
    found = {row: set() for row in rows}
    for test in tests(build):
        for row in numbers(test["name"]):
            if row not in rows:
                wrong.append(f"'{test['name']}' names row {row}, which TRAPS.md has not")
            else:
                found[row].add(column(test["name"]))
    for row, (trap, _, reasons) in rows.items():
        if not found[row]:
            wrong.append(f"row {row} ({trap}) has no test")
            continue
        for name in COLUMNS:
            if name not in found[row] and name not in reasons and "all" not in reasons:
                wrong.append(f"row {row} ({trap}) is not tested in {name}, and TRAPS.md gives no reason")
            if name in found[row] and name in reasons:
                wrong.append(f"row {row} ({trap}) is tested in {name}; TRAPS.md says: {reasons[name]}")
    if len(rows) < 55 or list(rows) != [f"{i:02}" for i in range(1, len(rows) + 1)]:
        wrong.append(f"TRAPS.md has {len(rows)} rows; 1 to 55 and no gap would be right")
    print("\n".join(wrong) or f"{len(rows)} rows, each with a test in every column or a reason")
    return 1 if wrong else 0


def summary(build: Path) -> int:
    logs = sorted(build.glob("meson-logs/testlog*.json"), key=lambda path: path.stat().st_mtime)
    if not logs:
        sys.exit("traps.py: no test has run yet")
    per_row, skipped, results = collections.defaultdict(collections.Counter), [], collections.Counter()
    for line in logs[-1].read_text().splitlines():
        test = json.loads(line)
        name = test["name"].rpartition(" / ")[2].partition(":")[2] or test["name"].rpartition(" / ")[2]
        kind = {"OK": "passed", "SKIP": "skipped"}.get(test["result"], "failed")
        results[kind] += 1
        if kind == "skipped":
            said = (test.get("stdout") or test.get("stderr") or "").strip().splitlines()
            skipped.append(f"skipped: {name}: {said[-1].removeprefix('skipped: ') if said else 'no reason given'}")
        else:
            parts = [line for line in (test.get("stdout") or "").splitlines() if line.startswith("skipped: ")]
            skipped += [f"skipped in part: {name}: {line.removeprefix('skipped: ')}" for line in parts]
            results["in part"] += bool(parts)
        for row in numbers(name):
            per_row[row][kind] += 1
    rows = table()
    whole = [row for row in rows if per_row[row]["passed"] and not per_row[row]["failed"]]
    partly = [row for row in whole if per_row[row]["skipped"]]
    print("\n".join(sorted(skipped)))
    print(f"traps: {len(whole)} of {len(rows)} rows passed, {len(partly)} of them with skipped tests; "
          f"{sum(c['passed'] for c in per_row.values())} passes, {sum(c['skipped'] for c in per_row.values())} skipped, "
          f"{sum(c['failed'] for c in per_row.values())} failed over their rows")
    for row in rows:
        if row not in whole:
            print(f"traps: row {row} ({rows[row][0]}): {dict(per_row[row]) or 'not run'}")
    print(f"all tests: {results['passed']} passed, {results['failed']} failed, {results['skipped']} skipped, "
          f"{results['in part']} skipped in part")
    return 0


def under(library: str, test: dict):
    """(command, environment) of a test under another library, or None where it is about ours."""
    rows = [row for row in numbers(test["name"]) if row not in OURS_ALONE]
    if not rows or column(test["name"]) != "pool" or "full" in " ".join(test["suite"]) or NOT_ANY.search(test["name"]):
        return None
    environment = {k: v for k, v in test["env"].items() if not k.startswith("MORPHARENA_")}
    if test["cmd"][0].endswith(("python3", "python")):
        if Path(test["cmd"][1]).name not in OUTSIDE or not library:
            return None
        return [*test["cmd"][:2], library, "default", *test["cmd"][4:]], environment
    if "LD_PRELOAD" in environment:
        preload = [part for part in environment["LD_PRELOAD"].split(":") if "libmorpharena" not in part]
        first = test["env"]["LD_PRELOAD"].startswith(next(p for p in test["env"]["LD_PRELOAD"].split(":") if "libmorpharena" in p))
        both = [library, *preload] if first else [*preload, library]
        environment["LD_PRELOAD"] = ":".join(part for part in both if part)
    return test["cmd"], environment


def run_any(build: Path, libraries: list) -> int:
    for library in libraries:
        path = "" if library == "none" else str(Path(library).resolve())
        per_row, told = collections.defaultdict(collections.Counter), []
        for test in tests(build):
            case = under(path, test)
            if case is None:
                continue
            try:
                done = subprocess.run(case[0], env=os.environ | case[1], cwd=build, stdin=subprocess.DEVNULL, capture_output=True,
                                      timeout=SECONDS, start_new_session=True, check=False)
                kind = {0: "passed", 77: "skipped"}.get(done.returncode, "failed")
                said = (done.stderr.decode(errors="replace").strip() or done.stdout.decode(errors="replace").strip() or f"status {done.returncode}")
            except subprocess.TimeoutExpired:
                kind, said = "failed", f"not at its end after {SECONDS} s"
            if kind != "passed":
                told.append(f"  {kind}: {test['name'].rsplit(' ', 1)[0]}: {said.splitlines()[0][:150]}")
            for row in numbers(test["name"]):
                if row not in OURS_ALONE:
                    per_row[row][kind] += 1
        good = [row for row, counts in per_row.items() if counts["passed"] and not counts["failed"]]
        print(f"{library}: {len(good)} of {len(per_row)} rows passed; not: {', '.join(sorted(set(per_row) - set(good))) or 'none'}")
        print("\n".join(told), flush=True)
    return 0


def main():
    words = sys.argv[1:]
    if len(words) == 2 and words[0] in ("check", "summary"):
        sys.exit(check(Path(words[1])) if words[0] == "check" else summary(Path(words[1])))
    if len(words) >= 3 and words[0] == "any":
        sys.exit(run_any(Path(words[1]), words[2:]))
    sys.exit(__doc__)


main()
