"""The soak: real programs with random modes, options, limits and signals, each compared with a plain run.

    soak.py BUILD EVIDENCE [--minutes M] [--seed N] [--first I] [--iterations K]

tools/soak builds and calls this. One line an iteration; exit code 1 when one failed. BUILD: a meson build folder; EVIDENCE:
where failures are kept. An iteration is repeated by its seed and number: --seed N --first I --iterations 1.
"""

import argparse
import collections
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "real"))
sys.argv, WORDS = sys.argv[:1], sys.argv[1:]
import disturb  # noqa: E402
import plan as plans  # noqa: E402
import real  # noqa: E402
from preload import differences  # noqa: E402

CORE_BYTES = 64 << 20


class Reference:
    """A program, its place, and what a plain run leaves and takes."""

    def __init__(self, row):
        self.row, self.place = row, real.Place(row)
        begun = time.monotonic()
        self.plain = self.place.run({})
        self.seconds = time.monotonic() - begun
        problem = real.astray(row, self.plain)
        if problem:
            sys.exit(f"soak: {problem}")
        found = differences(self.plain, self.place.run({}))
        if found:
            sys.exit(f"soak: two plain runs of {row.name} differ, so that it can't be judged: {found[0]}")


class Soak:
    def __init__(self, build: Path, evidence: Path):
        self.build, self.evidence = build, evidence
        self.command, self.reader = build / "tools/morpharena", build / "tests/programs/record-json"
        self.references = {}
        self.rows = {row.name: row for row in real.PROGRAMS if not real.why_not(row)}
        for row in real.PROGRAMS:
            if row.name not in self.rows:
                print(f"skipped: {row.name}: {real.why_not(row)}")
        self.cores = self.why_no_cores()
        if self.cores:
            print(f"skipped: cores: {self.cores}")
        trial = subprocess.run([self.command, "run", "--memory", "256M", "--", "true"], capture_output=True, check=False)
        self.cgroups = trial.returncode == 0
        if not self.cgroups:
            print(f"skipped: limits by cgroup: {trial.stderr.decode().strip()}")

    @staticmethod
    def why_no_cores() -> str:
        """Why a crash in the library can't be told by its core here, or nothing."""
        pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
        if pattern.startswith("|") or "/" in pattern or not pattern.startswith("core"):
            return f"core_pattern is '{pattern}'"
        missing = [name for name in ("gdb", "file") if shutil.which(name, path=real.PATH) is None]
        return f"{', '.join(missing)} is not installed" if missing else ""

    def library(self, plan) -> str:
        name = "tests/debug/libmorpharena-debug.so" if plan.debug else "shim/libmorpharena.so"
        return str((self.build / name).resolve())

    def reference(self, name: str) -> Reference:
        if name not in self.references:
            self.references[name] = Reference(self.rows[name])
        return self.references[name]

    def start(self, plan, place):
        records, dumps = place.top / "records", place.top / "dumps"
        for folder in (records, dumps):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        added = {f"MORPHARENA_{name}": str(value) for name, value in plan.options.items()}
        if "MORPHARENA_STATS" in added:
            added["MORPHARENA_STATS"] = f"{dumps}/{added['MORPHARENA_STATS']}"
        added |= {"SOAK_PLACE": str(place.top)}
        (place.top / "run.json").unlink(missing_ok=True)  # of an earlier iteration
        if plan.memory:
            before = (str(self.command), "run", "--mode", plan.mode, "--run-dir", str(records), "--memory", f"{plan.memory}M",
                      "--json", str(place.top / "run.json"), "--")
            return place.start(added | {"MORPHARENA_LIBRARY": self.library(plan)}, before=before)
        added |= {"LD_PRELOAD": self.library(plan), "MORPHARENA_MODE": plan.mode, "MORPHARENA_RUN_DIR": str(records)}
        return place.start(added)

    def run(self, plan) -> tuple:
        """(how it ended, None) or (what is wrong, True)."""
        reference = self.reference(plan.program)
        place, draw = reference.place, random.Random(plan.seed)
        child = self.start(plan, place)
        disturber, thrashes = None, False
        if plan.kind == "signals":
            disturber = disturb.Disturber(place.top, plan.seed, getattr(signal, "SIG" + plans.DUMP_SIGNAL), plans.RESET_SIGNAL)
            disturber.start()
        if plan.kind == "kill":
            time.sleep(draw.uniform(0, reference.seconds))
            alive = disturb.processes(place.top)
            for pid in alive if draw.random() < 0.3 else draw.sample(alive, min(1, len(alive))):
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass  # it has ended
        patience = 120 + 60 * reference.seconds
        try:
            status = child.wait(timeout=patience if plan.kind not in ("kill", "limit") else 60 + 20 * reference.seconds)
        except subprocess.TimeoutExpired:
            status = None
            if plan.memory:
                thrashes = self.thrashes(place)
                child.send_signal(signal.SIGINT)  # so that it says whom the OOM killer took
                try:
                    child.wait(timeout=60)
                except subprocess.TimeoutExpired:
                    pass  # ended below
        if disturber:
            disturber.end()
        left = disturb.end_all(place.top)
        child.wait()
        wrong = self.damage(plan, place) or self.crash(place)
        if wrong:
            return wrong, True
        if plan.kind == "kill":
            return "killed; all records are whole", None
        # A script may wait for ever for what its limit took: redis-benchmark does, for its server.
        if status is None and plan.memory and self.outcome(place).get("victims"):
            return "OOM-killed, and waited for in vain", None
        if status is None and thrashes:
            return "still reading its own code anew, at the cgroup's limit", None
        if status is None and not (plan.kind == "limit" and self.refusals(place)):
            return f"not at its end after {patience:.0f} s", True
        if left and status is not None and plan.kind not in ("limit", "cgroup"):
            return f"{left} processes outlived it", True
        found = differences(reference.plain, place.outcome(status))
        if plan.memory:  # the command's own summary goes to stderr, and what it ran ended as its JSON says
            ended = self.outcome(place)
            found = [line for line in found if not line.startswith(("stderr", "status"))]
            if ended["exit_status"] != reference.plain.status:
                found.append(f"exit status {reference.plain.status} became {ended['exit_status']}")
        if not found:
            return "the same" + (f", {disturber.sent} signals" if disturber else ""), None
        return self.judge(plan, place, found)

    def judge(self, plan, place, found: list) -> tuple:
        """It differs from the plain run: was that the limit?"""
        if plan.kind == "limit":
            refused = self.refusals(place)
            if refused:
                return f"ended by its limit: {refused} refusals", None
        if plan.memory:
            if self.outcome(place)["verdict"] == "oom_killed":
                return "OOM-killed, and told so", None
        return "differs from the plain run: " + "; ".join(found)[:600], True

    @staticmethod
    def thrashes(place) -> bool:
        """Is it busy reading pages? What hangs reads none; a minute is for a machine with much else to do."""
        before = disturb.read_from_disk(place.top)
        for _ in range(60):
            time.sleep(1)
            if disturb.read_from_disk(place.top) >= before + 100:
                return True
        return False

    @staticmethod
    def outcome(place) -> dict:
        """What the command says of a run; nothing where it was killed itself."""
        told = place.top / "run.json"
        return json.loads(told.read_text())["outcome"] if told.exists() else {}

    def records(self, place) -> subprocess.CompletedProcess:
        return subprocess.run([self.reader, str(place.top / "records")], capture_output=True, check=False)

    def refusals(self, place) -> int:
        return sum(record["counters"]["limit_refusals"] for record in json.loads(self.records(place).stdout))

    def damage(self, plan, place) -> str:
        """A record or a dump that can't be read, or none of a process that the library served, or nothing."""
        done = self.records(place)
        if done.returncode != 0:
            return f"a record can't be read: {done.stderr.decode().strip()[:300]}"
        files = len([file for file in (place.top / "records").iterdir()
                     if plan.kind not in ("kill", "cgroup") or file.read_bytes()[:8].strip(b"\0")])  # killed while it made the file
        read = len(json.loads(done.stdout))
        if read != files:
            return f"{files} records, of which {read} can be read"
        # A limit may end them before they have one, and so may we.
        if plan.kind in ("options", "signals") and not real.served(done.stdout):
            return f"{files} records, and none of a process that the library served"
        for dump in (place.top / "dumps").iterdir():
            text = dump.read_text(errors="replace")
            try:
                json.loads(text)
            except ValueError as error:
                # SIGKILL may come after a record says "exited", which is before the dump is written: its beginning, or nothing.
                cut = plan.kind in ("kill", "cgroup") and (text == "" or text.startswith("{"))
                if not cut and self.was_whole_process(done, dump.name):
                    return f"the dump {dump.name} is torn: {error}"
        return ""

    @staticmethod
    def was_whole_process(records: subprocess.CompletedProcess, name: str) -> bool:
        """Did the process that wrote this dump come to its own end? One that was killed may have been in the middle of it."""
        pid = int(name.rsplit(".", 3)[-3])
        return any(r["process"]["pid"] == pid and r["process"]["state"] == "exited" for r in json.loads(records.stdout))

    def crash(self, place) -> str:
        """A core whose innermost frame is in the library, or nothing."""
        for core in [] if self.cores else place.work.rglob("core*"):
            if not core.is_file() or core.read_bytes()[:4] != b"\x7fELF":
                continue
            exe = subprocess.run(["file", "-b", str(core)], capture_output=True, text=True, check=False).stdout
            program = exe.partition("execfn: '")[2].partition("'")[0]
            told = subprocess.run(["gdb", "-nx", "-q", "-batch", "-ex", "info symbol $pc", "-ex", "bt 4", program, str(core)],
                                  capture_output=True, text=True, errors="replace", check=False, cwd=place.work).stdout
            if "libmorpharena" in told.partition("\n#1")[0]:
                return "a crash in the library: " + " | ".join(told.split("\n")[-6:])
        return ""

    def keep(self, plan, wrong: str):
        place = self.references[plan.program].place
        folder = self.evidence / str(plan.number)
        shutil.copytree(place.top, folder, symlinks=True, ignore_dangling_symlinks=True, dirs_exist_ok=True,
                        ignore=lambda where, names: [name for name in names if (Path(where) / name).is_socket()])
        (folder / "what").write_text(f"{plan}\n{wrong}\nenvironment: {place.environment({})}\n")


