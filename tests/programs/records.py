"""What programs leave behind: records and dumps, looked at from outside.

records.py LIBRARY MODE READER PROGRAM CHECK

READER prints a run directory as JSON (record_json.cpp). CHECK is the name of a function below.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MODE, CHECK = sys.argv[2], sys.argv[5]
LIBRARY, READER, PROGRAM = (str(Path(sys.argv[i]).resolve()) for i in (1, 3, 4))


def expect(truth, reason):
    if not truth:
        print(reason, file=sys.stderr)
        sys.exit(1)


class Run:
    """One run of the program in a folder of its own, with a run directory."""

    def __init__(self, *arguments, run_dir="records", before=(), **options):
        self.folder = Path(tempfile.mkdtemp(prefix="morpharena-programs-"))
        (self.folder / "records").mkdir()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MORPHARENA_")}
        environment |= {"LD_PRELOAD": LIBRARY, "MORPHARENA_MODE": MODE}
        if run_dir:
            environment["MORPHARENA_RUN_DIR"] = run_dir if run_dir == "records" else str(run_dir)
        environment |= {f"MORPHARENA_{name}": value for name, value in options.items()}
        done = subprocess.run([*before, PROGRAM, *arguments], cwd=self.folder, env=environment, capture_output=True, timeout=60)
        self.status, self.stdout, self.stderr = done.returncode, done.stdout.decode(), done.stderr.decode()
        read = subprocess.run([READER, str(self.folder / "records")], capture_output=True, timeout=60)
        expect(read.returncode == 0, f"the records can't be read: {read.stderr.decode()}")
        self.records = sorted(json.loads(read.stdout), key=lambda r: (r["process"]["pid"], r["process"]["serial"]))
        self.dumps = {p.name: p.read_text() for p in self.folder.iterdir() if p.is_file()}
        shutil.rmtree(self.folder, ignore_errors=True)

    def of_program(self):
        return [r for r in self.records if r["process"]["program"] == Path(PROGRAM).name]


def objects_of(record, up_to):
    return sum(row["objects"] for row in record["size_classes"] if row["up_to"] == up_to)


def ten_exits():
    """Trap 35: whatever ends the process, its counters are whole."""
    killed = {"abort": -6, "SIGKILL": -9, "SIGTERM": -15, "segv": -11}
    for way in ["return", "exit", "_exit", "_Exit", "quick_exit", "abort", "SIGKILL", "SIGTERM", "exec", "segv"]:
        run = Run(way)
        expect(run.status == killed.get(way, 0), f"{way}: status {run.status}, stderr {run.stderr}")
        expect(run.stderr == "", f"{way}: stderr is {run.stderr!r}")
        records = run.of_program()
        expect(len(records) == 1, f"{way}: {len(records)} records of the program")
        record = records[0]
        made = objects_of(record, 48)
        expect(1000 <= made <= 1005, f"{way}: {made} objects of 48 bytes")
        freed = record["counters"]["free_calls"]
        expect(400 <= freed <= 420, f"{way}: {freed} frees")
        live = record["summary"]["live"]
        expect(600 * 48 <= live <= 600 * 72 + 200_000, f"{way}: {live} bytes live")
        ended = record["process"]["state"] == "exited"
        expect(ended == (way in ("return", "exit")), f"{way}: state {record['process']['state']}")
        if way == "exec":
            images = [(r["process"]["program"], r["process"]["serial"]) for r in run.records]
            expect(len({r["process"]["pid"] for r in run.records}) == 1 and len(images) == 2, f"exec: records {images}")


def exec_chain():
    """Trap 36: one record an image, none written over."""
    run = Run("20")
    expect(run.status == 0, f"status {run.status}: {run.stderr}")
    expect([r["process"]["serial"] for r in run.records] == list(range(21)), "serials 0 to 20")
    for record in run.records:
        expect(50 <= objects_of(record, 48) <= 55, f"serial {record['process']['serial']}: {objects_of(record, 48)} objects")


def children(way, **options):
    run = Run(way, **options)
    expect(run.status == 0 and run.stderr == "", f"{way}: status {run.status}: {run.stderr}")
    expect(len(run.records) == 4, f"{way}: {len(run.records)} records of one parent and three children")
    parents = [r for r in run.records if not r["process"]["forked"]]
    expect(len(parents) == 1, f"{way}: {len(parents)} parents")
    parent = parents[0]
    expect(300 <= objects_of(parent, 48) <= 305, f"{way}: the parent has {objects_of(parent, 48)} objects")
    for child in run.records:
        expect(not child["complaints"], f"{way}: {child['complaints']}")
        if child is parent:
            continue
        expect(objects_of(child, 48) == 500, f"{way}: a child has {objects_of(child, 48)} objects, not its own 500")
        expect(child["process"]["parent"] == parent["process"]["pid"], f"{way}: a child of {child['process']['parent']}")
        # Only fork() tells the library beforehand, so that the parent's live bytes are brought up to date.
        inherited = child["counters"]["live_inherited"]
        expect((0 if way in ("_Fork", "clone") else 4800) <= inherited < 1_000_000, f"{way}: inherited {inherited} live bytes")


def forks():
    """Trap 37: a fork child counts into a record of its own, however it was forked."""
    children("fork")
    children("_Fork")
    children("clone")


def fork_after_chdir():
    """A relative run directory is where it was when the process began."""
    children("chdir")


def own_malloc():
    """Trap 5: a program with its own malloc is marked as bypassed, and so are its fork children."""
    run = Run()
    expect(run.status == 0, f"status {run.status}: {run.stderr}")
    records = run.of_program()
    expect(len(records) == 2, f"{len(records)} records of a parent and a child")
    for record in records:
        whose = "the child" if record["process"]["forked"] else "the parent"
        expect(record["process"]["bypassed"], f"{whose} is not marked as bypassed")


def malloc_address():
    """Trap 5: ours serves a program that stands for malloc's address itself, and it is not marked."""
    run = Run()
    expect(run.status == 0, f"status {run.status}: {run.stderr}")
    expect(not run.records[0]["process"]["bypassed"], "it is marked as bypassed")
    expect(objects_of(run.records[0], 48) >= 100, f"{objects_of(run.records[0], 48)} objects of 48 bytes")


