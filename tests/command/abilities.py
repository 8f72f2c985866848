"""What this machine lets a test do, tried out by the test itself: the command's own word for it would make a skip of a failure."""
import ctypes
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import memory_cgroup

PTRACE_SEIZE = 0x4206


def has_memory_cgroup():
    """True where one can be had for certain; a systemd scope, of which only the command knows, may serve elsewhere."""
    try:
        memory_cgroup.MemoryCgroup("morpharena-test-%d-trial" % os.getpid()).remove()
    except OSError:
        return False
    return True


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
