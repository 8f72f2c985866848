"""Man pages and completion against --help and the tables: what one says, the others say."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

from support import Case, command, main

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from tables import rows  # noqa: E402


def written(name):
    return os.path.join(os.path.dirname(command()), name)


def read(name):
    with open(written(name)) as file:
        return file.read()


class Manuals(Case):
    def subcommands(self):
        help_text = self.call("--help").stdout
        return re.findall(r"(?m)^  ([a-z]+) {2,}", help_text.split("ubcommands:")[1].split("Examples:")[0])

    def options_of(self, *words):
        return set(re.findall(r"(?m)^ +(?:-\w, ?)?(--[a-z-]+)", self.call(*words, "--help").stdout))

    def test_the_commands_page_has_every_option_and_no_other(self):
        page = read("morpharena.1").replace("\\-", "-")
        head, *sections = page.split("\n.SS ")
        self.assertEqual([section.split("\n")[0] for section in sections], self.subcommands())
        for section in [head] + sections:
            name = section.split("\n")[0] if section is not head else None
            named = set(re.findall(r"(?m)^.*?\\fB(--[a-z-]+)\\fR", section))
            self.assertEqual(named, self.options_of(*([name] if name else [])), name)
        for code in ("2 wrong usage", "130 interrupted"):
            self.assertIn(code, page)

    def test_the_librarys_page_has_every_row_of_the_tables(self):
        page = read("libmorpharena.7").replace("\\-", "-")
        core = ROOT / "core"
        for _, name, _, default, allowed, what in rows((core / "config/options.def").read_text(), "OPTION", 6):
            if name != "NAME":
                self.assertIn("\\fBMORPHARENA_%s\\fR\n%s. Allowed: %s. Default: %s." %
                              (name, what, allowed, default or "not set"), page)
        counters = (core / "observe/counters.def").read_text()
        names = [row[0] for row in rows(counters, "THREAD_COUNTER", 4)] + [row[0] for row in rows(counters, "PROCESS_COUNTER", 5)]
        self.assertGreater(len(names), 40)
        for name in names:
            self.assertTrue(name == "name" or "\n\\fB%s\\fR (" % name in page, name)

    def test_pages_are_good_roff(self):
        if not shutil.which("mandoc"):
            self.skipTest("no mandoc here (Debian: mandoc)")
        for name in ("morpharena.1", "libmorpharena.7"):
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", written(name)], capture_output=True, text=True)
            # A date would make each build another one.
            complaints = [line for line in done.stdout.splitlines() if "date" not in line]
            self.assertEqual(complaints, [])

    def bash(self, *words):
        """What Tab offers behind these words."""
        script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _morpharena; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "--norc", "-c", script, "bash", written("morpharena.bash"), "morpharena", *words],
                              capture_output=True, text=True, cwd=self.dir)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash(self):
        self.assertEqual(self.bash("comp"), ["compare"])
        self.assertLessEqual(set(self.subcommands()), set(self.bash("")))
        for name in self.subcommands():
            self.assertLessEqual(self.options_of(name), set(self.bash(name, "--")), name)
        self.assertIn("adaptive", self.bash("run", "--mode", ""))
        self.assertEqual(self.bash("compare", "--allocators", "glibc,mi"), ["glibc,mimalloc"])
        self.assertIn("sleep", self.bash("run", "--", "slee"))
        with open(self.path("result.json"), "w"):
            pass
        self.assertEqual(self.bash("report", "res"), ["result.json"])

    def test_zsh(self):
        if not shutil.which("zsh"):
            self.skipTest("no zsh here")
        done = subprocess.run(["zsh", "-n", written("_morpharena")], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        text = read("_morpharena")
        for name in self.subcommands():
            section = text.split("        %s)\n" % name)[1].split(";;")[0]
            self.assertLessEqual(self.options_of(name), set(re.findall(r"'(--[a-z-]+)\[", section)), name)

    def test_fish(self):
        if not shutil.which("fish"):
            self.skipTest("no fish here")
        def offered(line):
            done = subprocess.run(["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]",
                                   written("morpharena.fish"), line], capture_output=True, text=True, cwd=self.dir,
                                  env=dict(self.env, HOME=self.dir))
            self.assertEqual(done.stderr, "")
            return {row.split("\t")[0] for row in done.stdout.splitlines()}
        self.assertEqual(offered("morpharena comp"), {"compare"})
        for name in self.subcommands():
            self.assertLessEqual(self.options_of(name) - {"--help"}, offered("morpharena %s --" % name), name)
        self.assertIn("adaptive", offered("morpharena run --mode "))


if __name__ == "__main__":
    main()
