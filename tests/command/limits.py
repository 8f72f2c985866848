"""--memory: outcomes, victims, places, refusals."""
import json
import os
import shutil
import subprocess

from support import Case, command, main

CHURN = """
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv) {
    long megabytes = atol(argv[1]);
    for (long i = 0; i < megabytes * 16; i++) {
        void *p = malloc(65536);
        if (p == NULL) return 1;
        memset(p, 1, 65536);
        free(p);
    }
    return argc > 2;
}
"""


class Limits(Case):
    def churn(self):
        with open(self.path("churn.c"), "w") as file:
            file.write(CHURN)
        subprocess.run(["gcc", "-O1", "-fno-builtin", "-o", self.path("churn"), self.path("churn.c")], check=True)
        return self.path("churn")

    def test_an_arena_dies_where_pool_and_glibc_live(self):
        self.needs_cgroup()
        words = ["sh", "-c", "%s 700; exit $?" % self.churn()]
        done = self.call("compare", "--runs", "2", "--memory", "512M", "--allocators", "glibc,arena,pool", "--json",
                         self.path("out.json"), "--", *words)
        self.assertEqual(done.returncode, 3, done.stderr)
        with open(self.path("out.json")) as file:
            document = json.load(file)
        outcomes = {a["label"]: a["outcomes"] for a in document["allocators"]}
        self.assertEqual(outcomes, {"glibc": {"ok": 2}, "arena": {"oom_killed": 2}, "pool": {"ok": 2}})
        victims = document["allocators"][1]["recorded_run"]["outcome"]["victims"]
        self.assertEqual([victim["program"] for victim in victims], ["churn"])
        self.assertGreater(victims[0]["bytes_held"], 300 << 20)
        self.assertGreater(victims[0]["objects"], 0)
        self.assertLess(victims[0]["live_peak"], 1 << 20)
        self.assertIn("churn", done.stdout)
        self.assertIn(document["limit_by"], ("cgroup_v1", "cgroup_v2"))

    def test_run_names_the_victim_with_its_counters(self):
        self.needs_cgroup()
        done = self.call("run", "--memory", "128M", "--", self.churn(), "400")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertRegex(done.stderr, r"churn .*\n?.*asked for .* objects, held ")

    def test_rlimit_only_when_asked_for_and_labelled(self):
        self.refused("run", "--limit-by", "rlimit", "--", "true", names=["--limit-by rlimit", "--memory"])
        self.refused("run", "--limit-by", "quota", "--memory", "1G", "--", "true", names=["--limit-by quota", "rlimit"])
        done = self.call("run", "--memory", "300M", "--limit-by", "rlimit", "--json", self.path("out.json"), "--",
                         "sh", "-c", "ulimit -v")
        self.assertEqual((done.returncode, done.stdout), (0, "%d\n" % (300 << 10)), done.stderr)
        self.assertIn("RLIMIT_AS", done.stderr)
        with open(self.path("out.json")) as file:
            self.assertEqual(json.load(file)["limit_by"], "rlimit")

    def hidden(self, words, env):
        """Runs words where no cgroup is mounted; None when this machine does not let us."""
        script = "mount --make-rprivate / && umount -l -R /sys/fs/cgroup && exec \"$@\""
        if os.getuid() != 0 or not shutil.which("unshare"):
            self.skipTest("hiding the cgroups takes root and unshare")
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", *words], env=env, capture_output=True, text=True)
        if "umount" in done.stderr or "mount:" in done.stderr:
            self.skipTest(done.stderr)
        return done

    def fake_systemd_run(self, body):
        os.mkdir(self.path("bin"))
        with open(self.path("bin/systemd-run"), "w") as file:
            file.write("#!/bin/sh\n" + body)
        os.chmod(self.path("bin/systemd-run"), 0o755)
        return dict(self.env, PATH=self.path("bin") + ":" + os.environ["PATH"])

    def test_refused_with_the_reason(self):
        env = self.fake_systemd_run("echo 'no bus here' >&2; exit 1\n")
        for words in (["run", "--memory", "256M"], ["compare", "--memory", "256M"], ["frontier"]):
            done = self.hidden([command(), *words, "--", "touch", self.path("mark")], env)
            self.assertEqual(done.returncode, 2, done.stderr)
            for word in ("no memory cgroup", "no bus here", "--limit-by rlimit"):
                self.assertIn(word, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertFalse(os.path.exists(self.path("mark")))
        # Without a limit it goes on, and says whose the peak is.
        done = self.hidden([command(), "run", "--", "true"], env)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("largest process", done.stderr)

    def test_a_scope_is_tried_once(self):
        # A systemd-run that starts its words as it should, where that does not help.
        env = self.fake_systemd_run("echo \"$@\" >> %s\nwhile [ \"$1\" != -- ]; do shift; done\nshift\nexec \"$@\"\n"
                                    % self.path("called"))
        done = self.hidden([command(), "run", "--memory", "256M", "--", "true"], env)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("a systemd scope did not help", done.stderr)
        with open(self.path("called")) as file:
            calls = file.read().splitlines()
        self.assertEqual(len(calls), 2)  # the trial, and ourselves
        self.assertIn("--scope", calls[1])
        self.assertIn("run --memory 256M -- true", calls[1])


if __name__ == "__main__":
    main()
