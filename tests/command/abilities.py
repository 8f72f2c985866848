"""What this machine lets a test do, tried out by the test itself: the command's own word for it would make a skip of a failure."""
import ctypes
import os
import signal

PTRACE_SEIZE = 0x4206


def own_cgroup(version):
    """The folder of the cgroup that we are in: version 1's of the memory controller, or version 2's. None where none is mounted."""
    with open("/proc/self/cgroup") as file:
        lines = [line.rstrip("\n").split(":", 2) for line in file]
    paths = [path for number, controllers, path in lines
             if (number == "0" and not controllers if version == 2 else "memory" in controllers.split(","))]
    with open("/proc/self/mountinfo") as file:
        for line in file:
            words, of_super = (part.split() for part in line.split(" - "))
            if paths and (of_super[0] == "cgroup2" if version == 2 else
                          of_super[0] == "cgroup" and "memory" in of_super[2].split(",")):
                return os.path.normpath(words[4] + "/" + (paths[0].removeprefix(words[3]) if words[3] != "/" else paths[0]))
    return None


def takes_children(folder, limit):
    """Can a cgroup be made in `folder` that has the file `limit`, and this be written?"""
    if not os.path.exists(folder + "/cgroup.procs"):
        return False  # not a cgroup
    trial = "%s/morpharena-test-%d-trial" % (folder, os.getpid())
    try:
        os.mkdir(trial)
    except OSError:
        return False
    try:
        return os.access(trial + "/" + limit, os.W_OK)
    finally:
        os.rmdir(trial)


def has_memory_cgroup():
    """True where one can be had for certain; a systemd scope, of which only the command knows, may serve elsewhere."""
    folder = own_cgroup(1)
    if folder and takes_children(folder, "memory.limit_in_bytes"):
        return True
    folder = own_cgroup(2)
    while folder and folder.startswith("/sys/fs/cgroup/"):  # processes stand in leaves alone: one above us
        folder = os.path.dirname(folder)
        if takes_children(folder, "memory.max"):
            return True
    return False


def ptrace_problem():
    """Why a child can't be followed by ptrace, or nothing."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long
    child = os.fork()
    if child == 0:
        while True:
            signal.pause()
    try:
        if libc.ptrace(PTRACE_SEIZE, child, None, None) == 0:
            return ""
        return "no ptrace here: " + os.strerror(ctypes.get_errno())
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
