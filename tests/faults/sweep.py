#!/usr/bin/env python3
"""Every system call that the core makes fails, in every mode, with every error that suits it, at its n-th call and at all of
them: sweep.py FAULTY_LIBRARY LIBRARY MODE VICTIM REFUSE RECORD_JSON CORE_DIR quick|full.

The victim (victim.c) checks itself. Here: it ends well with silent stderr, every record that it leaves can be read, and every
dump is whole JSON, unless the call that writes them is the one that fails. By a library that is built for faults, and for
errors that the loader and glibc survive themselves by seccomp under the library as it is.
"""
import collections
import errno
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import typing

FAULTY, LIBRARY, MODE, VICTIM, REFUSE, RECORD_JSON, CORE, HOW_MUCH = sys.argv[1:9]

# What the kernel, a resource limit, an interruption or a sandbox may answer; a call that has no row gets DEFAULT.
DEFAULT = ["EPERM", "ENOSYS"]
ERRORS = {
    "mmap": ["ENOMEM", "EPERM"],
    "munmap": ["ENOMEM", "EPERM"],
    "mremap": ["ENOMEM", "EPERM", "ENOSYS"],
    "madvise": ["ENOMEM", "EINVAL", "EPERM", "ENOSYS"],
    "openat": ["EINTR", "EACCES", "EMFILE", "ENOENT", "ENOSPC", "EPERM"],
    "read": ["EINTR", "EIO", "EPERM"],
    "write": ["EINTR", "ENOSPC", "EIO"],
    "close": ["EINTR", "EIO"],
    "fallocate": ["EINTR", "ENOSPC", "EOPNOTSUPP", "ENOSYS", "EPERM"],
    "pwrite64": ["EINTR", "ENOSPC"],
    "clock_gettime": ["EINVAL", "EPERM"],
    "getrusage": ["EPERM"],
    "prlimit64": ["EPERM"],
    "futex": ["EINTR", "EAGAIN", "ENOSYS"],
    "rt_sigprocmask": ["EPERM", "ENOSYS"],
    "rt_sigtimedwait": ["EAGAIN", "EINTR", "EPERM"],
}
# No filter for these: the loader, glibc or the victim itself can't go on without.
NOT_BY_SECCOMP = {"mmap", "openat", "read", "write", "close", "futex", "rt_sigprocmask", "munmap", "newfstatat", "rt_sigaction"}
# Calls whose failure may cost a dump its end, or a file its beginning.
OF_FILES = {"openat", "write", "read", "close", "fallocate", "pwrite64"}
# A sandbox refuses these always or never: the mask can't be put back when the second of two calls fails.
ALWAYS = {"rt_sigprocmask"}
# Calls that the victim never makes in these modes (all: MODES), and why: their failures are not tried by the hook.
MODES = ("arena", "pool", "adaptive", "system")
NEVER = {
    "exit_group": (MODES, "ends a process that the check aborts"),
    "pwrite64": (MODES, "makes a file where fallocate can't"),
    "mincore": (MODES, "asked about an address that was freed and is not ours any more: tests/programs/checked_foreign.c"),
    "getcwd": (MODES, "completes a relative place, and ours are absolute"),
    "rt_sigtimedwait": (MODES, "takes away what a write raised: its pipe has a reader, its file no limit"),
    "unlinkat": (MODES, "takes a file back that could not be made whole"),
    "rt_sigaction": (("pool", "system"), "sets the reset's handler, and nothing is reset"),
    "mremap": (("system",), "the memory is the next allocator's"),
    "munmap": (("system",), "the memory is the next allocator's"),
}
# How often is a matter of chance: so many calls every run has. Threads wait, or take each other's heaps, where they happen to meet;
# the time is asked where pages are given back, and a mapping grown where there is one to grow.
BY_CHANCE = {"futex": 0, "clock_gettime": 0, "mremap": 1, "tgkill": 1}
TRIES = 4  # of the others a run may have a few less, hardly ever half
EINTR_ALONE = {"EINTR"}  # an interruption costs nothing: there must be records and whole dumps all the same


def numbers():
    text = subprocess.run(["gcc", "-E", "-dM", "-include", "sys/syscall.h", "-xc", "/dev/null"], capture_output=True,
                          text=True, check=True).stdout
    return {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)", text)}


def calls_of_the_core():
    found = set()
    for path in glob.glob(CORE + "/**/*.*", recursive=True):
        with open(path, encoding="utf-8") as file:
            found |= set(re.findall(r"\bSYS_(\w+)", file.read()))
    return sorted(found)


class Failure(Exception):
    pass


class Ran(typing.NamedTuple):
    calls: int      # with the number that the plan names
    hits: int       # of them, failed
    refused: int    # requests answered NULL
    adopted: int    # heaps taken over from ended threads, by the records
    left: tuple     # records, dumps


