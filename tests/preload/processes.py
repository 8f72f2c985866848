"""What a build of two C files starts, and the facts that its processes left behind."""

import json
import re
import subprocess
from collections import Counter
from pathlib import Path

from preload import expect, find_n0, plain_environment
from sources import FOX, GOOD_C

# The dynamic processes of `gcc -o prog a.c b.c`. n0 itself is static; it starts just this for prog.c and runtime.c.
EXPECTED = Counter({"gcc": 1, "cc1": 2, "as": 2, "collect2": 1, "ld": 1})


def build_command(what: str, folder: Path) -> list:
    """Writes the input of the build `gcc` or `n0` into the folder, and gives its command."""
    if what == "n0":
        (folder / "prog.fox").write_text(FOX)
        return [find_n0(), "build", "prog.fox"]
    (folder / "a.c").write_text(GOOD_C)
    (folder / "b.c").write_text("int second(int x) { return x * 2; }\n")
    return ["gcc", "-o", "prog", "a.c", "b.c"]


def tool_name(program: str) -> str:
    """gcc for /usr/bin/x86_64-linux-gnu-gcc-12, ld for x86_64-linux-gnu-ld.bfd."""
    return re.sub(r"^[a-z0-9_]+-linux-gnu-|-\d+$|\.(bfd|gold)$", "", Path(program).name)


def read_records(command: str, folder: Path) -> list:
    """The processes in a run directory, as `morpharena stats DIR --json -` gives them."""
    done = subprocess.run([command, "stats", str(folder), "--json", "-"], env=plain_environment(), capture_output=True,
                          timeout=60, check=False)
    expect(done.returncode == 0, f"morpharena stats: status {done.returncode}: {done.stderr!r}")
    return json.loads(done.stdout)["processes"]


def expect_processes(what: str, found: Counter):
    expect(found == EXPECTED, f"{what}: left {dict(found)}, should have left {dict(EXPECTED)}")


def check_facts(name: str, facts: dict, mode: str):
    """One process's report, from a dump or a record: it is whole, and the process was really served in this mode."""
    expect(facts["schema"] == "morpharena.process" and facts["version"] >= 1, f"{name}: not a report of a process")
    expect(facts["complaints"] == [], f"{name}: complaints {facts['complaints']}")
    expect(not facts["process"]["bypassed"], f"{name}: says bypassed")
    expect(mode in ("default", facts["config"]["mode"]), f"{name}: ran in mode {facts['config']['mode']}, not {mode}")
    expect(facts["summary"]["objects"] > 0 and facts["summary"]["payload"] > 0, f"{name}: counted no object")
    sized, made = sum(row["objects"] for row in facts["size_classes"]), facts["summary"]["objects"]
    expect(sized == made, f"{name}: {sized} objects by size, {made} in all")
