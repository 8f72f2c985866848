"""Signals to the processes of an iteration, which are told by a variable in their environment."""

import os
import random
import signal
import threading
import time
from pathlib import Path

MARK = b"SOAK_PLACE="


def processes(place: Path) -> list:
    """Pids of those that live and were started for this place."""
    wanted = MARK + os.fsencode(place)
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if wanted in Path("/proc", entry, "environ").read_bytes().split(b"\0"):
                    found.append(int(entry))
            except OSError:
                pass  # it has ended
    return found


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def read_from_disk(place: Path) -> int:
    """Pages that its processes had to wait for (majflt). Under glibc as well, one whose code does not fit its cgroup reads the same
    ones for ever: rustc in 57 MB did, with 32 a second after 27 minutes."""
    total = 0
    for pid in processes(place):
        try:
            total += int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[9])
        except (OSError, IndexError):
            pass  # it has ended
    return total


def send_if_caught(pid: int, number: int) -> bool:
    """Sends a signal that would end a process without a handler. An exec takes handlers away, so we look while it stands still."""
    try:
        os.kill(pid, signal.SIGSTOP)
        try:
            end = time.monotonic() + 0.2
            while state(pid) != "T" and time.monotonic() < end:
                time.sleep(0.001)
            status = Path(f"/proc/{pid}/status").read_text()
            caught, blocked = (int(status.partition(name)[2].split()[0], 16) for name in ("SigCgt:", "SigBlk:"))
            if state(pid) != "T" or not (caught & ~blocked) >> (number - 1) & 1:
                return False  # blocked, it would wait, and an exec meanwhile takes the handler away
            os.kill(pid, number)
            return True
        finally:
            os.kill(pid, signal.SIGCONT)
    except (OSError, IndexError):
        return False  # it has ended


class Disturber(threading.Thread):
    """Signals random processes until it is told to stop; counts what it sent."""

    def __init__(self, place: Path, seed: str, dump: int, reset: int):
        super().__init__()
        self.place, self.dump, self.reset, self.draw = place, dump, reset, random.Random(seed)
        self.done, self.sent = threading.Event(), 0

    def run(self):
        while not self.done.wait(self.draw.uniform(0.002, 0.05)):
            alive = processes(self.place)
            if not alive:
                continue
            pid = self.draw.choice(alive)
            if self.draw.random() < 0.5:
                self.sent += send_if_caught(pid, self.reset)
            else:
                try:
                    os.kill(pid, self.dump)
                    self.sent += 1
                except OSError:
                    pass

    def end(self):
        self.done.set()
        self.join()


def end_all(place: Path) -> int:
    """Ends what is left of an iteration; how many that were."""
    ended = set()
    for _ in range(100):
        alive = [pid for pid in processes(place) if not is_dead(pid)]
        if not alive:
            break
        for pid in alive:
            try:
                os.kill(pid, signal.SIGKILL)
                ended.add(pid)
            except OSError:
                pass
        time.sleep(0.02)
    return len(ended)


def is_dead(pid: int) -> bool:
    try:
        return state(pid) in "ZX"
    except (OSError, IndexError):
        return True