def dump_signal():
    """The signal writes a dump, and the program goes on."""
    run = Run(STATS="%e.%n.json", DUMP_SIGNAL="USR1")
    expect(run.status == 0 and run.stderr == "", f"status {run.status}: {run.stderr}")
    dumps = [json.loads(text) for _, text in sorted(run.dumps.items())]
    # A signal that is sent while one of its kind is pending is one with it.
    expect(3 <= len(dumps) <= 7, f"{len(dumps)} dumps for six signals and the exit: {sorted(run.dumps)}")
    for dump in dumps:
        expect(dump["schema"] == "morpharena.process", "schema")
        expect(objects_of(dump, 48) >= 1000, f"{objects_of(dump, 48)} objects of 48 bytes")
    expect(sorted(d["process"]["state"] for d in dumps)[0] == "exited", "the last one is of the exit")


def bad_options():
    """A bad value is silent; the default serves; the dump names the token and what is allowed."""
    bad = {
        "BLOCK_SIZE": ("3M", "64K"), "THP": ("perhaps", "auto"), "REWIND": ("yes", "0 or 1"), "LIMIT": ("lots", "bytes"),
        "DUMP_SIGNAL": ("KILL", "name or number"), "BUDGET": ("0%", "percentage"), "MODES": ("arena", "no such option"),
    }
    run = Run("return", STATS="dump.json", **{name: token for name, (token, _) in bad.items()})
    expect(run.status == 0 and run.stderr == "" and run.stdout == "", f"not silent: {run.status} {run.stdout} {run.stderr}")
    dump = json.loads(run.dumps["dump.json"])
    expect(dump["config"]["block_size"] == 2 << 20, "the default block size serves")
    expect(dump["config"]["mode"] == MODE, f"mode {dump['config']['mode']}")
    expect(dump["config"]["limit"] == 0 and dump["config"]["rewind"] == (MODE == "adaptive") and dump["config"]["thp"] == "auto", "defaults serve")
    for name, (token, allowed) in bad.items():
        lines = [line for line in dump["complaints"] if line.startswith(f"MORPHARENA_{name}: ")]
        expect(len(lines) == 1, f"{len(lines)} complaints of {name}: {dump['complaints']}")
        expect(f"'{token}'" in lines[0] and allowed in lines[0], f"{lines[0]} should name {token} and {allowed}")
    expect(run.records[0]["complaints"] == dump["complaints"], "the record says the same as the dump")


