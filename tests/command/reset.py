"""morpharena reset, and run --reset-every: who is asked, and who must never be."""
import json
import os
import signal
import struct
import subprocess

from support import PATIENCE, Case, library, main

# Allocates until it has been reset: once for each line of its input, or, without any, once. "default" as its argument takes
# the library's handler away.
RESET_ME = """
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "shim/morpharena.h"
static unsigned long long resets(void) {
    struct morpharena_figures figures = {0};
    morpharena_snapshot(&figures, sizeof figures);
    return figures.resets;
}
/* More than a block or a slab holds, so that more is needed each time. */
static void work(void) {
    static void *objects[1000];
    for (int i = 0; i < 1000; i++) objects[i] = malloc(3000);
    for (int i = 0; i < 1000; i++) free(objects[i]);
}
int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "default") == 0) signal(SIGUSR2, SIG_DFL);
    unsigned long long before = 0;
    char line[16];
    do {
        puts("ready");
        fflush(stdout);
        while (argc < 2 && resets() == before)
            work();
        before = resets();
        puts("done");
        fflush(stdout);
    } while (fgets(line, sizeof line, stdin));
    return 0;
}
"""
# Static, so that no library is in it, and the signal would end it.
WAITS = """
#include <unistd.h>
int main(int argc, char **argv) {
    while (access(argv[1], F_OK) != 0) usleep(1000);
    return argc == 3;
}
"""
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Prepared(Case):
    def setUp(self):
        super().setUp()
        self.records = self.path("records")
        os.mkdir(self.records)

    def build(self, name, text, *options):
        with open(self.path(name + ".c"), "w") as file:
            file.write(text)
        subprocess.run(["gcc", "-I", ROOT, "-o", self.path(name), self.path(name + ".c"), "-O1", "-fno-builtin", *options],
                       check=True)
        return self.path(name)

    def start(self, *words, **environment):
        env = dict(self.env, LD_PRELOAD=library(), MORPHARENA_RUN_DIR=self.records, **environment)
        child = subprocess.Popen(words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(child.wait)
        self.addCleanup(child.stdin.close)
        self.addCleanup(child.stdout.close)
        return child

    def prepared(self, *words, **environment):
        child = self.start(self.build("reset_me", RESET_ME), *words, MORPHARENA_RESET_SIGNAL="USR2", **environment)
        self.assertEqual(child.stdout.readline(), "ready\n")
        return child

    def end(self, child):
        child.stdin.close()
        self.assertEqual(child.wait(PATIENCE), 0)

    def asked(self, *pids, env=None):
        done = self.call("reset", *map(str, pids), env=env or dict(self.env, MORPHARENA_RUN_DIR=self.records))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def not_asked(self, pid, *names):
        self.refused("reset", "--run-dir", self.records, str(pid), names=[str(pid), *names])

    def record_of(self, child):
        names = [name for name in os.listdir(self.records) if name.startswith("%d-" % child.pid)]
        return os.path.join(self.records, sorted(names)[-1])


class Reset(Prepared):
    def test_prepared_processes_are_reset(self):
        for mode in ("arena", "adaptive"):
            one, two = self.prepared(MORPHARENA_MODE=mode), self.prepared(MORPHARENA_MODE=mode)
            self.asked(one.pid, two.pid)
            for child in (one, two):
                self.assertEqual(child.stdout.readline(), "done\n")
            one.stdin.write("again\n")
            one.stdin.flush()
            self.assertEqual(one.stdout.readline(), "ready\n")
            self.asked(one.pid)
            self.assertEqual(one.stdout.readline(), "done\n")
            self.end(one)
            self.end(two)

    def test_one_that_can_not_be_asked_does_not_keep_the_others_from_it(self):
        child = self.prepared()
        done = self.call("reset", "--run-dir", self.records, str(os.getpid()), str(child.pid))
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1))
        self.assertIn(str(os.getpid()), done.stderr)
        self.assertEqual(child.stdout.readline(), "done\n")
        self.end(child)

    def test_a_process_without_the_library_lives_on(self):
        child = subprocess.Popen([self.build("waits", WAITS, "-static"), self.path("go")])
        self.not_asked(child.pid, "not under the library", self.records)
        with open(self.path("go"), "w"):
            self.assertEqual(child.wait(PATIENCE), 0)

    def test_a_process_that_has_ended(self):
        child = self.prepared("once")
        self.end(child)
        self.not_asked(child.pid, "has ended")

    def test_a_process_that_has_another_ones_pid(self):
        victim = subprocess.Popen([self.build("waits", WAITS, "-static"), self.path("go")])
        child = self.prepared("once")
        self.end(child)
        with open(self.record_of(child), "rb") as file:
            record = bytearray(file.read())
        struct.pack_into("=i", record, 32, victim.pid)  # RecordHeader: pid, parent, start_ticks
        struct.pack_into("=Q", record, 40, 1)
        with open(os.path.join(self.records, "%d-1-0.morpharena" % victim.pid), "wb") as file:
            file.write(record)
        self.not_asked(victim.pid, "another process by now")
        with open(self.path("go"), "w"):
            self.assertEqual(victim.wait(PATIENCE), 0)

    def test_a_program_that_replaced_a_prepared_one(self):
        child = self.start("env", "-u", "LD_PRELOAD", "cat", MORPHARENA_RESET_SIGNAL="USR2")
        child.stdin.write("x\n")
        child.stdin.flush()
        self.assertEqual(child.stdout.readline(), "x\n")  # it is cat by now
        self.not_asked(child.pid, "another program by now")
        self.end(child)

    def test_a_process_without_a_reset_signal(self):
        for more in ({}, {"MORPHARENA_RESET_SIGNAL": "USR2", "MORPHARENA_MODE": "pool"}):
            child = self.start("cat", **more)
            child.stdin.write("x\n")
            child.stdin.flush()
            self.assertEqual(child.stdout.readline(), "x\n")
            self.not_asked(child.pid, "no reset signal", "MORPHARENA_RESET_SIGNAL=USR2")
            if more:  # whoever was told to send it must not end the program, either
                child.send_signal(signal.SIGUSR2)
                child.stdin.write("y\n")
                child.stdin.flush()
                self.assertEqual(child.stdout.readline(), "y\n")
            self.end(child)

    def test_a_process_that_gave_the_handler_up(self):
        child = self.prepared("default")
        self.assertEqual(child.stdout.readline(), "done\n")
        self.not_asked(child.pid, "does not catch", str(int(signal.SIGUSR2)))
        self.end(child)

    def test_wrong_words(self):
        self.refused("reset", "--run-dir", self.records, names=["process id"])
        self.refused("reset", "1", names=["--run-dir", "MORPHARENA_RUN_DIR"])
        self.refused("reset", "--run-dir", self.path("none"), "1", names=[self.path("none")])
        for word in ("x", "0", "99999999999"):
            self.refused("reset", "--run-dir", self.records, word, names=[word, "not a process id"])


