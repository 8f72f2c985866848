"""Instructions of a command, counted by callgrind: user mode only, and the same number each time."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

# What a program calls. glibc's symbols have two names each; which one callgrind picks is its affair.
ENTRIES = {name for entry in ("malloc", "calloc", "realloc", "free", "memalign", "aligned_alloc", "posix_memalign", "valloc")
           for name in (entry, "__libc_" + entry, "__" + entry)}


class Counted:
    """One process: `program`, its `instructions`, and `allocator`, those within the malloc family's entry points."""

    def __init__(self, path):
        self.program, self.instructions, self.allocator = "", 0, 0
        names, function, callee, wants_cost = {}, "", "", False
        with open(path, errors="replace") as file:
            for line in file:
                if wants_cost:  # the line behind calls= has the callee's inclusive cost
                    wants_cost = False
                    if callee in ENTRIES and function not in ENTRIES:
                        self.allocator += int(line.split()[1])
                elif line.startswith(("fn=", "cfn=")):
                    name = self._name(line.split("=", 1)[1], names)
                    if line[0] == "f":
                        function = name
                    else:
                        callee = name
                elif line.startswith("calls="):
                    wants_cost = True
                elif line.startswith("cmd:"):
                    self.program = os.path.basename(line.split()[1])
                elif line.startswith(("summary:", "totals:")):
                    self.instructions = int(line.split()[1])

    @staticmethod
    def _name(text, names):
        """A name is spelled out once, "(12) malloc", and is "(12)" from then on; "'2" marks a recursion."""
        number, _, name = text.strip().partition(" ")
        if name:
            names[number] = re.sub(r"'\d+$", "", name)
        return names[number]


def _read(folder):
    return [Counted(path) for path in sorted(pathlib.Path(folder).glob("out.*")) if path.stat().st_size > 0]


def _valgrind(folder, children):
    return ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={folder}/out.%p",
            f"--trace-children={'yes' if children else 'no'}"]


def _run(command, environment, cwd):
    done = subprocess.run([str(word) for word in command], env=environment, cwd=cwd, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]}")


def count(command, environment, children=False, cwd=None):
    """Each process of `command` that was started by exec, as Counted; RuntimeError when the command fails."""
    with tempfile.TemporaryDirectory() as folder:
        _run([*_valgrind(folder, children), *command], environment, cwd)
        return _read(folder)


def count_below(command, environment, name, cwd=None):
    """The same for every `name` that `command` finds on PATH, and its children; not for `command`, as valgrind does not run
    every program (Go's run-time starts threads that it does not like).
    """
    with tempfile.TemporaryDirectory() as folder:
        wrapper = pathlib.Path(folder) / "bin" / name
        wrapper.parent.mkdir()
        wrapper.write_text(f"#!/bin/sh\nexec {' '.join(_valgrind(folder, True))} {shutil.which(name)} \"$@\"\n")
        wrapper.chmod(0o755)
        _run(command, {**environment, "PATH": f"{wrapper.parent}:{environment['PATH']}"}, cwd)
        return _read(folder)


def bare_environment(library=None, mode=None, **variables):
    """Little, and always the same: the loader walks the environment, so its length is counted too."""
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", **variables}
    if library:
        environment["LD_PRELOAD"] = str(library)
    if mode:
        environment["MORPHARENA_MODE"] = mode
    return environment
