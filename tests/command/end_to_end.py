"""The morpharena command from outside: exit codes, messages, files.

usage: end_to_end.py COMMAND LIBRARY CLASS   (CLASS: Usage, Run, Compare, Stats, Endings)
"""
import glob
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

COMMAND = LIBRARY = None
PATIENCE = 60  # seconds after which something hangs; no test's result depends on how long it took


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="morpharena-e2e-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.env = {k: v for k, v in os.environ.items()
                    if not k.startswith("MORPHARENA_") and k not in ("LD_PRELOAD", "NO_COLOR")}
        self.env["MORPHARENA_LIBRARY"] = LIBRARY
        self.env["TMPDIR"] = self.dir

    def path(self, name):
        return os.path.join(self.dir, name)

    def call(self, *words, env=None, **options):
        return subprocess.run([COMMAND, *words], env=env or self.env, capture_output=True, text=True,
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
        done = self.call("run", "--memory", "256M", "--", "true")
        if done.returncode == 2 and "no memory cgroup" in done.stderr:
            self.skipTest(done.stderr.strip())

    def left_overs(self):
        return [name for name in os.listdir(self.dir) if name.startswith("morpharena-")]


class Usage(Case):
    def test_help_and_version(self):
        for words in (["--help"], ["run", "--help"], ["compare", "--help"], ["stats", "--help"]):
            done = self.call(*words)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("Usage: morpharena", done.stdout)
            for line in done.stdout.splitlines():
                self.assertLessEqual(len(line), 100, line)
        self.assertRegex(self.call("--version").stdout, r"^morpharena \d+\.\d+\.\d+\n$")
        self.assertIn("Student", self.call("compare", "--help").stdout)

    def test_no_words(self):
        done = self.call()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("Usage: morpharena", done.stderr)

    def test_unknown_subcommand_and_option(self):
        self.refused("frob", names=["frob", "run, compare or stats"])
        self.refused("run", "--bogus", "--", "true", names=["--bogus"])
        self.refused("run", "gcc", "-c", "x.c", names=["gcc", "--"])

    def test_missing_command(self):
        for sub in ("run", "compare"):
            self.refused(sub, names=["no command", "--"])
            self.refused(sub, "--", names=["no command"])
            self.refused(sub, "--", "", names=["no command"])

    def test_command_that_cannot_be_executed(self):
        with open(self.path("plain"), "w") as file:
            file.write("not a program")
        for sub in ("run", "compare"):
            self.refused(sub, "--", "morpharena-nonesuch", names=["morpharena-nonesuch", "PATH"])
            self.refused(sub, "--", self.path("plain"), names=[self.path("plain"), "Permission denied"])
            self.refused(sub, "--", self.path("missing"), names=["No such file"])
        self.assertEqual(self.left_overs(), [])

    def test_bad_tokens(self):
        for token in ("8Q", "", "0", "100", "-1", "1.5G", "99999999999999999999"):
            if token:
                self.refused("run", "--memory", token, "--", "true", names=["--memory " + token, "8G"])
        for token in ("1", "0", "x", "5.5", "-3"):
            self.refused("compare", "--runs", token, "--", "true", names=["--runs " + token])
        self.refused("run", "--mode", "fast", "--", "true", names=["fast", "arena"])
        self.refused("run", "--linger", "soon", "--", "true", names=["--linger soon"])

    def test_files_that_cannot_be_written_are_refused_before_the_run(self):
        mark = self.path("mark")
        for sub in ("run", "compare"):
            self.refused(sub, "--json", self.path("no/such.json"), "--", "touch", mark, names=["no/such.json"])
            self.refused(sub, "--json", self.dir, "--", "touch", mark, names=["directory"])
        self.refused("run", "--run-dir", self.path("none"), "--", "touch", mark, names=[self.path("none")])
        self.refused("run", "--run-dir", "/proc", "--", "touch", mark, names=["/proc", "cannot be written"])
        self.refused("run", "--stats", self.path("no/%p.json"), "--", "touch", mark, names=["no"])
        self.assertFalse(os.path.exists(mark))

    def test_allocators(self):
        self.refused("compare", "--allocators", "foolloc", "--", "true", names=["foolloc", "mimalloc", "arena"])
        self.refused("compare", "--allocators", "glibc", "--", "true", names=["at least two"])
        self.refused("compare", "--allocators", "glibc,", "--", "true", names=["empty"])
        self.refused("compare", "--allocators", "glibc,./nonesuch.so", "--", "true", names=["./nonesuch.so"])
        shutil.copy(LIBRARY, self.path("odd name.so"))
        self.refused("compare", "--allocators", "glibc," + self.path("odd name.so"), "--", "true",
                     names=["odd name.so", "blank"])
        env = dict(self.env, MORPHARENA_LIBRARY=self.path("gone.so"))
        self.refused("run", "--", "true", env=env, names=["gone.so", "MORPHARENA_LIBRARY"])

    def test_planned_modes_are_refused_or_served(self):
        for mode in ("pool", "adaptive"):
            done = self.call("run", "--mode", mode, "--", "true")
            if done.returncode != 0:
                self.refused("run", "--mode", mode, "--", "true", names=[mode, "planned"])


class Run(Case):
    def test_streams_pass_through(self):
        done = subprocess.run([COMMAND, "run", "--", "sh", "-c", "cat; echo err >&2"], env=self.env, input="in\n",
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
        self.assertEqual(done.stdout, "%s:libm.so.6\n" % os.path.realpath(LIBRARY))
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

    def test_a_programs_name_cannot_reach_the_terminal(self):
        name = self.path("evil\x1b[31m\nname")
        shutil.copy("/bin/true", name)
        done = self.call("run", "--", name)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("\x1b", done.stderr)
        self.assertIn("evil\\x1b[31m\\x0aname", done.stderr)

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


class Compare(Case):
    def test_table_and_json(self):
        done = self.call("compare", "--runs", "3", "--allocators", "glibc,arena,system", "--json", self.path("out.json"),
                         "--", "sh", "-c", "ls / >&2; echo seen")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("seen\n", done.stdout)
        self.assertNotIn("\x1b", done.stdout)
        for line in done.stdout.splitlines():
            self.assertLessEqual(len(line), 100, line)
        with open(self.path("out.json")) as file:
            document = json.load(file)
        self.assertEqual((document["schema"], document["version"]), ("morpharena.compare", 1))
        self.assertEqual(len(document["runs"]), 3 * (3 + 1))
        order = [run["allocator"] for run in document["runs"]]
        self.assertEqual(order[:6], ["glibc", "arena", "system", "system", "arena", "glibc"])
        self.assertIn("glibc", document["host"])
        self.assertIn("thp", document["host"])
        labels = [allocator["label"] for allocator in document["allocators"]]
        self.assertEqual(labels, ["glibc", "arena", "system"])
        arena = document["allocators"][1]
        ratio = arena["metrics"]["wall"]["to_first"]
        self.assertLessEqual(ratio["low"], ratio["ratio"])
        self.assertLessEqual(ratio["ratio"], ratio["high"])
        self.assertEqual(ratio["pairs"], 3)
        self.assertIn("ls", [program["program"] for program in arena["recorded_run"]["programs"]])
        self.assertNotIn("recorded_run", document["allocators"][0])
        self.assertNotRegex(done.stdout.lower(), r"\b(inf|nan)\b")
        self.assertEqual(self.left_overs(), [])

    def test_timed_runs_keep_no_records(self):
        log = self.path("log")
        script = 'echo "${MORPHARENA_RUN_DIR-none} ${MORPHARENA_MODE-none}" >> %s' % log
        env = dict(self.env, MORPHARENA_RUN_DIR=self.dir)
        done = self.call("compare", "--runs", "2", "--allocators", "glibc,arena", "--", "sh", "-c", script, env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(log) as file:
            lines = file.read().split("\n")[:-1]
        self.assertEqual(len(lines), 2 * 3 + 1)
        self.assertEqual([line.split()[0] for line in lines[:-1]], ["none"] * 6)
        self.assertNotIn(lines[-1].split()[0], ("none", self.dir))
        self.assertEqual([line.split()[1] for line in lines[:4]], ["none", "arena", "arena", "none"])

    def test_json_on_stdout_is_alone_there(self):
        done = self.call("compare", "--runs", "2", "--allocators", "glibc,glibc", "--json", "-", "--", "true")
        self.assertEqual(done.returncode, 0, done.stderr)
        document = json.loads(done.stdout)
        self.assertEqual([a["label"] for a in document["allocators"]], ["glibc", "glibc#2"])
        self.assertIn("95 % interval", done.stderr)

    def test_a_path_takes_part(self):
        shutil.copy(LIBRARY, self.path("other.so"))
        done = self.call("compare", "--runs", "2", "--allocators", "glibc,./other.so", "--", "true", cwd=self.dir)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("other.so", done.stdout)

    def test_failure_everywhere_stops_early_and_shows_stderr(self):
        done = self.call("compare", "--allocators", "glibc,arena", "--json", self.path("out.json"), "--",
                         "sh", "-c", "echo the reason >&2; exit 3")
        self.assertEqual(done.returncode, 1)
        self.assertIn("the reason", done.stderr)
        self.assertIn("exit status 3", done.stderr)
        self.assertIn("warm-up", done.stderr)
        with open(self.path("out.json")) as file:
            self.assertEqual(len(json.load(file)["runs"]), 2)

    def test_failure_of_one_is_an_outcome(self):
        done = self.call("compare", "--runs", "2", "--allocators", "glibc,arena", "--", "sh", "-c",
                         'if [ "$MORPHARENA_MODE" = arena ]; then exit 4; fi')
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("failed (exit status 4)", done.stdout)

    def test_show_output(self):
        done = self.call("compare", "--runs", "2", "--allocators", "glibc,glibc", "--show-output", "--", "echo", "shown")
        self.assertEqual(done.stdout.count("shown\n"), 6 + 1)  # 2 allocators x (1 warm-up + 2), and the heading
        self.assertEqual(done.returncode, 0)

    def test_out_of_memory_is_an_outcome(self):
        self.needs_cgroup()
        # Whatever the arena keeps: this script is the one that needs more under it.
        script = "import os; x = bytearray(300 << 20 if os.environ.get('MORPHARENA_MODE') == 'arena' else 1)"
        done = self.call("compare", "--runs", "2", "--allocators", "glibc,arena", "--memory", "120M", "--json",
                         self.path("out.json"), "--", sys.executable, "-c", script)
        self.assertEqual(done.returncode, 3, done.stderr)
        with open(self.path("out.json")) as file:
            document = json.load(file)
        self.assertEqual(document["allocators"][0]["outcomes"], {"ok": 2})
        self.assertEqual(document["allocators"][1]["outcomes"], {"oom_killed": 2})
        self.assertRegex(done.stdout, r"(?m)^ +arena +- +- +- +OOM-killed")

    def test_colour_only_on_a_terminal_and_not_when_refused(self):
        words = [COMMAND, "compare", "--runs", "2", "--allocators", "glibc,glibc", "--", "true"]
        for no_colour, expected in ((None, True), ("1", False)):
            env = dict(self.env)
            if no_colour:
                env["NO_COLOR"] = no_colour
            master, slave = pty.openpty()
            child = subprocess.Popen(words, env=env, stdin=slave, stdout=slave, stderr=slave)
            os.close(slave)
            output = b""
            while True:
                ready, _, _ = select.select([master], [], [], PATIENCE)
                self.assertTrue(ready, "hangs")
                try:
                    piece = os.read(master, 65536)
                except OSError:  # the other side is closed
                    break
                if not piece:
                    break
                output += piece
            os.close(master)
            self.assertEqual(child.wait(), 0)
            self.assertEqual(b"\x1b[1m" in output, expected)
            self.assertIn(b"run 1 of 6", output)  # progress


class Stats(Case):
    def records(self):
        where = self.path("records")
        os.mkdir(where)
        done = self.call("run", "--run-dir", where, "--", "sh", "-c", "/bin/ls / >/dev/null; /bin/date >/dev/null; exit 0")
        self.assertEqual(done.returncode, 0, done.stderr)
        return where

    def test_table_full_and_json(self):
        where = self.records()
        done = self.call("stats", where)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"(?m)^ls +\d+ +exit")
        full = self.call("stats", "--full", where)
        self.assertIn("never_freed_cost", full.stdout.replace(" ", "_"))
        as_json = self.call("stats", "--json", "-", where)
        document = json.loads(as_json.stdout)
        self.assertEqual((document["schema"], document["version"]), ("morpharena.stats", 1))
        self.assertEqual(len(document["processes"]), len(os.listdir(where)))
        for process in document["processes"]:
            self.assertEqual(process["schema"], "morpharena.process")
            self.assertIn(process["ending"], ("exit", "exec", "killed or _exit"))

    def test_single_files(self):
        where = self.records()
        name = glob.glob(where + "/*.morpharena")[0]
        for words in ([name], ["--", name]):
            done = self.call("stats", *words)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_damaged_records(self):
        where = self.records()
        names = sorted(glob.glob(where + "/*.morpharena"))
        with open(names[0], "rb") as file:
            good = file.read()
        with open(where + "/0-cut.morpharena", "wb") as file:
            file.write(good[:1000])
        with open(where + "/0-version.morpharena", "wb") as file:
            file.write(good[:8] + b"\xff\xff\xff\x7f" + good[12:])
        with open(where + "/0-other.morpharena", "wb") as file:
            file.write(b"hello")
        before = {name: os.stat(name).st_mtime_ns for name in glob.glob(where + "/*")}
        done = self.call("stats", "--json", self.path("out.json"), where)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.count("\n"), 3, done.stderr)
        for name, word in (("0-cut", "cut off"), ("0-version", "version"), ("0-other", "")):
            self.assertRegex(done.stderr, r"(?m)/%s\.morpharena: .*%s" % (name, word))
        self.assertRegex(done.stdout, r"(?m)^ls +\d+ +exit")
        with open(self.path("out.json")) as file:
            document = json.load(file)
        self.assertEqual((len(document["processes"]), len(document["damaged"])), (len(names), 3))
        self.assertEqual(before, {name: os.stat(name).st_mtime_ns for name in glob.glob(where + "/*")})

    def test_every_cut_of_a_record_is_survived(self):
        where = self.records()
        name = glob.glob(where + "/*.morpharena")[0]
        with open(name, "rb") as file:
            good = file.read()
        os.mkdir(self.path("cut"))
        for length in (0, 1, 8, 16, 63, 64, 2000, 8191, 12287, 12288, 12289, 14335):
            with open(self.path("cut/%d.morpharena" % length), "wb") as file:
                file.write(good[:length])
        done = self.call("stats", self.path("cut"))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 12, done.stderr)

    def test_nothing_there(self):
        self.refused("stats", names=["MORPHARENA_RUN_DIR"])
        self.refused("stats", self.dir, names=[self.dir, "no record"])
        self.refused("stats", self.path("missing"), names=["missing", "No such file"])

    def test_a_living_process_is_running(self):
        os.mkdir(self.path("live"))
        env = dict(self.env, LD_PRELOAD=LIBRARY, MORPHARENA_RUN_DIR=self.path("live"))
        cat = subprocess.Popen(["cat"], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            cat.stdin.write(b"x")
            cat.stdin.flush()
            self.assertEqual(cat.stdout.read(1), b"x")  # it is up
            self.assertRegex(self.call("stats", self.path("live")).stdout, r"(?m)^cat +\d+ +running")
            cat.kill()
            cat.wait()
            self.assertRegex(self.call("stats", self.path("live")).stdout, r"(?m)^cat +\d+ +killed or _exit")
        finally:
            cat.stdin.close()
            cat.stdout.close()
            cat.wait()


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Endings(Case):
    def wait_for(self, condition, what):
        end = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), end, "waited in vain for " + what)
            time.sleep(0.01)

    def started(self, *words):
        """Starts the command in a session of its own, with a script that notes the pid of a sleeping grandchild."""
        script = "sleep 1000 & echo $! > %s.part; mv %s.part %s; wait" % ((self.path("pid"),) * 3)
        tool = subprocess.Popen([COMMAND, *words, "--", "sh", "-c", script], env=self.env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.wait_for(lambda: os.path.exists(self.path("pid")), "the tree")
        with open(self.path("pid")) as file:
            return tool, int(file.read())

    def cgroups_of(self, tool):
        found = []
        for root in ("/sys/fs/cgroup",):
            for folder, folders, _ in os.walk(root):
                found += [folder + "/" + name for name in folders if name.startswith("morpharena-%d-" % tool.pid)]
        return found

    def test_interrupted_run(self):
        for signum in (signal.SIGINT, signal.SIGTERM):
            if os.path.exists(self.path("pid")):
                os.unlink(self.path("pid"))
            tool, sleeper = self.started("run", "--json", self.path("out.json"))
            tool.send_signal(signum)
            _, err = tool.communicate(timeout=PATIENCE)
            self.assertEqual(tool.returncode, 130, err)
            self.assertFalse(alive(sleeper))
            self.assertEqual(self.cgroups_of(tool), [])
            with open(self.path("out.json")) as file:
                self.assertEqual(json.load(file)["outcome"]["verdict"], "interrupted")
        self.assertEqual(self.left_overs(), [])

    def test_interrupted_comparison_keeps_finished_runs(self):
        # Two runs end by themselves; the third one sleeps until it is interrupted.
        counter = self.path("counter")
        script = ("echo x >> {0}; [ $(wc -l < {0}) -lt 3 ] && exit 0; sleep 1000 & echo $! > {1}.part; "
                  "mv {1}.part {1}; wait").format(counter, self.path("pid"))
        tool = subprocess.Popen([COMMAND, "compare", "--allocators", "glibc,glibc", "--json", self.path("out.json"),
                                 "--", "sh", "-c", script], env=self.env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.wait_for(lambda: os.path.exists(self.path("pid")), "the third run")
        tool.send_signal(signal.SIGINT)
        out, err = tool.communicate(timeout=PATIENCE)
        self.assertEqual(tool.returncode, 130, err)
        self.assertIn("interrupted", out)
        with open(self.path("pid")) as file:
            self.assertFalse(alive(int(file.read())))
        with open(self.path("out.json")) as file:
            document = json.load(file)
        self.assertTrue(document["interrupted"])
        self.assertEqual(len(document["runs"]), 2)

    def test_killed_outright_takes_the_tree_along(self):
        tool, sleeper = self.started("run")
        tool.kill()
        tool.communicate(timeout=PATIENCE)
        self.wait_for(lambda: not alive(sleeper), "the end of the tree")
        self.wait_for(lambda: self.cgroups_of(tool) == [], "the end of its cgroup")

    def test_a_child_that_daemonizes(self):
        done = self.call("run", "--linger", "0.2", "--", "sh", "-c", "setsid sleep 1000 </dev/null >/dev/null 2>&1 & exit 0")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("outlived", done.stderr)

    def test_a_stopped_tree_can_be_interrupted(self):
        tool, sleeper = self.started("run")
        os.kill(sleeper, signal.SIGSTOP)
        tool.send_signal(signal.SIGTERM)
        tool.communicate(timeout=PATIENCE)
        self.assertEqual(tool.returncode, 130)
        self.assertFalse(alive(sleeper))

    def test_a_full_disk_under_the_result(self):
        done = self.call("compare", "--runs", "2", "--allocators", "glibc,glibc", "--json", "/dev/full", "--", "true")
        self.assertEqual(done.returncode, 2)
        self.assertIn("/dev/full", done.stderr)
        self.assertIn("No space left", done.stderr)
        self.assertIn("95 % interval", done.stdout)  # the table was not lost with it

    def test_refused_memory_limit_says_why(self):
        done = self.call("run", "--memory", "256M", "--", "true")
        if done.returncode == 0:
            self.skipTest("a memory cgroup can be had here")
        self.refused("run", "--memory", "256M", "--", "true", names=["--memory", "cgroup"])


if __name__ == "__main__":
    COMMAND, LIBRARY = (os.path.abspath(path) for path in sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=1)
