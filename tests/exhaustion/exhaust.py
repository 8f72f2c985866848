#!/usr/bin/env python3
"""cc1 runs out of memory at many points: exhaust.py LIBRARY MODE RECORD_JSON POINTS [KIND...]. Mode `glibc` is the reference:
no library, and for kind `limit` LIBRARY is refusing.c's.

Under each kind of limit, cc1 -O1 is run at POINTS limits spread evenly from where it hardly starts to where it succeeds. It must
end as it would under glibc: with its own message, killed by the kernel's OOM killer, or well and with the same output; and every
record must be readable. Prints a line a kind with the endings counted. KIND: as, data, limit, cgroup.
"""
import collections
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import memory_cgroup

LIBRARY, MODE, RECORD_JSON, POINTS = os.path.abspath(sys.argv[1]), sys.argv[2], os.path.abspath(sys.argv[3]), int(sys.argv[4])
MIB = 1 << 20
SKIPPED = 77  # meson's exit status for a test that could not run
PRECISION = 50 if POINTS > 50 else 8  # of the smallest limit that suffices, as a part of it

CRASHES = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL)
# What cc1 and the libraries in it print when malloc or mmap gives nothing, and the loader before them.
MESSAGES = {
    "out of memory": r"out of memory allocating \d+ bytes",
    "virtual memory exhausted": r"virtual memory exhausted",
    "bad_alloc": r"std::bad_alloc|terminate called without an active exception",  # the latter: none could be thrown
    "GMP": r"GNU MP: Cannot allocate memory",
    "loader": r"error while loading shared libraries|cannot allocate memory for thread-local data|cannot be preloaded",
}


def source():
    """A medium file: some thousand statements, so that every pass has something to hold."""
    lines = ["struct node { struct node *next; long key; char name[24]; };", "int printf(const char *, ...);"]
    for i in range(60):
        lines.append(f"""static long f{i}(struct node *n, long a, long b) {{
    long sum = {i};
    for (struct node *at = n; at; at = at->next) {{
        if (at->key > a) sum += at->key * b; else if (at->key == {i}) sum ^= a << {i % 13};
        switch (at->key & 7) {{ case 0: sum += a; break; case 1: sum -= b; break; case 5: sum *= {i + 3}; break; default: sum++; }}
    }}
    return printf("f{i} %ld\\n", sum) + {"f%d(n, b, a)" % (i - 1) if i else "0"};
}}""")
    lines.append("long all(struct node *n) { return f59(n, 1, 2); }")
    return "\n".join(lines)


class Limit:
    """How a run is limited: `before` runs in the child, `environment` is added."""

    cgroup = None  # of all of kind `cgroup`

    def __init__(self, kind, amount):
        self.kind, self.amount = kind, amount
        self.environment = {}
        if kind == "limit":
            self.environment = {"MORPHARENA_LIMIT": str(amount)} if MODE != "glibc" else {
                "LD_PRELOAD": LIBRARY, "REFUSE_FROM": str(amount)}

    def before(self):
        if self.kind == "cgroup":
            self.cgroup.enter()
        elif self.kind in ("as", "data"):
            which = resource.RLIMIT_AS if self.kind == "as" else resource.RLIMIT_DATA
            resource.setrlimit(which, (self.amount, self.amount))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def begin(self):
        if self.kind == "cgroup":
            self.cgroup.limit(self.amount)


