"""In set-user-ID programs no option of ours is obeyed, and a library named by a path is not preloaded at all.

at_secure.py LIBRARY SOURCE INCLUDE

Builds SOURCE against a copy of LIBRARY in a folder of its own, and runs it with the owner's and the group's bit set, as another
user. Exit status 77, with the reason, where that can't be done.
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

LIBRARY, SOURCE, INCLUDE = (Path(word).resolve() for word in sys.argv[1:4])
NOBODY = 65534
PATIENCE = 60


def fail(reason):
    print(reason, file=sys.stderr)
    sys.exit(1)


def skip(reason):
    print(reason, file=sys.stderr)
    sys.exit(77)


def run(program, folder, user=None):
    """(exit status, stdout, stderr, what it left) with every option that would show."""
    places = [folder / "records", folder / "dumps"]
    for place in places:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        place.chmod(0o1777)
    environment = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(folder / LIBRARY.name), "MORPHARENA_CHECK": "abort",
                   "MORPHARENA_RUN_DIR": str(places[0]), "MORPHARENA_STATS": str(places[1] / "dump.%p.%n")}
    as_user = {"user": user, "group": user, "extra_groups": []} if user else {}
    done = subprocess.run([str(program)], env=environment, capture_output=True, text=True, timeout=PATIENCE, cwd=folder, **as_user)
    return done.returncode, done.stdout, done.stderr, [p.name for place in places for p in place.iterdir()]


def main():
    if os.geteuid() != 0:
        skip("only root can make another user's set-user-ID program")
    folder = Path(tempfile.mkdtemp(prefix="morpharena-programs-"))
    if os.statvfs(folder).f_flag & os.ST_NOSUID:
        skip(f"{folder} is mounted nosuid")
    folder.chmod(0o755)
    try:
        check(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check(folder):
    library = folder / LIBRARY.name
    shutil.copy(LIBRARY, library)
    library.chmod(0o755)
    linked, plain = folder / "linked", folder / "plain"
    build = ["gcc", "-O1", "-fno-builtin", "-I", str(INCLUDE), str(SOURCE)]
    subprocess.run([*build, "-o", str(linked), "-Wl,--no-as-needed", str(library), f"-Wl,-rpath,{folder}"], check=True)
    subprocess.run([*build, "-o", str(plain)], check=True)

    # Without the bit everything is obeyed: the options would show.
    for program in (plain, linked):
        status, stdout, stderr, left = run(program, folder, NOBODY)
        if (status, stdout) != (-signal.SIGABRT, "secure 0 active 1 counted 1\n") or "freed already" not in stderr:
            fail(f"an ordinary program: status {status}, stdout {stdout!r}, stderr {stderr!r}")
        if not any(name.endswith(".morpharena") for name in left):
            fail(f"an ordinary program keeps a record: left {left}")

    for what, owner, group, bit, user in (("root's program run by nobody", 0, 0, 0o4755, NOBODY),
                                          ("nobody's program run by root", NOBODY, 0, 0o4755, None),
                                          ("a set-group-ID program", 0, 0, 0o2755, NOBODY)):
        for program, active in ((linked, 1), (plain, 0)):
            os.chown(program, owner, group)
            program.chmod(bit)
            status, stdout, stderr, left = run(program, folder, user)
            if "secure 0" in stdout:
                skip(f"{what}: the kernel does not heed the bit here")
            # A linked library serves, by its defaults; a preloaded one is not there, and the loader may say so.
            said = "" if active else stderr
            if (status, stdout, stderr, left) != (0, f"secure 1 active {active} counted 0\n", said, []):
                fail(f"{what}, {program.name}: status {status}, stdout {stdout!r}, stderr {stderr!r}, left {left}")
            print(f"{what}, {program.name}: {stdout.strip()}")


main()
