"""Real programs with and without the library: the same bytes.

    real.py LIBRARY MODE READER PROGRAM   one row of programs.py, as meson calls it; READER is tests/programs/record_json
    real.py --list                    the rows: full or quick, prefix of the test's name, name

Status 77: not on this machine, with the reason.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "preload"))
from preload import Outcome, differences, expect, expect_loaded, files_below, plain_environment, scratch, skip  # noqa: E402
from programs import PROGRAMS, Program  # noqa: E402

PATH = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"  # Debian's own programs, whatever else is on PATH
TIMEOUT = 1800  # seconds after which something hangs


def find(name: str) -> Program:
    rows = [row for row in PROGRAMS if row.name == name]
    expect(len(rows) == 1, f"real.py: no program '{name}'; there are {', '.join(row.name for row in PROGRAMS)}")
    return rows[0]


def why_not(row: Program) -> str:
    """A word why this row can't run here, or nothing."""
    missing = [name for name in row.needs.split() if shutil.which(name, path=PATH) is None]
    if missing:
        return f"{', '.join(missing)} is not installed (packages: {row.packages})"
    return row.skip()


class Place:
    """Where a row runs: always the same names, since programs write them into their output."""

    def __init__(self, row: Program):
        self.row, self.top = row, scratch()
        self.work, self.warm = self.top / "work", self.top / "warm"
        self.warm.mkdir()
        if row.warm:
            done = self.run({}, script=row.warm)
            expect(done.status == 0, f"{row.name}: what is done beforehand fails: {done.stderr!r}")

    def prepare(self):
        for folder in (self.work, self.top / "home", self.top / "tmp"):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        for name, text in self.row.files.items():
            (self.work / name).write_text(text)
        self.row.write(self.work)

    def environment(self, added: dict) -> dict:
        kept = {"PATH": PATH, "HOME": str(self.top / "home"), "TMPDIR": str(self.top / "tmp"), "WARM": str(self.warm),
                "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "dumb"}
        return kept | added

    def start(self, added: dict, script: str = "", before: tuple = ()) -> subprocess.Popen:
        """In a session of its own, so that whoever wants it ended can end all of it."""
        self.prepare()
        with open(self.top / "stdout", "wb") as out, open(self.top / "stderr", "wb") as err:
            return subprocess.Popen([*before, "/bin/bash", "-c", script or self.row.script], cwd=self.work,
                                    env=self.environment(added), stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                    start_new_session=True)

    def outcome(self, status: int) -> Outcome:
        files = {name: data for name, data in files_below(self.work).items() if not re.search(self.row.ignored, name)}
        texts = []
        for part in ("stdout", "stderr"):
            text = (self.top / part).read_bytes()
            for pattern, replacement in self.row.open:
                text = re.sub(pattern, replacement, text)
            texts.append(b"\n".join(sorted(text.split(b"\n"))) if self.row.sorted else text)
        return Outcome(status, texts[0], texts[1], files)

    def run(self, added: dict, script: str = "") -> Outcome:
        return self.outcome(self.start(added, script).wait(timeout=TIMEOUT))


def astray(row: Program, plain: Outcome) -> str:
    """What a plain run did not do that the row is about, or nothing: the same bytes would tell little then."""
    if re.search(row.expects, plain.stdout.decode(errors="replace"), re.MULTILINE):
        return ""
    return f"{row.name}: a plain run does not give {row.expects!r}: status {plain.status}, {plain.stdout!r:.2000}, {plain.stderr!r:.500}"


def served(records: bytes) -> set:
    """Names of the programs that the library served, from the reader's JSON: a bypassed one has a record too."""
    return {record["process"]["program"] for record in json.loads(records)
            if not record["process"]["bypassed"] and record["summary"]["objects"] > 0}


def programs_in(reader: str, records: Path) -> set:
    """Those of a run directory. Fails where a record can't be read."""
    done = subprocess.run([reader, str(records)], capture_output=True, timeout=TIMEOUT, check=False)
    expect(done.returncode == 0, f"the records can't be read: {done.stderr!r}")
    return served(done.stdout)


def main():
    if sys.argv[1:] == ["--list"]:
        for row in PROGRAMS:
            print("full" if row.full else "quick", f"trap{row.traps} " if row.traps else "", row.name, sep="\t")
        return
    library, reader = (os.path.realpath(sys.argv[i]) for i in (1, 3))
    mode, row = sys.argv[2], find(sys.argv[4])
    why = why_not(row)
    if why:
        skip(why)
    expect_loaded(library, mode)
    place = Place(row)
    plain = place.run({})
    if row.leaves and not any(place.work.glob(row.leaves)):
        skip(f"a plain run leaves no {row.leaves} here")
    problem = astray(row, plain)
    expect(not problem, problem)
    preloaded = {"LD_PRELOAD": library, "MORPHARENA_MODE": mode}
    records = place.top / "records"
    records.mkdir()
    for what, added in (("", preloaded), (" with records", preloaded | {"MORPHARENA_RUN_DIR": str(records)})):
        found = differences(plain, place.run(added))
        expect(not found, f"{row.name}{what}: the library changed the run\n  " + "\n  ".join(found))
    found = programs_in(reader, records)
    for name in row.served.split():
        expect(any(re.fullmatch(rf"(x86_64-linux-gnu-)?({name})(-\d+|\.bfd)?", s) for s in found), f"{name} was not served; records speak of {sorted(found)}")
    print(f"{row.name}: the same, {len(plain.files)} files, {len(list(records.iterdir()))} processes")


if __name__ == "__main__":
    main()
