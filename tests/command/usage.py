"""Wrong usage: exit code 2, one line that names the token, nothing run."""
import json
import os
import re
import shutil
import subprocess

from support import Case, library, main


class Usage(Case):
    def test_help_and_version(self):
        listed = re.search(r"(?ms)^Subcommands:\n(.*?)\n\n", self.call("--help").stdout)[1]
        subcommands = re.findall(r"(?m)^  ([a-z]\S*)", listed)
        self.assertLessEqual({"run", "compare", "profile", "report", "top", "reset"}, set(subcommands))
        for words in ([], *([sub] for sub in subcommands)):
            done = self.call(*words, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("Usage: morpharena", done.stdout)
            for line in done.stdout.splitlines():
                self.assertLessEqual(len(line), 100, line)
            if words:
                self.assertNotIn("SUBCOMMAND --help", done.stdout)
        self.assertRegex(self.call("--version").stdout, r"^morpharena \d+\.\d+\.\d+\n$")
        self.assertIn("Student", self.call("compare", "--help").stdout)

    def test_no_words(self):
        done = self.call()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("Usage: morpharena", done.stderr)

    def test_unknown_subcommand_and_option(self):
        self.refused("frob", names=["frob", "compare, frontier, run"])
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
            # The one line it is even where there would have been a note.
            self.refused(sub, "--", "morpharena-nonesuch", names=["PATH"], env=dict(self.env, LD_PRELOAD="libm.so.6"))
        self.assertEqual(self.left_overs(), [])

    def test_bad_tokens(self):
        for token in ("8Q", "0", "100", "-1", "1.5G", "99999999999999999999"):
            self.refused("run", "--memory", token, "--", "true", names=["--memory " + token, "8G"])
        for token in ("1", "0", "x", "5.5", "-3"):
            self.refused("compare", "--runs", token, "--", "true", names=["--runs " + token])
        self.refused("run", "--mode", "fast", "--", "true", names=["fast", "arena"])
        self.refused("run", "--linger", "soon", "--", "true", names=["--linger soon"])

    def test_an_empty_value_is_refused(self):
        self.refused("run", "--memory", "", "--", "true", names=["--memory", "8G"])
        for option in ("--run-dir", "--stats", "--mode", "--json", "--linger", "--reset-every"):
            self.refused("run", option, "", "--", "true", names=[option])
        for option in ("--allocators", "--runs", "--until", "--title", "--param"):
            self.refused("compare", option, "", "--", "true", names=[option])
        self.refused("merge", "", names=["files"])

    def test_files_that_cannot_be_written_are_refused_before_the_run(self):
        mark = self.path("mark")
        for sub in ("run", "compare"):
            self.refused(sub, "--json", self.path("no/such.json"), "--", "touch", mark, names=["no/such.json"])
            self.refused(sub, "--json", self.dir, "--", "touch", mark, names=["directory"])
        self.refused("run", "--run-dir", self.path("none"), "--", "touch", mark, names=[self.path("none")])
        self.refused("run", "--run-dir", "/proc", "--", "touch", mark, names=["/proc", "cannot be written"])
        self.refused("run", "--stats", self.path("no/%p.json"), "--", "touch", mark, names=["no"])
        for sub in ("compare", "predict", "frontier"):
            self.refused(sub, "--jsonl", "-", "--", "touch", mark, names=["--jsonl -", "--json -"], cwd=self.dir)
        self.assertFalse(os.path.exists(self.path("-")))
        self.assertFalse(os.path.exists(mark))

    def test_documents_that_have_no_end_or_bottom(self):
        with open(self.path("deep.json"), "w") as file:
            file.write("[" * 100_000)
        with open(self.path("deep.jsonl"), "w") as file:
            file.write('{"schema": %s1%s}' % ("[" * 100, "]" * 100))
        with open(self.path("large.json"), "w") as file:
            file.truncate((1 << 30) + 1)
        for words in (["report"], ["profile"], ["merge"], ["compare", "--allocators", "glibc,glibc", "--runs", "2", "--baseline"]):
            tail = ["--", "true"] if words[0] == "compare" else []
            for name, why in (("/dev/zero", "no text"), ("/dev/full", "no text"), ("/proc/self/mem", "Input/output error"),
                              (self.path("large.json"), "more than 1 GiB")):
                self.refused(*words, name, *tail, names=[name, why])
            if words != ["profile"]:
                self.refused(*words, self.dir, *tail, names=[self.dir, "a directory"])
            for name in ("deep.json", "deep.jsonl"):
                done = self.call(*words, self.path(name), *tail)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("nested deeper than 64", done.stderr)

    def test_allocators(self):
        self.refused("compare", "--allocators", "foolloc", "--", "true", names=["foolloc", "mimalloc", "arena"])
        self.refused("compare", "--allocators", "glibc", "--", "true", names=["at least two"])
        self.refused("compare", "--allocators", "glibc,", "--", "true", names=["empty"])
        self.refused("compare", "--allocators", "glibc,./nonesuch.so", "--", "true", names=["./nonesuch.so"])
        with open(self.path("plain.c"), "w") as source:
            source.write("int nothing_of_malloc;\n")
        subprocess.run(["cc", "-shared", "-o", self.path("plain.so"), self.path("plain.c")], check=True)
        self.refused("compare", "--allocators", "glibc," + self.path("plain.so"), "--", "true",
                     names=[self.path("plain.so"), "no malloc"])
        shutil.copy(library(), self.path("odd name.so"))
        self.refused("compare", "--allocators", "glibc," + self.path("odd name.so"), "--", "true",
                     names=["odd name.so", "blank"])
        env = dict(self.env, MORPHARENA_LIBRARY=self.path("gone.so"))
        self.refused("run", "--", "true", env=env, names=["gone.so", "MORPHARENA_LIBRARY"])

    def test_doctor(self):
        done = self.call("doctor", "--json", self.path("out.json"), "ls")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for subject in ("glibc", "memory limit", "OOM victims", "instructions", "every program"):
            self.assertRegex(done.stdout, r"(?m)^%s +(yes|partly|no) " % subject)
        self.assertRegex(done.stdout, r"/ls +yes")
        self.refused("doctor", "morpharena-nonesuch", names=["morpharena-nonesuch", "PATH"])

    def test_every_mode_serves(self):
        for mode in ("arena", "pool", "adaptive", "system"):
            done = self.call("run", "--mode", mode, "--json", self.path("out.json"), "--", "true")
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(self.path("out.json")) as file:
                self.assertEqual([process["config"]["mode"] for process in json.load(file)["processes"]], [mode])


if __name__ == "__main__":
    main()
