"""morpharena stats: good records, damaged ones, living ones."""
import glob
import json
import os
import subprocess

from support import Case, library, main


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

    def test_each_record_once(self):
        where = self.records()
        once = self.call("stats", where)
        for words in ([where, where], [where, where + "/."], [where, glob.glob(where + "/*.morpharena")[0]]):
            self.assertEqual(self.call("stats", *words).stdout, once.stdout)

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
        for name, size in (("0-made", 0), ("0-mapped", 28672)):  # killed between making a record and beginning it
            with open(where + "/%s.morpharena" % name, "wb") as file:
                file.write(bytes(size))
        before = {name: os.stat(name).st_mtime_ns for name in glob.glob(where + "/*")}
        done = self.call("stats", "--json", self.path("out.json"), where)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.count("\n"), 5, done.stderr)
        for name, word in (("0-cut", "cut off"), ("0-version", "version"), ("0-other", ""), ("0-made", "not begun"), ("0-mapped", "not begun")):
            self.assertRegex(done.stderr, r"(?m)/%s\.morpharena: .*%s" % (name, word))
        self.assertRegex(done.stdout, r"(?m)^ls +\d+ +exit")
        with open(self.path("out.json")) as file:
            document = json.load(file)
        self.assertEqual([len(document[key]) for key in ("processes", "damaged", "not_begun")], [len(names), 3, 2])
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
        env = dict(self.env, LD_PRELOAD=library(), MORPHARENA_RUN_DIR=self.path("live"))
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


if __name__ == "__main__":
    main()
