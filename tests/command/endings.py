"""Interrupts, kills, daemons, full disks: what is ended, what is kept, what is left behind."""
import json
import os
import shutil
import signal
import subprocess
import time

from support import PATIENCE, Case, command, main


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
        tool = subprocess.Popen([command(), *words, "--", "sh", "-c", script], env=self.env, stdin=subprocess.DEVNULL,
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
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
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
        tool = subprocess.Popen([command(), "compare", "--allocators", "glibc,glibc", "--json", self.path("out.json"),
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

    def test_a_killed_supervisor_leaves_no_tree(self):
        self.needs_cgroup()
        tool, sleeper = self.started("run", "--memory", "256M")
        with open("/proc/%d/task/%d/children" % (tool.pid, tool.pid)) as file:
            supervisor = int(file.read().split()[0])
        os.kill(supervisor, signal.SIGKILL)
        _, err = tool.communicate(timeout=PATIENCE)
        self.assertEqual(tool.returncode, 2)
        self.assertIn("was killed", err)
        self.wait_for(lambda: not alive(sleeper), "the end of the tree")
        self.assertEqual(self.cgroups_of(tool), [])

    def test_top_does_not_end_the_build_when_nobody_reads(self):
        build = ["sh", "-c", "sleep 0.5; echo done > " + self.path("built")]
        for reader, status in (("> /dev/full", 2), ("| head -1 > /dev/null; exit $(cat %s)" % self.path("status"), 0)):
            script = "(\"$@\"; echo $? > %s) %s" % (self.path("status"), reader)
            if status != 0:
                script = "\"$@\" " + reader
            done = subprocess.run(["sh", "-c", script, "sh", command(), "top", "--interval", "0.05", "--", *build], env=self.env,
                                  capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1 if status else 0, done.stderr)
            os.unlink(self.path("built"))

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

    def status_of(self, script):
        """What sh makes of $m in `script`."""
        done = subprocess.run(["sh", "-c", "m=%s; %s" % (command(), script)], env=self.env, capture_output=True, text=True,
                              timeout=PATIENCE, stdin=subprocess.DEVNULL)
        self.assertEqual(self.left_overs(), [], script)
        return done.returncode

    def test_a_help_that_cannot_be_written(self):
        for words in ("--help", "--version", "compare --help"):
            self.assertEqual(self.status_of("$m %s >/dev/full" % words), 2, words)
            self.assertEqual(self.status_of("$m %s >/dev/null" % words), 0, words)

    def test_nobody_hears_the_complaint(self):
        for script in ("$m run -- true 2>/dev/full", "$m run --mode x -- true 2>/dev/full", "$m run --mode x -- true 2>&-",
                       "($m run -- sleep 0.3 2>&1; echo $? > %s) | head -0; exit $(cat %s)" % ((self.path("status"),) * 2)):
            self.assertEqual(self.status_of(script), 2, script)

    def test_a_closed_stream_gets_nothing_of_ours(self):
        self.assertEqual(self.status_of("$m run --json %s -- true >&- 2>&-" % self.path("out.json")), 2)
        with open(self.path("out.json")) as file:
            self.assertEqual(json.load(file)["outcome"]["verdict"], "ok")

    def test_a_file_that_may_not_grow_leaves_nothing_behind(self):
        self.assertEqual(self.status_of("ulimit -f 1; $m run --json %s -- true" % self.path("out.json")), 2)
        self.assertFalse(os.path.exists(self.path("out.json")))

    def test_the_command_has_the_signals_that_we_were_given(self):
        mask = "grep SigIgn /proc/self/status"
        for outside in ("", "trap '' PIPE; "):
            own = subprocess.run(["sh", "-c", outside + mask], capture_output=True, text=True).stdout
            done = subprocess.run(["sh", "-c", outside + "exec %s run -- %s" % (command(), mask)], env=self.env,
                                  capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual((done.returncode, done.stdout), (0, own), done.stderr)

    def test_a_full_disk_under_the_lines(self):
        for words, seen in ((["compare", "--runs", "2", "--allocators", "glibc,glibc"], "95 % interval"),
                            (["predict"], "one run in system mode")):
            done = self.call(*words, "--json", self.path("out.json"), "--jsonl", "/dev/full", "--", "true")
            self.assertEqual(done.returncode, 2)
            self.assertIn("--jsonl /dev/full: cannot be appended to: No space left", done.stderr)
            self.assertIn(seen, done.stdout + done.stderr)
            with open(self.path("out.json")) as file:
                self.assertTrue(json.load(file)["schema"])
            os.unlink(self.path("out.json"))

    def test_a_full_disk_under_the_records(self):
        """Processes whose records find no room run as ever; the result is theirs all the same."""
        if os.getuid() != 0 or not shutil.which("unshare"):
            self.skipTest("a small file system takes root and unshare")
        os.mkdir(self.path("small"))
        script = "mount -t tmpfs -o size=100k tmpfs %s && exec \"$@\"" % self.path("small")
        words = [command(), "run", "--json", self.path("out.json"), "--", "sh", "-c",
                 "for i in 1 2 3 4 5 6 7 8; do /bin/ls / > /dev/null || exit 9; done"]
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", *words], capture_output=True, text=True,
                              env=dict(self.env, TMPDIR=self.path("small")), timeout=PATIENCE)
        if "mount:" in done.stderr:
            self.skipTest(done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.path("out.json")) as file:
            document = json.load(file)
        self.assertEqual(document["outcome"]["verdict"], "ok")
        self.assertLess(len(document["processes"]), 9)
        self.assertEqual(document["damaged"], [])


if __name__ == "__main__":
    main()
