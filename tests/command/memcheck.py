"""The command under valgrind's memcheck: no read of what was not written, nothing beyond an end, nothing lost."""
import glob
import os
import shutil
import subprocess

from support import Case, command, main

FOUND = 99
PATIENCE = 600  # it is some fifty times as slow


class Memcheck(Case):
    def setUp(self):
        super().setUp()
        if shutil.which("valgrind") is None:
            self.skipTest("no valgrind here")
        os.mkdir(self.path("records"))
        env = dict(self.env, LD_PRELOAD=self.env["MORPHARENA_LIBRARY"], MORPHARENA_RUN_DIR=self.path("records"))
        for words in (["true"], ["sh", "-c", "true; false"]):
            subprocess.run(words, env=env, check=False, timeout=PATIENCE)

    def checked(self, *words, status=0):
        """The command runs, with what it starts left alone."""
        done = subprocess.run(["valgrind", "-q", f"--error-exitcode={FOUND}", "--leak-check=full", "--errors-for-leak-kinds=definite",
                               "--trace-children=no", command(), *words],
                              env=self.env, capture_output=True, text=True, errors="replace", timeout=PATIENCE, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, status, f"{words}: {done.stderr}")
        self.assertNotIn("==", done.stderr.replace("===", ""), done.stderr)
        return done.stdout

    def damaged(self):
        """A record cut off, one with other bytes in it, and one that is none."""
        source = sorted(glob.glob(self.path("records/*")))[0]
        with open(source, "rb") as file:
            whole = file.read()
        os.mkdir(self.path("damaged"))
        for name, content in (("cut", whole[:5000]), ("changed", whole[:200] + os.urandom(len(whole) - 200)), ("none", b"x" * 20000),
                              ("slots", whole[:28] + b"\xff\xff\xff\xff" + whole[32:])):
            with open(self.path(f"damaged/{name}.morpharena"), "wb") as file:
                file.write(content)
        return self.path("damaged")

    def test_records(self):
        self.assertIn("true", self.checked("stats", self.path("records")))
        self.checked("stats", "--full", self.path("records"))
        self.checked("stats", "--json", "-", self.path("records"))
        self.checked("top", self.path("records"))
        self.checked("stats", self.damaged(), status=2)

    def test_runs_and_their_reports(self):
        self.checked("run", "--json", self.path("run.json"), "--", "true")
        self.checked("compare", "--allocators", "glibc,arena", "--runs", "2", "--json", self.path("compare.json"), "--jsonl",
                     self.path("lines.jsonl"), "--", "true")
        for name in ("run.json", "compare.json"):
            self.assertIn("true", self.checked("report", self.path(name)))
            self.checked("report", self.path(name), "--html", self.path("page.html"), "--markdown", self.path("page.md"),
                         "--csv", self.path("page.csv"), "--trace-events", self.path("trace.json"))
        self.checked("merge", self.path("lines.jsonl"))

    def test_bad_input(self):
        for name, content in (("empty", ""), ("half", '{"schema": "morpharena.run", "runs": [{'), ("other", '{"schema": "morpharena.run"}'),
                              ("deep", "[" * 5000)):
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write(content)
            self.checked("report", self.path(name), status=2)
        self.checked("run", "--mode", "none", "--", "true", status=2)
        self.checked("stats", status=2)


main()
