"""--jsonl and merge: results of many commands and machines; GNU parallel, distcc on loopback."""
import json
import os
import shutil
import socket
import subprocess
import time

from support import PATIENCE, Case, command, library, main

BIND_FAILED = 102  # distccd's exit status
COMPARE = ["compare", "--runs", "2", "--allocators", "glibc,arena"]


class Campaign(Case):
    def lines(self, name):
        with open(self.path(name)) as file:
            return [json.loads(line) for line in file]

    def write(self, name, documents):
        with open(self.path(name), "w") as file:
            for document in documents:
                file.write(json.dumps(document) + "\n")

    def merged(self, *names, code=0):
        done = self.call("merge", "--json", self.path("merged.json"), *[self.path(name) for name in names])
        self.assertEqual(done.returncode, code, done.stderr)
        with open(self.path("merged.json")) as file:
            return done, json.load(file)

    def measured(self, title):
        done = self.call(*COMPARE, "--jsonl", self.path("all.jsonl"), "--title", title, "--", "ls", "/")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_lines_stand_alone_and_are_joined(self):
        self.measured("one")
        self.measured("two")
        first, second = self.lines("all.jsonl")
        for key in ("id", "host", "command", "directory", "started", "allocators", "runs"):
            self.assertIn(key, first)
        self.assertNotEqual(first["id"], second["id"])
        self.assertTrue(first["host"]["name"])
        done, merged = self.merged("all.jsonl")
        self.assertEqual([title["title"] for title in merged["titles"]], ["one", "two"])
        wall = merged["titles"][0]["allocators"][1]["metrics"]["wall"]
        alone = first["allocators"][1]["metrics"]["wall"]["to_first"]
        for key in ("ratio", "low", "high"):
            self.assertAlmostEqual(wall[key], alone[key], places=9)
        self.assertEqual(merged["overall"][0]["to_base"]["pairs"], 2)  # titles

    def test_hosts_are_never_paired(self):
        self.measured("one")
        here = self.lines("all.jsonl")[0]
        # Another machine, a hundred times slower in everything, on which the arena does as well.
        there = json.loads(json.dumps(here))
        there["id"], there["host"]["name"] = "other", "slow"
        for run in there["runs"]:
            run["metrics"]["wall"] *= 100
        self.write("there.jsonl", [there])
        _, merged = self.merged("all.jsonl", "there.jsonl")
        self.assertEqual(set(merged["hosts"]), {here["host"]["name"], "slow"})
        wall = merged["titles"][0]["allocators"][1]["metrics"]["wall"]
        self.assertAlmostEqual(wall["ratio"], here["allocators"][1]["metrics"]["wall"]["to_first"]["ratio"], places=9)
        self.assertEqual(wall["pairs"], 4)

    def test_repeated_cut_and_foreign_lines(self):
        self.measured("one")
        with open(self.path("all.jsonl")) as file:
            line = file.read()
        with open(self.path("bad.jsonl"), "w") as file:
            file.write(line + line[:200] + "\n" + '{"schema": "else"}\n{"schema": "morpharena.compare"}\n')
        done, merged = self.merged("all.jsonl", "bad.jsonl", code=2)
        self.assertEqual((merged["lines"], merged["repeated"], len(merged["damage"])), (1, 1, 3))
        for number in (2, 3, 4):
            self.assertIn("bad.jsonl:%d: " % number, done.stderr)
        with open(self.path("many.jsonl"), "w") as file:
            file.write("{\n" * 30)
        done, merged = self.merged("many.jsonl", code=2)
        self.assertEqual((done.stderr.count("\n"), len(merged["damage"])), (11, 30))
        self.assertIn("and 20 more lines", done.stderr)
        self.refused("merge", names=["--jsonl"])
        with open(self.path("empty.jsonl"), "w") as file:
            file.write("\n")
        done, merged = self.merged("all.jsonl", "empty.jsonl", code=2)  # the others are merged all the same
        self.assertEqual((merged["lines"], done.stderr.count("\n")), (1, 1))
        self.assertIn("empty.jsonl: empty", done.stderr)
        self.refused("merge", self.path("none.jsonl"), names=["none.jsonl", "No such file"])

    def test_a_full_disk_and_a_bad_place_are_said(self):
        self.refused(*COMPARE, "--jsonl", self.path("no/where.jsonl"), "--", "touch", self.path("mark"),
                     names=["--jsonl", "where.jsonl"])
        self.assertFalse(os.path.exists(self.path("mark")))
        done = self.call(*COMPARE, "--jsonl", "/dev/full", "--", "true")
        self.assertEqual(done.returncode, 2)
        self.assertIn("No space left", done.stderr)

    def test_gnu_parallel_appends_whole_lines(self):
        if not shutil.which("parallel") or "GNU" not in subprocess.run(["parallel", "--version"], capture_output=True,
                                                                       text=True).stdout:
            self.skipTest("GNU parallel is not installed")
        words = ["parallel", "--will-cite", "-j4", command(), *COMPARE, "--jsonl", self.path("all.jsonl"), "--title",
                 "{}", "--", "echo", "{}", ":::", *"abcdefgh"]
        done = subprocess.run(words, env=dict(self.env, HOME=self.dir), capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        _, merged = self.merged("all.jsonl")
        self.assertEqual(sorted(title["title"] for title in merged["titles"]), list("abcdefgh"))

    def test_distcc_on_loopback(self):
        """Below distcc only the preprocessor is ours; cc1 is the daemon's child, and seen where the daemon is preloaded."""
        if not shutil.which("distccd"):
            self.skipTest("distcc is not installed")
        with open(self.path("x.c"), "w") as file:
            file.write("int main(void) { return 0; }\n")
        os.mkdir(self.path("far"))
        os.chmod(self.path("far"), 0o1777)  # the daemon becomes another user
        os.chmod(self.dir, 0o777)
        far = dict(self.env, LD_PRELOAD=library(), MORPHARENA_RUN_DIR=self.path("far"), TMPDIR=self.dir)
        daemon, port = self.distccd(far)
        try:
            os.mkdir(self.path("state"))
            env = dict(self.env, DISTCC_HOSTS="127.0.0.1:%d" % port, DISTCC_FALLBACK="0", DISTCC_DIR=self.path("state"))
            done = self.call("run", "--tree", "--json", self.path("out.json"), "--", "distcc", "gcc", "-c", "x.c", "-o",
                             "x.o", cwd=self.dir, env=env)
        finally:
            daemon.terminate()
            daemon.wait(timeout=PATIENCE)
        with open(self.path("log")) as file:
            self.assertEqual(done.returncode, 0, done.stderr + file.read())
        with open(self.path("out.json")) as file:
            images = json.load(file)["tree"]["images"]
        near = [os.path.basename(image["path"]) for image in images if not image["forked"]]
        self.assertIn("distcc", near)
        self.assertNotIn("x86_64-linux-gnu-as", near)
        self.assertIn("as", self.call("stats", self.path("far")).stdout)

    def distccd(self, env):
        """The daemon and its port. It can't be given a socket, and another program may take the port that was free: then again."""
        for _ in range(20):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            daemon = subprocess.Popen(
                ["distccd", "--no-detach", "--daemon", "--allow", "127.0.0.1", "--listen", "127.0.0.1", "--port", str(port),
                 "--jobs", "1", "--make-me-a-botnet", "--log-file", self.path("log")], env=env,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(daemon.kill)
            if self.listens(daemon, port):
                return daemon, port
            self.assertEqual(daemon.returncode, BIND_FAILED, "distccd has ended")
        self.fail("every port is taken")

    def listens(self, daemon, port):
        """Waits until the daemon itself has the port, by the kernel's table: a stranger may answer there. False when it has ended."""
        end = time.monotonic() + PATIENCE
        while daemon.poll() is None:
            with open("/proc/net/tcp") as file:
                rows = [line.split() for line in file][1:]
            inodes = {"socket:[%s]" % row[9] for row in rows if row[1] == "0100007F:%04X" % port and row[3] == "0A"}
            if inodes & self.descriptors(daemon.pid):
                return True
            self.assertLess(time.monotonic(), end, "distccd does not listen")
            time.sleep(0.02)
        return False

    @staticmethod
    def descriptors(pid):
        found, folder = set(), "/proc/%d/fd" % pid
        try:
            for name in os.listdir(folder):
                found.add(os.readlink(folder + "/" + name))
        except OSError:
            pass  # one was closed, or it has ended
        return found


if __name__ == "__main__":
    main()