def environment_late():
    """Trap 46: what a program sets for itself is not read, neither by the record nor by the dump at its end."""
    untouched, late = Run("untouched", BLOCK_SIZE="1M"), Run("late", BLOCK_SIZE="1M")
    for run in (untouched, late):
        expect(run.status == 0 and run.stdout == "" and run.stderr == "", f"not silent: {run.status} {run.stdout!r} {run.stderr!r}")
        expect(len(run.records) == 1 and not run.dumps, f"{len(run.records)} records, dumps {sorted(run.dumps)}")
        expect(not run.records[0]["complaints"], f"complaints {run.records[0]['complaints']}")
    before, after = (run.records[0]["config"] for run in (untouched, late))
    expect(before == after, f"the configuration is {after}, and {before} where nothing was set")
    expect(after["mode"] == MODE and after["block_size"] == 1 << 20 and after["limit"] == 0, f"the configuration is {after}")


def unwritable_places():
    """A run directory or a dump that can't be written: silent, and complained of where something can be written."""
    run = Run("return", run_dir="/nowhere/at/all", STATS="dump.json")
    expect(run.status == 0 and run.stderr == "", f"not silent: {run.status} {run.stderr}")
    complaints = json.loads(run.dumps["dump.json"])["complaints"]
    expect(len(complaints) == 1 and "'/nowhere/at/all'" in complaints[0] and "ENOENT" in complaints[0], f"{complaints}")
    run = Run("return", STATS="/nowhere/dump.json")
    expect(run.status == 0 and run.stderr == "", f"not silent: {run.status} {run.stderr}")
    complaints = run.records[0]["complaints"]
    expect(len(complaints) == 1 and "'/nowhere/dump.json'" in complaints[0], f"{complaints}")


def utilization():
    """The notes' benchmark 2, from the library's figures and from a count of the test's own."""
    for count, size in ((10_000, 128), (100_000, 64)):
        run = Run(str(count), str(size), STATS="dump.json")
        expect(run.status == 0 and run.stderr == "", f"status {run.status}: {run.stderr}")
        payload, usable, span = (int(word) for word in run.stdout.split())
        dump = json.loads(run.dumps["dump.json"])
        summary = dump["summary"]
        expect(objects_of(dump, size) >= count, f"{objects_of(dump, size)} objects of {size}")
        # What else the process allocated (the loader, stdio) is little, and in both.
        expect(payload <= summary["payload"] <= payload + 200_000, f"payload {summary['payload']}, by count {payload}")
        if MODE == "system":
            expect(summary["metadata"] == 0, f"{summary['metadata']} bytes of bitmaps that nobody made")
            continue
        expect(summary["utilization"] >= 0.97, f"{count} x {size}: utilization {summary['utilization']}")
        # Independently: no byte between neighbours but the object's own, and the bitmap's one bit a granule.
        expect(usable == payload, f"usable {usable} of {payload}")
        expect(span <= payload * 1.001, f"neighbours span {span} of {payload}")
        counted = payload / (span + payload / 128 + summary["block_end_waste"])
        expect(abs(counted - summary["utilization"]) < 0.02, f"by count {counted:.4f}, by the dump {summary['utilization']}")


def threads():
    """20,000 threads in sequence: a handful of heaps, the rest taken over."""
    run = Run()
    expect(run.status == 0, f"status {run.status}: {run.stderr}")
    counters = run.records[0]["counters"]
    expect(counters["heaps"] <= 50, f"{counters['heaps']} heaps")
    expect(counters["heaps"] + counters["adoptions"] == 20_001, f"{counters['heaps']} heaps, {counters['adoptions']} adoptions")
    expect(counters["threads_uncounted"] == 0, "every thread is counted")
    expect(objects_of(run.records[0], 112) >= 200_000, f"{objects_of(run.records[0], 112)} objects of 100 bytes")


