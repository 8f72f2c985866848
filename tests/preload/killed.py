"""killed.py LIBRARY MODE MORPHARENA: SIGKILL in the middle of cc1 loses nothing that was counted until then."""

import os
import signal
import subprocess
import time
from pathlib import Path

from preload import arguments, expect, expect_loaded, fail, preloaded_environment, scratch
from processes import check_facts, read_records, tool_name
from sources import long_c

FUNCTIONS = 3000          # -O2 keeps cc1 busy for many seconds
DEADLINE_SECONDS = 60
PAYLOAD_SOUGHT = 20 << 20  # bytes asked for: cc1 is in the middle of its work

# These only ever rise while a process runs.
RISING = ("bytes_asked", "calloc_calls", "realloc_calls", "free_calls", "bytes_mapped_peak", "heaps")


def cc1_below(parent: int):
    """The process id of the child named cc1, or None."""
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        try:
            if Path(f"/proc/{child}/comm").read_text().strip() == "cc1":
                return int(child)
        except FileNotFoundError:
            pass
    return None


def reading(morpharena: str, records: Path, pid: int):
    """What the record of the process says now, or None before it has one."""
    if not any(records.glob(f"{pid}-*")):
        return None
    found = [p for p in read_records(morpharena, records) if p["process"]["pid"] == pid]
    # A child that forked may have left a record of gcc's image before its exec; the one of cc1 comes last.
    return found[-1] if found and tool_name(found[-1]["process"]["program"]) == "cc1" else None


def wait_for(what: str, probe):
    end = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < end:
        result = probe()
        if result is not None:
            return result
        time.sleep(0.02)
    return fail(f"no {what} after {DEADLINE_SECONDS} s")


def counters(facts: dict) -> dict:
    """All that was counted, without how the process ended."""
    return {"summary": facts["summary"], "size_classes": facts["size_classes"], "counters": facts["counters"]}


def main():
    library, mode, morpharena = arguments()
    expect_loaded(library, mode)
    work, records = scratch(), scratch()
    (work / "long.c").write_text(long_c(FUNCTIONS))
    gcc = subprocess.Popen(["gcc", "-O2", "-c", "long.c"], cwd=work, stderr=subprocess.PIPE,
                           env=preloaded_environment(library, mode, RUN_DIR=records), start_new_session=True)
    try:
        cc1 = wait_for("child named cc1", lambda: cc1_below(gcc.pid))
        early = wait_for("record of cc1", lambda: reading(morpharena, records, cc1))
        expect(early["ending"] == "running", f"the record of a live process says {early['ending']}")

        def far_enough():
            facts = reading(morpharena, records, cc1)
            return facts if facts is not None and facts["summary"]["payload"] > PAYLOAD_SOUGHT else None

        later = wait_for(f"{PAYLOAD_SOUGHT} bytes of payload in cc1", far_enough)
        os.kill(cc1, signal.SIGSTOP)
        wait_for("stop of cc1", lambda: True if " T " in Path(f"/proc/{cc1}/stat").read_text() else None)
        stopped = reading(morpharena, records, cc1)
        os.kill(cc1, signal.SIGKILL)
        stderr = gcc.communicate(timeout=DEADLINE_SECONDS)[1]
    finally:
        if gcc.poll() is None:
            os.killpg(gcc.pid, signal.SIGKILL)  # gcc and all that it started
    expect(gcc.returncode != 0 and b"Killed signal" in stderr, f"gcc did not notice: {gcc.returncode} {stderr!r}")

    last = reading(morpharena, records, cc1)
    expect(last is not None, "the record of the killed cc1 is gone")
    check_facts("the killed cc1", last, mode)
    expect(last["ending"] == "killed or _exit", f"the record of the killed process says {last['ending']}")
    for name in RISING:
        line = [facts["counters"][name] for facts in (early, later, stopped, last)]
        expect(line == sorted(line), f"{name} fell: {line}")
    expect(stopped["summary"]["payload"] > early["summary"]["payload"], "nothing was counted between readings")
    was, is_now = counters(stopped), counters(last)
    expect(is_now == was, f"the kill changed the record: {was} became {is_now}")
    print(f"cc1 was killed after {last['summary']['objects']} objects; the record has them all")


main()
