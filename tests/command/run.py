"""morpharena run: streams, records, exit codes."""
import json
import os
import shutil
import subprocess
import sys

from support import PATIENCE, Case, command, library, main


class Run(Case):
    def test_streams_pass_through(self):
        done = subprocess.run([command(), "run", "--", "sh", "-c", "cat; echo err >&2"], env=self.env, input="in\n",
                              capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stdout), (0, "in\n"))
        self.assertTrue(done.stderr.startswith("err\n"))
        self.assertIn("mode arena: ok", done.stderr)

    def test_each_process_has_a_row(self):
        done = self.call("run", "--json", self.path("out.json"), "--", "sh", "-c", "/bin/ls / >/dev/null; /bin/date; exit 0")
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in ("ls", "date"):
            self.assertRegex(done.stderr, r"(?m)^%s +\d+ +exit" % name)
        with open(self.path("out.json")) as file:
            document = json.load(file)
        self.assertEqual((document["schema"], document["version"]), ("morpharena.run", 1))
        self.assertEqual(document["outcome"]["verdict"], "ok")
        self.assertGreater(document["metrics"]["wall"], 0)
        programs = {process["process"]["program"]: process for process in document["processes"]}
        self.assertGreater(programs["ls"]["summary"]["objects"], 0)
        self.assertEqual(programs["ls"]["config"]["mode"], "arena")
        self.assertEqual(self.left_overs(), [])

    def test_system_mode(self):
        done = self.call("run", "--mode", "system", "--json", "-", "--", "ls", "/dev/null")
        self.assertEqual(done.returncode, 0, done.stderr)
        first, _, rest = done.stdout.partition("\n")
        self.assertEqual(first, "/dev/null")
        self.assertEqual(json.loads(rest)["processes"][0]["config"]["mode"], "system")

    def test_exit_codes(self):
        self.assertEqual(self.call("run", "--", "sh", "-c", "exit 9").returncode, 1)
        done = self.call("run", "--", "sh", "-c", "kill -SEGV $$")
        self.assertEqual(done.returncode, 1)
        self.assertIn("killed by SIGSEGV", done.stderr)
        self.assertIn("killed or _exit", done.stderr)

    def test_a_peak_is_a_lower_bound_where_nobody_said_the_end(self):
        words = "import os; held = [b'.' * 4096 for i in range(5000)]; "
        for end, bound in (("os._exit(0)", ">= "), ("pass", "")):
            done = self.call("run", "--", sys.executable, "-c", words + end)
            self.assertRegex(done.stderr, r"(?m)^python\S* .* [\d.]+ %%  +%s[\d.]+ MiB$" % bound)

    def test_named_run_directory_keeps_records(self):
        os.mkdir(self.path("records"))
        self.assertEqual(self.call("run", "--run-dir", self.path("records"), "--", "true").returncode, 0)
        first = set(os.listdir(self.path("records")))
        self.assertEqual(len(first), 1)
        done = self.call("run", "--run-dir", self.path("records"), "--", "date")
        self.assertNotIn("\ntrue ", done.stderr)  # of the run before
        self.assertTrue(first < set(os.listdir(self.path("records"))))

    def test_stats_template(self):
        done = self.call("run", "--stats", "dump.%e.json", "--", "sh", "-c", "cd /; /bin/date", cwd=self.dir)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.path("dump.date.json")) as file:
            self.assertEqual(json.load(file)["process"]["program"], "date")

    def test_what_was_preloaded_stays(self):
        done = self.call("run", "--", "sh", "-c", "echo $LD_PRELOAD", env=dict(self.env, LD_PRELOAD="libm.so.6"))
        self.assertEqual(done.stdout, "%s:libm.so.6\n" % os.path.realpath(library()))
        self.assertIn("libm.so.6", done.stderr)

    def test_command_line_of_100_kb(self):
        words = ["x" * 99] * 1000
        done = self.call("run", "--json", self.path("out.json"), "--", "echo", *words)
        self.assertEqual(done.returncode, 0, done.stderr[:300])
        self.assertEqual(len(done.stdout), 100_000)
        with open(self.path("out.json")) as file:
            self.assertEqual(len(json.load(file)["command"]), 1001)

    def test_many_processes_are_summed_by_program(self):
        done = self.call("run", "--", "sh", "-c", "i=0; while [ $i -lt 60 ]; do /bin/true; i=$((i+1)); done; exit 0")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"(?m)^true +60 ")

    def test_a_program_without_our_library(self):
        done = self.call("run", "--", "env", "-i", "LD_PRELOAD=", "/bin/true")
        self.assertEqual(done.returncode, 0)

    def test_a_share_only_of_what_was_recorded(self):
        shell = os.path.realpath("/bin/sh")
        killed = [shell, "-c", "kill -9 $$"]
        done = self.call("run", "--json", self.path("out.json"), "--", *killed)
        self.assertIn("Every process with a record (1) ended without exit()", done.stderr)
        self.assertNotIn("of the processor time.", done.stderr)
        report = self.call("report", self.path("out.json"), "--markdown").stdout
        self.assertIn("1 of 1 processes with a record ended without exit", report)
        self.assertNotIn("of the processor time", report)
        done = self.call("run", "--", sys.executable, "-c", "import subprocess; subprocess.call(%r)" % killed)
        self.assertRegex(done.stderr, r"used [\d.]+ % of the processor time\. 1 of \d+ ended without exit\(\)")

    def test_many_odd_processes_are_not_cut_silently(self):
        done = self.call("run", "--", sys.executable, "-c", "import subprocess\nfor i in range(45): subprocess.call("
                         "['/bin/sh', '-c', 'kill -9 $$'])")
        self.assertRegex(done.stderr, r"(?m)^and 5 more$")

    def test_a_programs_name_cannot_reach_the_terminal(self):
        name = self.path("evil\x1b[31m\nname")
        shutil.copy("/bin/true", name)
        done = self.call("run", "--", name)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("\x1b", done.stderr)
        self.assertIn("evil\\x1b[31m\\x0aname", done.stderr)

    def test_what_the_library_complains_of_is_told(self):
        env = {**self.env, "MORPHARENA_BLOCK_SIZE": "z\x1bz"}
        done = self.call("run", "--json", self.path("out.json"), "--", "sh", "-c", "/bin/ls / >/dev/null; /bin/date; exit 0", env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.path("out.json")) as file:
            complaints = json.load(file)["complaints"]
        self.assertEqual(len(complaints), 1)
        self.assertRegex(complaints[0], r"^MORPHARENA_BLOCK_SIZE: 'z.+z' is not allowed.* \(3 processes\)$")
        self.assertNotIn("\x1b", complaints[0])
        self.assertIn(complaints[0] + "\n", done.stderr)

    def test_memory_limit(self):
        self.needs_cgroup()
        big = [sys.executable, "-c", "x = bytearray(300 << 20)"]
        self.assertEqual(self.call("run", "--memory", "1G", "--", *big).returncode, 0)
        done = self.call("run", "--memory", "100M", "--json", self.path("out.json"), "--", *big)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("OOM-killed", done.stderr)
        with open(self.path("out.json")) as file:
            document = json.load(file)
        self.assertEqual(document["outcome"]["verdict"], "oom_killed")
        self.assertLessEqual(document["metrics"]["peak_memory"], 100 << 20)
        self.assertIn("cgroup", document["peak_source"])
        # The victim's record outlived it.
        self.assertTrue(any(p["ending"] == "killed or _exit" for p in document["processes"]))


if __name__ == "__main__":
    main()
