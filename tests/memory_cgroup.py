"""A cgroup of the test's own that limits memory, through version 1 or 2 of the kernel's interface, whichever this machine has."""
import errno
import os
import time

LIMIT = {1: "memory.limit_in_bytes", 2: "memory.max"}
PEAK = {1: "memory.max_usage_in_bytes", 2: "memory.peak"}  # version 2's since Linux 5.19


def own_folder(version):
    """The folder of the cgroup that we are in: version 1's of the memory controller, or version 2's. None where none is mounted."""
    with open("/proc/self/cgroup", encoding="utf-8") as file:
        lines = [line.rstrip("\n").split(":", 2) for line in file]
    paths = [path for number, controllers, path in lines
             if (number == "0" and not controllers if version == 2 else "memory" in controllers.split(","))]
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            words, of_super = (part.split() for part in line.split(" - "))
            if paths and (of_super[0] == "cgroup2" if version == 2 else
                          of_super[0] == "cgroup" and "memory" in of_super[2].split(",")):
                return os.path.normpath(words[4] + "/" + (paths[0].removeprefix(words[3]) if words[3] != "/" else paths[0]))
    return None


def parents():
    """(folder, version) of each cgroup in which one might be made. In version 2 processes stand in leaves alone, but for its root:
    so one above ours, or ours where it is the root."""
    folder = own_folder(1)
    if folder:
        yield folder, 1
    folder = own_folder(2)
    while folder and folder.startswith("/sys/fs/cgroup"):
        yield folder, 2
        folder = os.path.dirname(folder)


class MemoryCgroup:
    """Raises OSError, with the reason, where none can be had."""

    def __init__(self, name):
        problem = OSError(errno.ENOENT, "none is mounted")
        for parent, self.version in parents():
            self.folder = f"{parent}/{name}"
            try:
                if not os.path.exists(parent + "/cgroup.procs"):
                    continue  # a folder above the mount
                os.mkdir(self.folder)
            except OSError as error:
                problem = error
                continue
            if os.access(f"{self.folder}/{LIMIT[self.version]}", os.W_OK):
                return
            os.rmdir(self.folder)
            problem = OSError(errno.EACCES, f"{parent} does not give its children the memory controller")
        raise problem

    def limit(self, amount):
        """At most `amount` bytes; in version 2 none in swap besides. Version 1 may swap, where the machine has any."""
        self.write(LIMIT[self.version], amount)
        if self.version == 2 and os.path.exists(self.folder + "/memory.swap.max"):
            self.write("memory.swap.max", 0)

    def enter(self):
        self.write("cgroup.procs", os.getpid())

    def has_peak(self):
        return os.path.exists(f"{self.folder}/{PEAK[self.version]}")

    def peak(self):
        with open(f"{self.folder}/{PEAK[self.version]}", encoding="ascii") as file:
            return int(file.read())

    def remove(self):
        """The kernel says EBUSY until the last process in it is gone to the end, which may be after it was waited for."""
        for _ in range(500):
            try:
                os.rmdir(self.folder)
                return
            except OSError as error:
                if error.errno != errno.EBUSY:
                    raise
            time.sleep(0.02)
        raise OSError(errno.EBUSY, f"{self.folder} stays busy")

    def write(self, name, value):
        with open(f"{self.folder}/{name}", "w", encoding="ascii") as file:
            file.write(str(value))