def expect_taken(run, status, option):
    expect(run.status == status, f"status {run.status}: {run.stderr}")
    complaints = run.records[0]["complaints"]
    expect(len(complaints) == 1, f"complaints {complaints}")
    expect(option in complaints[0] and "12" in complaints[0] and "taken over" in complaints[0], f"complaint {complaints[0]}")


def reset_signal_taken():
    """The program's own handler wins, and the record says so though SIGKILL ends it."""
    expect_taken(Run(RESET_SIGNAL="USR2"), -9, "MORPHARENA_RESET_SIGNAL")


def dump_signal_taken():
    """The same, when the program ends by itself."""
    expect_taken(Run("return", DUMP_SIGNAL="USR2", STATS="dump.json"), 0, "MORPHARENA_DUMP_SIGNAL")


def vfork():
    """Trap 13: the parent alone has a record, with its own counts."""
    run = Run()
    expect(run.status == 0, f"status {run.status}: {run.stderr}")
    expect(len(run.records) == 1, f"{len(run.records)} records")
    expect(objects_of(run.records[0], 64) >= 200, f"{objects_of(run.records[0], 64)} objects of 64 bytes")
    # The child has the parent's memory: its calls are calls on the parent's heap, counted there, once each.
    expect(objects_of(run.records[0], 512) == 200 * 50, f"{objects_of(run.records[0], 512)} objects of 500 bytes by the children")
    freed = run.records[0]["counters"]["free_calls"]
    expect(200 * 51 <= freed <= 200 * 51 + 5, f"{freed} frees by parent and children")
    expect(run.records[0]["summary"]["live"] < 10_000, f"{run.records[0]['summary']['live']} bytes live")
    asked = Run("dumps", STATS="%p.%n.json")
    expect(asked.status == 0 and len(asked.dumps) == 1, f"the parent's dump at its end alone: {sorted(asked.dumps)}")


def library_ends():
    """Trap 38: a library's destructor allocates after ours has run."""
    run = Run()
    expect(run.status == 0 and run.stderr == "", f"status {run.status}: {run.stderr}")
    expect(run.stdout == "end\n", f"the destructor did not come to its end: {run.stdout!r}")
    expect(run.records[0]["summary"]["objects"] >= 1000, "its objects are counted")


def foreign_frees():
    """What libc made and the program frees is counted as foreign."""
    run = Run()
    expect(run.status == 0, f"status {run.status}: {run.stderr}")
    counters = run.records[0]["counters"]
    if MODE != "system":
        expect(counters["free_foreign"] >= 1500, f"{counters['free_foreign']} foreign frees")


def limits_found():
    """Trap 25: what `ulimit` took away from the process stands in its record."""
    run = Run("return", before=("sh", "-c", 'ulimit -v 4000000; ulimit -d 3000000; exec "$0" "$@"'))
    expect(run.status == 0 and run.stderr == "", f"status {run.status}: {run.stderr}")
    limits = run.of_program()[0]["limits"]
    expect(limits["address_space"] == 4000000 << 10 and limits["data"] == 3000000 << 10, f"limits {limits}")
    expect(limits["machine_memory"] > 0, f"limits {limits}")


def large_parent():
    """Trap 39: the peak of a small program that a large one starts is its own."""
    run = Run()
    expect(run.status == 0 and run.stderr == "", f"status {run.status}: {run.stderr}")
    children = [r for r in run.records if r["process"]["program"] == "true"]
    expect(len(children) == 1, f"{len(children)} records of true")
    peak = children[0]["counters"]["peak_rss"]
    expect(int(run.stdout) << 10 > 200_000_000, f"the kernel does not hand ru_maxrss on: {run.stdout}")
    expect(0 < peak < 20_000_000, f"true is said to have had {peak} bytes")
    expect(run.of_program()[0]["counters"]["peak_rss"] > 200_000_000, "the parent's own peak is lost")


globals()[CHECK]()