class Periodic(Prepared):
    def run_with_resets(self, script, *options, env=None):
        done = self.call("run", "--reset-every", "0.02s", "--json", self.path("out.json"), *options, "--", "sh", "-c", script,
                         env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"--reset-every: [1-9]\d* reset signals")
        with open(self.path("out.json")) as file:
            document = json.load(file)
        self.assertGreater(document["reset_signals"], 0)
        return {process["process"]["program"]: process for process in document["processes"]}

    def test_the_tree_is_reset_and_a_static_program_in_it_lives(self):
        self.build("reset_me", RESET_ME)
        self.build("waits", WAITS, "-static")
        script = "cd %s; ./waits go & ./reset_me </dev/null && touch go; wait $!" % self.dir
        for mode in ("arena", "adaptive"):
            programs = self.run_with_resets(script, "--mode", mode)
            self.assertNotIn("waits", programs)
            config = programs["reset_me"]["config"]
            self.assertEqual((config["reset"], config["reset_signal"], config["mode"]), ("safe", signal.SIGURG, mode))
            self.assertGreater(programs["reset_me"]["counters"]["resets"], 0)
            os.remove(self.path("go"))

    def test_what_the_environment_says_stays(self):
        self.build("reset_me", RESET_ME)
        config = self.run_with_resets("%s </dev/null" % self.path("reset_me"),
                                      env=dict(self.env, MORPHARENA_RESET_SIGNAL="40"))["reset_me"]["config"]
        self.assertEqual((config["reset"], config["reset_signal"]), ("safe", 40))

    def test_another_tree_in_the_same_directory_is_left_alone(self):
        outsider = self.prepared()
        self.build("reset_me", RESET_ME)
        self.run_with_resets("%s </dev/null" % self.path("reset_me"), "--run-dir", self.records)
        done = self.call("stats", "--json", "-", self.record_of(outsider))
        self.assertEqual(json.loads(done.stdout)["processes"][0]["counters"]["resets"], 0)
        self.asked(outsider.pid)
        self.assertEqual(outsider.stdout.readline(), "done\n")
        self.end(outsider)

    def test_wrong_intervals_and_modes(self):
        for token in ("x", "0", "s", "-1", "1m"):
            self.refused("run", "--reset-every", token, "--", "true", names=["--reset-every " + token])
        self.refused("run", "--reset-every", "10s", "--mode", "pool", "--", "true", names=["pool", "arena or adaptive"])


if __name__ == "__main__":
    main()
