"""morpharena profile: a known program over a tree, its figures, and what is refused."""
import copy
import json
import os
import re
import shutil
import subprocess

from profiled import EXACT, ProfiledCase
from support import PATIENCE, command, library, main


class Profile(ProfiledCase):
    def test_every_allocation_of_a_known_program_over_exec(self):
        done, document = self.profile("--interval", "1")
        self.assertEqual((document["schema"], document["version"]), ("morpharena.profile", 1))
        self.assertEqual(len([p for p in document["profiles"] if p["program"] == "program"]), 3)  # one, its fork, its exec
        objects, sizes = self.by_function(document, "objects"), self.by_function(document)
        for name, (count, total) in EXACT.items():
            self.assertEqual((objects[name], sizes[name]), ([2 * count, 0], [2 * total, 0]), name)
        self.assertEqual(self.by_function(document, "live")["leak"], [2 * 40_000, 0])
        self.assertEqual(self.by_function(document, "live")["inlined"], [2 * 300_000, 0])
        self.assertEqual(self.by_function(document, "young")["churn"], [2 * 300_000, 0])
        self.assertEqual(self.by_function(document, "died_newest")["churn"][0], 2 * 300_000)
        self.assertEqual(self.by_function(document, "freed_other_thread")["hand_over"][0], 2 * 32_000)
        self.assertRegex(done.stderr, r"(?m)^inlined +program.c:7 +586 KiB +.* free$")
        self.assertRegex(done.stderr, r"(?m)^churn +program.c:9 .* 100 % +wasteful$")
        self.assertRegex(done.stderr, r"(?m)^leak +program.c:11 .* 80 % +leak-like$")
        self.assertRegex(done.stderr, r"(?m)^hand_over +program.c:15 ")
        self.assertIn("every allocation counted", done.stderr)
        self.assertIn("Verdict for an arena", done.stderr)
        stack = next(self.functions(document, site) for process in document["profiles"] for site in process["sites"]
                     if "inlined" in self.functions(document, site))
        self.assertEqual(stack[:4], ["xmalloc", "inlined", "keep", "main"])

    def test_a_sample_agrees_with_the_count_within_its_error(self):
        _, document = self.profile("--interval", "4K")
        sizes = self.by_function(document)
        for name, (_, total) in EXACT.items():
            value, variance = sizes[name]
            self.assertGreater(variance, 0, name)
            self.assertLess(abs(value - 2 * total), 6 * variance ** 0.5, (name, value, variance))

    def test_the_allocator_does_not_change_who_asked(self):
        program = self.program()
        for mode in ("pool", "adaptive", "system"):
            _, document = self.profile("--interval", "1", "--mode", mode, program=program)
            sizes = self.by_function(document)
            self.assertEqual({name: sizes[name] for name in EXACT}, {name: [2 * total, 0] for name, (_, total) in EXACT.items()},
                             mode)

    def test_rows_and_order(self):
        os.mkdir(self.path("records"))
        self.profile("--interval", "1", "--run-dir", self.path("records"))
        def first(*words):
            done = self.call("profile", self.path("records"), *words)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertNotIn("\x1b", done.stdout)
            return done.stdout.split("\n\n")[1].splitlines()[1].split()[0]
        self.assertEqual(first("--by", "module"), "program")
        self.assertEqual(first("--by", "process"), "program")
        self.assertEqual(first("--sort", "peak"), "inlined")
        self.assertEqual(first("--sort", "young"), "churn")
        shown = self.call("profile", "--top", "2", "--tree", self.path("records")).stdout
        self.assertRegex(shown, r"and \d+ more \(--top\)")
        self.assertRegex(shown, r"(?m)^process +pid")
        self.assertRegex(shown, r"(?m)^  program +\d+ ")

    def test_a_directory_a_document_and_a_run_say_the_same(self):
        os.mkdir(self.path("records"))
        _, ran = self.profile("--interval", "1", "--run-dir", self.path("records"))
        read = json.loads(self.call("profile", self.path("records"), "--json", "-").stdout)
        again = json.loads(self.call("profile", self.path("out.json"), "--json", "-").stdout)
        for key in ("modules", "functions", "calls", "profiles"):
            self.assertEqual(ran[key], read[key])
            self.assertEqual(ran[key], again[key])
        self.assertEqual(again["command"], ran["command"])

    def test_a_file_that_changed_gives_no_names(self):
        os.mkdir(self.path("records"))
        self.profile("--run-dir", self.path("records"), "--interval", "1")
        self.program("-DOTHER", "-O2")
        done = self.call("profile", self.path("records"))
        self.assertRegex(done.stdout.replace("\n", " "), "Names of program: the file has changed since: it was build-id")
        self.assertRegex(done.stdout, r"(?m)^program\+0x[0-9a-f]+ +program ")
        self.assertNotIn("churn", done.stdout)

    def test_names_that_are_exported_are_all_that_is_left(self):
        program = self.program("-rdynamic")
        subprocess.run(["strip", program], check=True)
        done, document = self.profile("--interval", "1", program=program)
        self.assertEqual(self.by_function(document)["churn"], [600_000, 0])
        self.assertRegex(done.stderr.replace("\n", " "), "Names of .*program.*: dynamic symbols: exported functions alone")

    def test_diff(self):
        _, first = self.profile("--interval", "1")
        changed = copy.deepcopy(first)
        for process in changed["profiles"]:
            for site in process.get("sites", []):
                if "churn" in self.functions(changed, site):
                    site["bytes"][0] *= 3
        for name, content in (("a.json", first), ("b.json", changed)):
            with open(self.path(name), "w") as file:
                json.dump(content, file)
        done = self.call("profile", "diff", self.path("a.json"), self.path("b.json"), "--json", self.path("diff.json"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"(?m)^churn .* \+1\.14 MiB +3\.000$")
        self.assertRegex(done.stdout, r"(?m)^leak .* ~$")
        with open(self.path("diff.json")) as file:
            document = json.load(file)
        self.assertEqual([c["name"] for c in document["changes"] if c["significant"]], ["churn"])
        os.mkdir(self.path("sampled"))
        self.profile("--interval", "4K", "--run-dir", self.path("sampled"))
        done = self.call("profile", "diff", self.path("a.json"), self.path("sampled"))
        self.assertRegex(done.stdout, r"(?m)^churn .* ± ")

    def test_who_is_out_of_reach_is_named(self):
        self.needs_ptrace()
        static = self.program("-static", name="fixed")
        done, document = self.profile("--tree", program="sh", arguments=("-c", static + "; exit 0"))
        self.assertRegex(done.stderr, r"Not profiled: fixed: .*static")
        self.assertIn("fixed", [p["program"] for p in document["profiles"] if p["problem"]])

    def test_exit_codes_and_words(self):
        self.assertEqual(self.call("profile", "--", "sh", "-c", "exit 3").returncode, 1)
        self.refused("profile", names=["profile", "--"])
        self.refused("profile", "--interval", "0", "--", "true", names=["--interval 0", "512K"])
        self.refused("profile", "--interval", "few", "--", "true", names=["few"])
        self.refused("profile", "--by", "line", "--", "true", names=["line", "module"])
        self.refused("profile", "--sort", "size", "--", "true", names=["size", "young"])
        self.refused("profile", "--value", "time", "--", "true", names=["time", "peak"])
        self.refused("profile", "--top", "0", "--", "true", names=["--top 0"])
        self.refused("profile", "--json", "-", "--pprof", "-", "--", "true", names=["--json", "--pprof", "stdout"])
        self.refused("profile", self.dir, "--", "true", names=["one of them"])
        self.refused("profile", self.path("missing"), names=["missing"])
        self.refused("profile", "diff", self.dir, names=["diff A B"])
        os.mkdir(self.path("empty"))
        self.refused("profile", self.path("empty"), names=["no record"])
        with open(self.path("run.json"), "w") as file:
            json.dump({"schema": "morpharena.run", "version": 1}, file)
        self.refused("profile", self.path("run.json"), names=["morpharena.profile"])
        self.assertEqual(self.left_overs(), [])

    def test_a_failure_costs_no_other_file(self):
        done = self.call("profile", "--json", "/dev/full", "--folded", self.path("a.folded"), "--dhat", self.path("a.dhat"),
                         "--", "true")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("/dev/full", done.stderr)
        self.assertIn("mode arena", done.stderr)
        self.assertTrue(os.path.exists(self.path("a.folded")) and os.path.exists(self.path("a.dhat")))
        self.call("profile", "--json", self.path("a.json"), "--", "true")
        for option, value in (("--mode", "pool"), ("--memory", "8G"), ("--interval", "1"), ("--run-dir", self.dir)):
            self.refused("profile", option, value, self.path("a.json"), names=["profile " + option])
        for words in (["--", "true"], [self.path("a.json")]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([command(), "profile", "--folded", self.path("b.folded"), *words], env=self.env,
                                      stdout=full, stderr=full, timeout=PATIENCE)
            self.assertEqual(done.returncode, 2)
            os.unlink(self.path("b.folded"))

    def test_a_library_without_its_profiler(self):
        shutil.copy(library(), self.path("libmorpharena.so"))
        self.refused("profile", "--", "true", names=["libmorpharena-profile.so", "libunwind-dev"],
                     env=dict(self.env, MORPHARENA_LIBRARY=self.path("libmorpharena.so")))

    def test_records_without_profiles(self):
        os.mkdir(self.path("records"))
        self.call("run", "--run-dir", self.path("records"), "--", "true")
        done = self.call("profile", self.path("records"))
        self.assertEqual(done.returncode, 0)
        self.assertIn("No process was profiled", done.stdout)
        self.assertIn("Not profiled: true: no profile beside its record", done.stdout)

    def test_a_damaged_profile(self):
        os.mkdir(self.path("records"))
        self.profile("--interval", "1", "--run-dir", self.path("records"))
        name = sorted(name for name in os.listdir(self.path("records")) if name.endswith(".profile"))[0]
        os.truncate(self.path("records/" + name), 1000)
        done = self.call("profile", self.path("records"))
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"^morpharena: .*%s: is cut off" % re.escape(name))
        self.assertIn("churn", done.stdout)


if __name__ == "__main__":
    main()
