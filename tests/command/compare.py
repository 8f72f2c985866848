"""morpharena compare: order, table, JSON, outcomes."""
import json
import os
import pty
import select
import shutil
import subprocess
import sys

from support import PATIENCE, Case, command, library, main


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
        shutil.copy(library(), self.path("other.so"))
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

    def document(self):
        with open(self.path("out.json")) as file:
            return json.load(file)

    def test_until_the_interval_is_narrow_or_the_time_is_over(self):
        words = ["compare", "--allocators", "glibc,glibc", "--json", self.path("out.json")]
        done = self.call(*words, "--until", "100", "--", "true")
        self.assertEqual(done.returncode, 0, done.stderr)
        document = self.document()
        rounds = max(run["round"] for run in document["runs"])
        self.assertGreaterEqual(rounds, 6)
        self.assertEqual(rounds % 2, 0)
        wall = document["allocators"][1]["metrics"]["wall"]["to_first"]
        self.assertLessEqual(wall["high"] / wall["ratio"] - 1, 1)
        done = self.call(*words, "--until", "0.01", "--max-time", "0", "--", "true")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(max(run["round"] for run in self.document()["runs"]), 2)
        for token in ("0", "x", "-1", "101"):
            self.refused("compare", "--until", token, "--", "true", names=["--until " + token])

    def test_what_was_built_must_be_the_same(self):
        words = ["compare", "--runs", "2", "--allocators", "glibc,arena", "--json", self.path("out.json"), "--same-output",
                 self.path("a"), self.path("b"), "--prepare", "rm -f %s %s" % (self.path("a"), self.path("b")), "--", "sh", "-c"]
        same = "echo 1 > %s; echo 2 > %s" % (self.path("a"), self.path("b"))
        done = self.call(*words, same)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse([w for w in self.document()["warnings"] if "written" in w or "differs" in w])
        done = self.call(*words, same + "; echo $MORPHARENA_MODE >> " + self.path("b"))
        self.assertEqual(done.returncode, 1, done.stderr)
        document = self.document()
        self.assertEqual(document["allocators"][0]["outcomes"], {"ok": 2})
        self.assertEqual(document["allocators"][1]["outcomes"], {"output_differs": 2})
        self.assertEqual(document["runs"][1]["outcome"]["differing"], self.path("b"))
        self.assertIsNotNone(document["allocators"][1]["metrics"]["wall"]["to_first"])  # it was measured all the same
        self.assertIn("output differs", done.stdout)

    def test_output_that_changes_anyhow_or_is_not_built(self):
        words = ["compare", "--runs", "2", "--allocators", "glibc,glibc", "--json", self.path("out.json"), "--same-output",
                 self.path("a"), "--", "sh", "-c"]
        self.call(*words, "date +%%N > %s" % self.path("a"))
        self.assertTrue(any("under glibc itself" in warning for warning in self.document()["warnings"]))
        self.call(*words, "true")
        self.assertTrue(any("not written anew" in warning for warning in self.document()["warnings"]))

    def test_what_the_library_complains_of_is_a_warning(self):
        done = self.call("compare", "--runs", "2", "--allocators", "glibc,arena", "--json", self.path("out.json"),
                         "--", "date", env={**self.env, "MORPHARENA_BLOCK_SIZE": "zz"})
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.path("out.json")) as file:
            warnings = [text for text in json.load(file)["warnings"] if "BLOCK_SIZE" in text]
        self.assertEqual(len(warnings), 1)
        self.assertRegex(warnings[0], "^arena: MORPHARENA_BLOCK_SIZE: 'zz' is not allowed")
        self.assertIn(warnings[0][:60], done.stderr + done.stdout)

    def test_prepare_and_cleanup_stand_around_each_run(self):
        log = self.path("log")
        words = ["compare", "--runs", "2", "--allocators", "glibc,glibc"]
        done = self.call(*words, "--prepare", "echo p >> " + log, "--cleanup", "echo c >> " + log, "--", "sh", "-c",
                         "echo r >> " + log)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(log) as file:
            self.assertEqual(file.read().split(), ["p", "r", "c"] * 6)
        # One that fails ends the comparison, and what was measured is kept.
        done = self.call(*words, "--json", self.path("out.json"), "--prepare", "test ! -e %s" % self.path("stop"), "--",
                         "sh", "-c", "echo >> {0}; [ $(wc -l < {0}) -lt 22 ] || touch {1}".format(log, self.path("stop")))
        self.assertEqual(done.returncode, 2, done.stderr)
        document = self.document()
        self.assertIn("--prepare", document["stop_reason"])
        self.assertGreater(len(document["runs"]), 0)

    def test_a_size_is_swept(self):
        done = self.call("compare", "--runs", "2", "--allocators", "glibc,glibc", "--param", "n=1,22", "--param", "m=x",
                         "--json", self.path("out.json"), "--jsonl", self.path("out.jsonl"), "--", "echo", "{n}{m}")
        self.assertEqual(done.returncode, 0, done.stderr)
        document = self.document()
        self.assertEqual(document["schema"], "morpharena.sweep")
        self.assertEqual([c["command"][1] for c in document["comparisons"]], ["1x", "22x"])
        self.assertEqual(document["comparisons"][1]["parameters"], {"n": "22", "m": "x"})
        with open(self.path("out.jsonl")) as file:
            self.assertEqual(len(file.readlines()), 2)
        self.assertIn("Over the parameter", done.stdout)
        self.refused("compare", "--param", "k=1", "--", "echo", "{n}", names=["--param k=1", "{k}"])
        self.refused("compare", "--param", "n=1", "--param", "n=2", "--", "echo", "{n}",
                     names=["--param n=2", "n was given already"])

    def test_an_earlier_result_is_the_baseline(self):
        words = ["compare", "--runs", "3", "--allocators", "glibc,arena"]
        # Some thousand faults, of which two runs differ by ten; those of `true` are a hundred.
        pages = [sys.executable, "-S", "-c", "b'x' * (20 << 20)"]
        self.call(*words, "--json", self.path("old.json"), "--", *pages)
        with open(self.path("old.json")) as file:
            old = json.load(file)
        for run in old["runs"]:
            run["metrics"]["faults"] *= 2
        with open(self.path("old.json"), "w") as file:
            json.dump(old, file)
        done = self.call(*words, "--baseline", self.path("old.json"), "--json", self.path("out.json"), "--", *pages)
        self.assertEqual(done.returncode, 0, done.stderr)
        faults = self.document()["allocators"][0]["metrics"]["faults"]["to_baseline"]
        self.assertAlmostEqual(faults["ratio"], 0.5, delta=0.02)
        self.assertTrue(faults["significant"])
        self.assertIn("now / then", done.stdout)
        with open(self.path("bad.json"), "w") as file:
            file.write('{"schema": "morpharena.run"}')
        for name, word in (("bad.json", "morpharena.run"), ("none.json", "No such file"), ("old.json.", "No such")):
            self.refused("compare", "--baseline", self.path(name), "--", "true", names=["--baseline", word])

    def test_every_installed_allocator_takes_part_by_default(self):
        done = self.call("compare", "--runs", "2", "--json", self.path("out.json"), "--", "true")
        self.assertEqual(done.returncode, 0, done.stderr)
        labels = [a["label"] for a in self.document()["allocators"]]
        for label in ("glibc", "arena", "pool", "adaptive"):
            self.assertIn(label, labels)
        for name in ("mimalloc", "jemalloc", "tcmalloc"):
            self.assertEqual(done.stderr.count(name + " is left out"), 0 if name in labels else 1, done.stderr)

    def test_a_note_is_told_once(self):
        done = self.call("compare", "--runs", "2", "--allocators", "glibc,pool", "--param", "n=1,2", "--", "echo", "{n}",
                         env=dict(self.env, LD_PRELOAD="libm.so.6"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr.count("LD_PRELOAD holds libm.so.6 already"), 1, done.stderr)

    def test_a_note_is_told_after_a_single_run(self):
        done = self.call("frontier", "--allocators", "pool", "--", "false", env=dict(self.env, LD_PRELOAD="libm.so.6"))
        self.assertEqual(done.stderr.count("LD_PRELOAD holds libm.so.6 already"), 1, done.stderr)

    def test_colour_only_on_a_terminal_and_not_when_refused(self):
        words = [command(), "compare", "--runs", "2", "--allocators", "glibc,glibc", "--", "true"]
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


if __name__ == "__main__":
    main()
