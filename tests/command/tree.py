"""Every program of a tree accounted for: run --tree, compare's counting run."""
import json
import os
import shutil
import signal
import subprocess

import abilities
from support import PATIENCE, Case, command, main

CHURN = """
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv) {
    for (volatile long i = 0; i < atol(argv[1]); i++) {}
    return argc > 3;
}
"""
OWN_MALLOC = """
#include <stddef.h>
static char space[1 << 20];
static size_t used;
void *malloc(size_t size) { used += 16 + (size + 15) / 16 * 16; return used > sizeof space ? NULL : space + used - size; }
void free(void *p) { (void)p; }
void *calloc(size_t n, size_t size) { return malloc(n * size); }
void *realloc(void *p, size_t size) { (void)p; return malloc(size); }
int main(void) { return malloc(10) == NULL; }
"""
GO = 'package main\nfunc main() { s := 0; for i := 0; i < 10000000; i++ { s += i }; if s == 1 { panic(s) } }\n'
HATES_PTRACE = """
#include <stdio.h>
#include <string.h>
int main(void) {
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, status))
        if (strncmp(line, "TracerPid:", 10) == 0) return strcmp(line + 10, "\\t0\\n") != 0;
    return 2;
}
"""
HOLD = """
import os, sys, time
held = b"x" * 60_000_000
open("%s-%d" % (sys.argv[1], os.getpid()), "w").close()
while sum(name.startswith(sys.argv[1] + "-") for name in os.listdir()) < 4: time.sleep(0.01)
"""


