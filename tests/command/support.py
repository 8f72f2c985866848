"""What the end-to-end tests of the morpharena command share. Each of them is called: SCRIPT COMMAND LIBRARY"""
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import abilities

SKIPPED = 77  # meson's exit status for a test that could not run
PATIENCE = 1000  # seconds after which something hangs; no test's result depends on how long it took


def command():
    return os.path.abspath(sys.argv[1])


def library():
    return os.path.abspath(sys.argv[2])


def main():
    """Ends with 77 where every test was skipped; else a line for each reason, which `traps.py summary` counts."""
    result = unittest.main(argv=sys.argv[:1] + sys.argv[3:], exit=False).result
    for reason in sorted({reason.strip().replace("\n", " ") for _, reason in result.skipped}):
        names = [test.id().removeprefix("__main__.") for test, why in result.skipped if why.strip().replace("\n", " ") == reason]
        print("skipped: %s: %s" % (", ".join(names), reason))
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.skipped and len(result.skipped) >= result.testsRun else 0)


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="morpharena-e2e-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.env = {k: v for k, v in os.environ.items()
                    if not k.startswith("MORPHARENA_") and k not in ("LD_PRELOAD", "NO_COLOR")}
        self.env["MORPHARENA_LIBRARY"] = library()
        self.env["TMPDIR"] = self.dir

    def path(self, name):
        return os.path.join(self.dir, name)

    def call(self, *words, env=None, **options):
        return subprocess.run([command(), *words], env=env or self.env, capture_output=True, text=True,
                              errors="replace", timeout=PATIENCE, stdin=subprocess.DEVNULL, **options)

    def refused(self, *words, names=(), **options):
        """Exit 2, nothing on stdout, one line on stderr that holds every one of `names`."""
        done = self.call(*words, **options)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for name in names:
            self.assertIn(name, done.stderr)
        return done.stderr

    def needs_cgroup(self):
        if abilities.has_memory_cgroup():
            return
        done = self.call("run", "--memory", "256M", "--", "true")
        if done.returncode == 2 and "no memory cgroup" in done.stderr:
            self.skipTest(done.stderr.strip())

    def needs_ptrace(self):
        problem = abilities.ptrace_problem()
        if problem:
            self.skipTest(problem)

    def wait_for_file(self, name):
        end = time.monotonic() + PATIENCE
        while not os.path.exists(self.path(name)):
            self.assertLess(time.monotonic(), end, "waited in vain for " + name)
            time.sleep(0.01)

    def left_overs(self):
        return [name for name in os.listdir(self.dir) if name.startswith("morpharena-")]