def main():
    parser = argparse.ArgumentParser(usage="tools/soak [BUILD-DIR] [options]")
    parser.add_argument("build", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("evidence", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1000000)
    parser.add_argument("--first", type=int, default=0, help="the first iteration's number")
    parser.add_argument("--iterations", type=int, default=1 << 60, help="no more than so many")
    options = parser.parse_args(WORDS)
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (CORE_BYTES if hard == resource.RLIM_INFINITY else min(CORE_BYTES, hard), hard))
    soak = Soak(options.build.resolve(), options.evidence)
    print(f"soak: seed {options.seed}, {options.minutes:g} minutes, {len(soak.rows)} programs", flush=True)
    begun, endings, failures = time.monotonic(), collections.Counter(), []
    number = options.first
    while number < options.first + options.iterations and time.monotonic() - begun < options.minutes * 60:
        plan = plans.make(options.seed, number, sorted(soak.rows), soak.cgroups)
        told, failed = soak.run(plan)
        again = f"tools/soak --seed {options.seed} --first {number} --iterations 1"
        if failed:
            soak.keep(plan, told)
            failures.append(number)
            print(f"soak: FAILED: {number}: {plan}: {told}; evidence in {options.evidence / str(number)}; again: {again}", flush=True)
        else:
            print(f"{number}: {plan}: {told}", flush=True)
        endings[(plan.kind, "failed" if failed else told.partition(":")[0].partition(",")[0])] += 1
        number += 1
    for (kind, ending), count in sorted(endings.items()):
        print(f"{kind}: {ending}: {count}")
    print(f"soak: seed {options.seed}, {number - options.first} iterations in {(time.monotonic() - begun) / 60:.1f} minutes, "
          f"{len(failures)} failures{': ' + ', '.join(map(str, failures)) if failures else ''}")
    sys.exit(1 if failures else 0)


main()