class Tree(Case):
    def setUp(self):
        super().setUp()
        self.needs_ptrace()

    def build(self, name, text, *options, compiler="gcc"):
        with open(self.path(name + ".c"), "w") as file:
            file.write(text)
        subprocess.run([compiler, "-o", self.path(name), self.path(name + ".c"), "-O1", "-fno-builtin", *options],
                       check=True)
        return self.path(name)

    def tree(self, *words, **options):
        done = self.call("run", "--tree", "--json", self.path("out.json"), "--", *words, **options)
        with open(self.path("out.json")) as file:
            document = json.load(file)
        self.assertIsNotNone(document["tree"], done.stderr)
        return done, document

    def reaches(self, document):
        return {(os.path.basename(image["path"]), image["reach"]) for image in document["tree"]["images"]
                if not image["forked"]}

    def test_each_kind_is_named(self):
        lines = [self.build("fixed", CHURN, "-static") + " 1", self.build("own", OWN_MALLOC, "-rdynamic"),
                 "env -i /bin/true", "LD_PRELOAD= /bin/date"]
        expected = {("fixed", "static"), ("own", "bypassed"), ("true", "cleared"), ("date", "cleared"), ("env", "interposed")}
        if os.getuid() == 0:
            secure = self.build("secure", CHURN)
            os.chmod(self.dir, 0o755)
            shutil.chown(secure, 65534)
            os.chmod(secure, 0o4755)
            lines.append(secure + " 1")
            expected.add(("secure", "secure"))
        if shutil.which("musl-gcc"):
            lines.append(self.build("other", CHURN, compiler="musl-gcc") + " 1 2>/dev/null || true")
            # musl's loader takes LD_PRELOAD, and the library what it has: see dispatch.cpp's weak names.
            expected.add(("other", "interposed"))
        if shutil.which("go"):
            with open(self.path("gone.go"), "w") as file:
                file.write(GO)
            env = dict(self.env, GOCACHE=self.path("cache"), HOME=self.dir, CGO_ENABLED="0")
            subprocess.run(["go", "build", "-o", self.path("gopher"), self.path("gone.go")], check=True, env=env)
            lines.append(self.path("gopher"))
            expected.add(("gopher", "go"))
        done, document = self.tree("sh", "-c", "\n".join(lines))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLessEqual(expected, self.reaches(document))
        tree = document["tree"]
        self.assertGreater(tree["outside_cpu"], 0)
        self.assertGreater(tree["outside_peak"], 0)
        self.assertIn("Outside our reach", done.stderr)
        if ("gopher", "go") in expected:
            self.assertRegex(done.stderr, r"static, Go, go1")

    def test_processor_time_agrees_with_the_kernels(self):
        work = self.build("work", CHURN)
        done, document = self.tree("sh", "-c", "(%s 6000000 & %s 9000000; wait); %s 3000000" % ((work,) * 3))
        self.assertEqual(done.returncode, 0, done.stderr)
        images = sum(image["cpu"] for image in document["tree"]["images"])
        whole = document["metrics"]["cpu"]
        self.assertLess(abs(images - whole), 0.001, (images, whole))  # seconds: each is read when its process has ended
        self.assertLess(abs(document["tree"]["cpu"] - images), 1e-6)

    def test_ten_thousand_short_processes(self):
        # Half of them fork alone, half call exec; make's own loop would take minutes.
        short = self.build("short", """
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
int main(int argc, char **argv) {
    if (argc > 1) return 0;
    char *words[] = {argv[0], "x", NULL};
    for (int i = 0; i < 10000; i++) {
        pid_t child;
        if (i % 2 == 0) {
            if (posix_spawn(&child, argv[0], NULL, NULL, words, environ) != 0) return 1;
        } else if ((child = fork()) == 0) {
            _exit(0);
        }
        if (waitpid(child, NULL, 0) != child) return 1;
    }
    return 0;
}""")
        done, document = self.tree(short)
        self.assertEqual(done.returncode, 0, done.stderr)
        images = document["tree"]["images"]
        self.assertEqual(len({image["pid"] for image in images}), 10_001)
        self.assertEqual(document["tree"]["execs"], 5_001)
        self.assertEqual({image["reach"] for image in images}, {"interposed"})
        self.assertEqual(self.left_overs(), [])

    def test_signals_threads_and_stops_pass_through(self):
        # t: stopped, and somebody follows it. A CONT that comes before the STOP would be lost.
        script = """trap 'echo got' USR1; kill -USR1 $$; sh -c '>%s; kill -STOP $$; echo on' & until [ -e %s ]; do :; done
            until [ "$state" ]; do case $(cut -d' ' -f3 /proc/$!/stat) in T|t) state=stopped;; Z) state=gone;; esac; done
            echo $state; kill -CONT $!; wait $!""" % ((self.path("near"),) * 2)
        done, document = self.tree("sh", "-c", script)
        self.assertEqual((done.returncode, done.stdout), (0, "got\nstopped\non\n"), done.stderr)
        threads = self.build("threads", """
#include <pthread.h>
#include <unistd.h>
static void *away(void *program) { execl(program, program, "1", (char *)0); return 0; }
int main(int argc, char **argv) {
    pthread_t thread;
    pthread_create(&thread, 0, away, argv[argc - 1]);
    pause();
    return 1;
}""", "-pthread")
        done, document = self.tree(threads, self.build("work", CHURN))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLessEqual({("threads", "interposed"), ("work", "interposed")}, self.reaches(document))

    def test_exit_codes_and_failures_stay_as_they_are(self):
        self.assertEqual(self.tree("sh", "-c", "exit 7")[1]["outcome"]["exit_status"], 7)
        done, document = self.tree("sh", "-c", "kill -SEGV $$")
        self.assertEqual(document["outcome"]["signal"], signal.SIGSEGV)
        self.refused("run", "--tree", "--", self.path("missing"), names=["No such file"])

    def test_an_interrupt_ends_a_followed_tree(self):
        tool = subprocess.Popen([command(), "run", "--tree", "--", "sh", "-c", "echo up; sleep 1000 & wait"], env=self.env,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(tool.stdout.readline(), "up\n")
        tool.send_signal(signal.SIGTERM)
        _, err = tool.communicate(timeout=PATIENCE)
        self.assertEqual(tool.returncode, 130, err)

    def test_comparison_goes_without_where_ptrace_is_not_borne(self):
        hates = self.build("hates", HATES_PTRACE)
        done = self.call("compare", "--runs", "2", "--allocators", "glibc,arena", "--json", self.path("c.json"), "--", hates)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.path("c.json")) as file:
            recorded = json.load(file)["allocators"][1]["recorded_run"]
        self.assertIsNone(recorded["tree"])
        self.assertIn("followed by ptrace", recorded["tree_problem"])
        self.assertEqual(recorded["outcome"]["verdict"], "ok")

    def test_gos_collector_is_turned_off_and_said(self):
        done = self.call("run", "--go-gc", "off", "--", "sh", "-c", "echo $GOGC ${GOMEMLIMIT-none}")
        self.assertEqual(done.stdout, "off none\n")
        self.assertIn("GOGC=off", done.stderr)
        self.needs_cgroup()
        done = self.call("run", "--memory", "1000M", "--go-gc", "off", "--", "sh", "-c", "echo $GOGC $GOMEMLIMIT")
        name, limit = done.stdout.split()
        self.assertEqual(name, "off")
        self.assertAlmostEqual(int(limit.rstrip("B")) / (1000 << 20), 0.9, places=3)

    def test_the_trees_peak_is_the_cgroups(self):
        self.needs_cgroup()
        try:
            outer = abilities.memory_cgroup.MemoryCgroup("morpharena-test-%d" % os.getpid())
        except OSError as error:
            self.skipTest("no memory cgroup around the command: %s" % error.strerror)
        self.addCleanup(outer.remove)
        if not outer.has_peak():
            self.skipTest("the kernel keeps no peak of a cgroup")
        # Four and four, each holding what it has until all of its four have theirs.
        with open(self.path("hold.py"), "w") as file:
            file.write(HOLD)
        jobs = "\n".join("job%d:\n\t@python3 hold.py %d" % (i, i // 4) for i in range(8))
        with open(self.path("Makefile"), "w") as file:
            file.write("all: %s\n%s\n" % (" ".join("job%d" % i for i in range(8)), jobs))
        words = ["sh", "-c", "echo $$ > %s/cgroup.procs; exec \"$@\"" % outer.folder, "sh", command(), "run", "--json",
                 self.path("out.json"), "--", "make", "-j4", "-C", self.dir]
        done = subprocess.run(words, env=self.env, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        kernels = outer.peak()
        with open(self.path("out.json")) as file:
            ours = json.load(file)["metrics"]["peak_memory"]
        self.assertGreater(ours, 240e6)  # four at once
        # The outer one holds our own command besides.
        self.assertLess(abs(kernels - ours), 0.05 * kernels + (24 << 20), (kernels, ours))


if __name__ == "__main__":
    main()
