"""Names and arguments that would move the cursor, end a table's cell or become a tag: every output of the command with them."""
import csv
import io
import json
import os
import re
import shutil
import subprocess

from support import PATIENCE, Case, command, main

# No slash: it is a file's name. Raw bytes: ESC, C1 as a byte and as UTF-8 encodes it, DEL, text turned around.
NAME = b"=<script>alert(1)<b>\x1b[2J\x1b]0;title\x07\n|`*_'\"&\r\x9b\xc2\x9b\x7f\xff\xe2\x80\xae"
ARGUMENT = b"</td></script><script>x</script>\x1b[31m\nlast line\xfe"
BAD = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class Hostile(Case):
    def setUp(self):
        super().setUp()
        self.program = os.path.join(os.fsencode(self.dir), NAME)
        shutil.copy(shutil.which("true"), self.program)
        os.mkdir(self.path("records"))

    def bytes_of(self, *words, status=(0,), stderr=b""):
        done = subprocess.run([command(), *words], env=self.env, capture_output=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
        self.assertIn(done.returncode, status, done.stderr)
        self.text_is_safe(done.stderr)
        return done.stdout

    def text_is_safe(self, raw):
        """UTF-8, no control character but line feeds, none of the name's own."""
        text = raw.decode()
        bad = BAD.search(text) or re.search("\n(last line|\\|`)", text)
        self.assertIsNone(bad, bad and ascii(text[max(bad.start() - 60, 0):bad.end() + 20]))
        return text

    def json_is_whole(self, raw):
        document = json.loads(raw.decode())
        self.assertIn("script", raw.decode())
        self.assertIsNone(re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", raw.decode()))
        return document

    def reports(self, file):
        html = self.bytes_of("report", file, "--html", "-")
        self.text_is_safe(html)
        # Its own scripts aside, nothing of the name is a tag.
        self.assertNotRegex(html, rb"<script>(alert|x)|<b>\x1b|</td></script>")
        self.assertIn(b"&lt;script&gt;", html)
        self.text_is_safe(self.bytes_of("report", file))
        markdown = self.text_is_safe(self.bytes_of("report", file, "--markdown"))
        self.assertIsNone(re.search(r"(?<!\\)<script", markdown), markdown)
        rows = [line for line in markdown.splitlines() if line.startswith("|")]
        for before, row in zip(rows, rows[1:]):
            if row.startswith("|:"):
                self.assertEqual(len(re.findall(r"(?<!\\)\|", before)), len(re.findall(r"(?<!\\)\|", row)), markdown)
        table = list(csv.reader(io.StringIO(self.bytes_of("report", file, "--csv").decode(), newline="")))
        self.assertEqual({len(row) for row in table}, {len(table[0])})
        for row in table:
            for cell in row:
                self.assertIsNone(BAD.search(cell), ascii(cell))
                self.assertNotRegex(cell, r"^[=+@]")
        self.json_is_whole(self.bytes_of("report", file, "--trace-events", "-"))

    def test_run(self):
        result = self.path("run.json")
        self.text_is_safe(self.bytes_of("run", "--json", result, "--", self.program, ARGUMENT))
        with open(result, "rb") as file:
            self.json_is_whole(file.read())
        self.reports(result)

    def test_run_tree(self):
        self.text_is_safe(self.bytes_of("run", "--tree", "--", self.program, ARGUMENT))

    def test_compare(self):
        result = self.path("compare.json")
        self.text_is_safe(self.bytes_of("compare", "--allocators", "glibc,arena", "--runs", "2", "--json", result, "--", self.program, ARGUMENT))
        with open(result, "rb") as file:
            self.json_is_whole(file.read())
        self.reports(result)

    def test_predict_and_top(self):
        self.text_is_safe(self.bytes_of("predict", "--", self.program, ARGUMENT))
        self.text_is_safe(self.bytes_of("top", "--", self.program, ARGUMENT))

    def test_merge(self):
        lines = self.path("lines.jsonl")
        self.bytes_of("predict", "--jsonl", lines, "--", self.program, ARGUMENT)
        self.text_is_safe(self.bytes_of("merge", lines))
        self.text_is_safe(self.bytes_of("predict", "--title", "a\x1b[2J<b>", "--jsonl", lines, "--", self.program))
        self.text_is_safe(self.bytes_of("merge", lines))

    def records(self):
        env = dict(self.env, LD_PRELOAD=self.env["MORPHARENA_LIBRARY"], MORPHARENA_RUN_DIR=self.path("records"),
                   **{"MORPHARENA_LIMIT": "\x1b[2Jno size\nfree: a second complaint"})
        done = subprocess.run([self.program, ARGUMENT], env=env, capture_output=True, timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
        return self.path("records")

    def test_stats(self):
        records = self.records()
        self.text_is_safe(self.bytes_of("stats", records))
        full = self.text_is_safe(self.bytes_of("stats", "--full", records))
        self.assertNotIn("\nfree: a second", full)
        self.json_is_whole(self.bytes_of("stats", "--json", "-", records))
        self.text_is_safe(self.bytes_of("top", records))

    def test_dumps(self):
        for name in ("dump.json", "dump.text"):
            env = dict(self.env, LD_PRELOAD=self.env["MORPHARENA_LIBRARY"], MORPHARENA_STATS=self.path(name))
            subprocess.run([self.program, ARGUMENT], env=env, check=True, timeout=PATIENCE)
        with open(self.path("dump.json"), "rb") as file:
            self.json_is_whole(file.read())
        with open(self.path("dump.text"), "rb") as file:
            self.text_is_safe(file.read())

    def test_complaints_of_the_command(self):
        for words in (["stats", self.program], ["report", self.program], ["run", "--mode", NAME, "--", "true"],
                      ["compare", "--allocators", NAME, "--", "true"], [NAME], ["run", "--" + "x\x1b[2J"]):
            self.bytes_of(*words, status=(2,))

    def test_a_link_among_the_records_is_not_followed(self):
        records = self.records()
        name = next(iter(os.listdir(records)))
        os.rename(os.path.join(records, name), self.path("outside"))
        os.symlink(self.path("outside"), os.path.join(records, name))
        done = self.call("stats", records)
        self.assertEqual(done.returncode, 2)
        self.assertIn("a link", done.stderr)
        os.symlink(self.path("outside"), self.path("meant"))
        self.assertEqual(self.call("stats", self.path("meant")).returncode, 0, "a link that was named is meant")

    def test_a_directory_in_which_anybody_may_rename(self):
        os.chmod(self.path("records"), 0o777)
        self.refused("run", "--run-dir", self.path("records"), "--", "true", names=("anybody may rename", self.path("records")))
        os.chmod(self.path("records"), 0o1777)
        self.assertEqual(self.call("run", "--run-dir", self.path("records"), "--", "true").returncode, 0)


main()