class Subject:
    def __init__(self, folder):
        self.folder = folder
        self.cc1 = subprocess.run(["gcc", "-print-prog-name=cc1"], capture_output=True, text=True, check=True).stdout.strip()
        with open(folder + "/in.c", "w", encoding="ascii") as file:
            file.write(source())
        self.expected = None
        ending = self.ending(Limit("none", 0))
        if ending != "ok":
            sys.exit(f"cc1 does not run without a limit: {ending}")
        with open(folder + "/out.s", "rb") as file:
            self.expected = file.read()

    def ending(self, limit):
        records = self.folder + "/records"
        os.makedirs(records, exist_ok=True)
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", **limit.environment}
        # The first run, without a limit, makes what is expected: by glibc.
        if MODE != "glibc" and self.expected is not None:
            environment |= {"LD_PRELOAD": LIBRARY, "MORPHARENA_MODE": MODE, "MORPHARENA_RUN_DIR": records}
        limit.begin()
        done = subprocess.run([self.cc1, "-quiet", "-O1", "in.c", "-o", "out.s"], cwd=self.folder, env=environment,
                              preexec_fn=limit.before, capture_output=True, text=True, errors="replace")
        try:
            ending = self.classify(done, limit)
        finally:
            read = self.read_records(records)
        if ending == "ok" and "MORPHARENA_RUN_DIR" in environment and read == 0:
            return "WRONG: ended well, and left no record: was the library there?"
        return ending

    def classify(self, done, limit):
        if done.returncode == 0:
            with open(self.folder + "/out.s", "rb") as file:
                same = self.expected is None or file.read() == self.expected
            return "ok" if same and done.stderr == "" else f"WRONG: status 0, another output or {done.stderr!r}"
        if done.returncode == -signal.SIGKILL and limit.kind == "cgroup":
            return "OOM killer"
        if done.stderr == "" and done.stdout == "" and done.returncode in (-signal.SIGKILL, -signal.SIGSEGV):
            # Told from a crash of ours by running a program that does nothing: the kernel could not even make it.
            probe = subprocess.run([self.cc1, "--version"], env={}, preexec_fn=limit.before, capture_output=True)
            if probe.returncode == done.returncode:
                return "not started"
        # Before any message: cc1 may have said its own and crashed then, and it tells of a crash by a status of its own.
        if -done.returncode in CRASHES or re.search("Segmentation fault|Bus error|Illegal instruction", done.stderr):
            return f"WRONG: crashed, status {done.returncode}: {done.stderr[:300]!r}"
        for name, pattern in MESSAGES.items():
            if re.search(pattern, done.stderr):
                return name
        return f"WRONG: status {done.returncode}: {done.stderr[:300]!r}"

    @staticmethod
    def read_records(records):
        """How many there were; all must be readable."""
        count = 0
        if os.listdir(records):
            read = subprocess.run([RECORD_JSON, records], capture_output=True, text=True)
            if read.returncode != 0:
                raise SystemExit(f"{MODE}: a record can't be read: {read.stderr}")
            count = sum(not record["process"]["bypassed"] for record in json.loads(read.stdout))
        shutil.rmtree(records)
        return count


def first_success(subject, kind):
    """About the smallest limit at which cc1 succeeds, by doubling and halving."""
    high = MIB
    while subject.ending(Limit(kind, high)) != "ok":
        high *= 2
        if high > 8192 * MIB:
            sys.exit(f"{MODE} {kind}: no success below 8 GiB")
    low = high // 2
    while high - low > high // PRECISION:
        middle = (low + high) // 2 & ~4095
        if subject.ending(Limit(kind, middle)) == "ok":
            high = middle
        else:
            low = middle
    return high


def sweep(subject, kind):
    most = first_success(subject, kind)
    # Below these the kernel can't make the process at all.
    low = most * 9 // 20 if kind == "as" else most // 20
    endings = collections.Counter()
    wrong = []
    for i in range(POINTS):
        amount = (low + (most + most // PRECISION - low) * (i + 1) // POINTS) & ~4095
        ending = subject.ending(Limit(kind, amount))
        if ending.startswith("WRONG"):
            wrong.append(f"{MODE} {kind} {amount}: {ending[7:]}")
            ending = "WRONG"
        endings[ending] += 1
    print(f"{MODE} {kind}, up to {most / MIB:.1f} MiB: " + ", ".join(f"{n} {what}" for what, n in endings.most_common()), flush=True)
    for line in wrong:
        print(line, flush=True)
    return not wrong


def main():
    kinds = sys.argv[5:] or ["as", "data", "limit", "cgroup"]
    if MODE == "system":  # the next allocator knows nothing of our limit
        kinds = [kind for kind in kinds if kind != "limit"]
    good, skipped = True, 0
    with tempfile.TemporaryDirectory(prefix="exhaustion-") as folder:
        subject = Subject(folder)
        for kind in kinds:
            if kind == "cgroup":
                try:
                    Limit.cgroup = memory_cgroup.MemoryCgroup("morpharena-exhaustion-%d" % os.getpid())
                except OSError as error:
                    print(f"skipped: cgroup: no memory cgroup of our own: {error.strerror}")
                    skipped += 1
                    continue
            try:
                good = sweep(subject, kind) and good
            finally:
                if kind == "cgroup":
                    Limit.cgroup.remove()
    if not good:
        return 1
    return SKIPPED if skipped == len(kinds) else 0


sys.exit(main())