def run(library, recorded, fault="", launcher=()):
    """Raises Failure when anything is not as it must be."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        records, dumps = folder + "/records", folder + "/dumps"
        os.mkdir(records)
        os.mkdir(dumps)
        environment = {"PATH": os.environ["PATH"], "LD_PRELOAD": library, "MORPHARENA_MODE": MODE, "FAULT": fault,
                       "MORPHARENA_BUDGET": "1M", "MORPHARENA_BLOCK_SIZE": "256K"}
        if MODE in ("arena", "adaptive"):
            environment["MORPHARENA_RESET_SIGNAL"] = "USR2"
        if recorded:
            environment |= {"MORPHARENA_RUN_DIR": records, "MORPHARENA_STATS": dumps + "/%e.%p.%n.json",
                            "MORPHARENA_DUMP_SIGNAL": "USR1"}
        try:
            done = subprocess.run([*launcher, VICTIM], env=environment, capture_output=True, text=True, timeout=120)
        except subprocess.TimeoutExpired:
            raise Failure("it hangs")
        if done.returncode == 77 and launcher:
            print("no seccomp filters here")
            sys.exit(77)
        if done.returncode != 0 or done.stderr != "" or not done.stdout.startswith("ok "):
            raise Failure(f"status {done.returncode}, stdout {done.stdout!r}, stderr {done.stderr!r}")
        found = []
        if recorded:
            read = subprocess.run([RECORD_JSON, records], capture_output=True, text=True)
            if read.returncode != 0:
                raise Failure(f"a record can't be read: {read.stderr.strip()}")
            found = json.loads(read.stdout)
        for path in glob.glob(dumps + "/*"):
            with open(path, encoding="utf-8", errors="replace") as file:
                whole(path, file.read())
        calls, hits, refused = map(int, done.stdout.split()[1:])
        adopted = sum(record["counters"].get("adoptions", 0) for record in found)
        return Ran(calls, hits, refused, adopted, (len(found), len(os.listdir(dumps))))


allow_torn_dump = False


def whole(path, text):
    try:
        json.loads(text)
    except ValueError as error:
        if not allow_torn_dump:
            raise Failure(f"{os.path.basename(path)} is torn: {error}")


def points(calls):
    """Which calls fail, one a run, and the ranges: (first, last)."""
    if calls == 0:
        return []
    if HOW_MUCH == "quick":
        single = {1, calls // 2}
    else:
        single = set(range(1, 25)) | {calls * i // 25 for i in range(1, 26)}
    chosen = [(n, n) for n in sorted(single) if 1 <= n <= calls]
    return chosen + [(1, 0)] + ([] if HOW_MUCH == "quick" else [(2, 0), (calls // 3 + 1, 0), (calls // 2 + 1, 0)])


def main():
    global allow_torn_dump
    number_of = numbers()
    tally = collections.Counter()
    failures = []

    def attempt(what, *arguments):
        try:
            result = run(*arguments)
            tally["runs"] += 1
            tally["calls that failed"] += result.hits
            tally["requests refused"] += result.refused
            return result
        except Failure as failure:
            failures.append(f"{MODE} {what}: {failure}")
            return None

    whole_run = attempt("no fault", FAULTY, True)
    if whole_run is None:
        print(failures[0])
        return 1
    if whole_run.left[0] != 2:
        failures.append(f"{MODE} no fault: {whole_run.left[0]} records of a parent and its child")
    for name in calls_of_the_core():
        seen = 0
        for recorded in (True, False):
            counted = attempt(f"{name} counted", FAULTY, recorded, f"{number_of[name]} 0 0 0")
            seen += counted.calls if counted else 0
            for error in ERRORS.get(name, DEFAULT)[: 2 if HOW_MUCH == "quick" else None]:
                for first, last in points(counted.calls if counted else 0):
                    if name in ALWAYS and (first, last) != (1, 0):
                        continue
                    if error == "EINTR" and last == 0:
                        continue  # an interruption that never ends is none
                    allow_torn_dump = name in OF_FILES and error not in EINTR_ALONE
                    what = f"{'recorded' if recorded else 'plain'} {name} {error} {first}-{last or ''}"
                    due = first <= BY_CHANCE.get(name, counted.calls // 2 or 1)
                    for _ in range(TRIES):
                        result = attempt(what, FAULTY, recorded, f"{number_of[name]} {getattr(errno, error)} {first} {last}")
                        if result is None or result.hits or not due:
                            break
                    if result and result.hits == 0 and (due or result.calls >= first):
                        failures.append(f"{MODE} {what}: nothing failed in {result.calls} calls, {counted.calls} when they were counted")
                    if result and error == "EINTR" and recorded and result.left != whole_run.left:
                        failures.append(f"{MODE} {what}: {result.left} records and dumps, not {whole_run.left}")
                    # Threads that can't be told apart might take each other's heap.
                    if result and name == "gettid" and (first, last) == (1, 0) and result.adopted:
                        failures.append(f"{MODE} {what}: {result.adopted} heaps were taken over")
        never = MODE in NEVER.get(name, ((), ""))[0]
        if (seen == 0) != never and BY_CHANCE.get(name, 1):
            failures.append(f"{MODE} {name}: {seen} calls, and NEVER has {'a' if never else 'no'} reason")
        if name not in NOT_BY_SECCOMP:
            allow_torn_dump = name in OF_FILES
            for error in ("EPERM", "ENOSYS"):
                for recorded in (True, False):
                    attempt(f"seccomp {name} {error}", LIBRARY, recorded, "",
                            (REFUSE, str(number_of[name]), str(getattr(errno, error))))
                    tally["by seccomp"] += 1
    print(f"{MODE}: {len(calls_of_the_core())} system calls, " + ", ".join(f"{n} {what}" for what, n in tally.items()))
    for failure in failures:
        print(failure)
    return 1 if failures else 0


sys.exit(main())
