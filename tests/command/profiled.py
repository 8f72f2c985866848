"""A program whose allocations are known, and what a profile says of it."""
import collections
import json
import os
import subprocess

from support import Case, library

# Line numbers matter below. keep: 300 x 1000 bytes to the end; churn: 3000 x 100 bytes, freed at once; leak: 1000 x
# 200 bytes, each fifth kept; handed over: 500 x 64 bytes, freed by another thread.
PROGRAM = r"""#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
void *volatile kept[4000];
static void *xmalloc(size_t size) { return malloc(size); }
static inline __attribute__((always_inline)) void *inlined(size_t size) { return xmalloc(size); }
__attribute__((noinline)) void keep(void) { for (int i = 0; i < 300; i++) kept[i] = inlined(1000); }
__attribute__((noinline)) void churn(void) { for (int i = 0; i < 3000; i++) { kept[3999] = malloc(100); free(kept[3999]); } }
__attribute__((noinline)) void leak(void) {
    for (int i = 0; i < 1000; i++) { void *p = malloc(200); if (i % 5 == 0) kept[1000 + i] = p; else free(p); }
}
static void *other(void *unused) { for (int i = 0; i < 500; i++) free(kept[3000 + i]); return unused; }
__attribute__((noinline)) void hand_over(void) {
    for (int i = 0; i < 500; i++) kept[3000 + i] = malloc(64);
    pthread_t thread;
    pthread_create(&thread, 0, other, 0);
    pthread_join(thread, 0);
}
int main(int argc, char **argv) {
    keep();
    churn();
    leak();
    hand_over();
    if (argc > 1) {
        if (fork() == 0) execl(argv[0], argv[0], (char *)0);
        wait(0);
    }
    return 0;
}
"""
EXACT = {"inlined": (300, 300_000), "churn": (3000, 300_000), "leak": (1000, 200_000), "hand_over": (500, 32_000)}


class ProfiledCase(Case):
    def setUp(self):
        super().setUp()
        profiler = os.path.join(os.path.dirname(library()), "libmorpharena-profile.so")
        if not os.path.exists(profiler):
            self.skipTest("libmorpharena-profile.so was not built (Debian: libunwind-dev)")

    def program(self, *options, name="program"):
        with open(self.path("program.c"), "w") as file:
            file.write(PROGRAM)
        subprocess.run(["gcc", "-O1", "-g", "-fno-builtin", "-pthread", "-o", self.path(name), self.path("program.c"),
                        *options], check=True)
        return self.path(name)

    def profile(self, *words, program=None, arguments=("tree",)):
        done = self.call("profile", "--json", self.path("out.json"), *words, "--", program or self.program(), *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.path("out.json")) as file:
            return done, json.load(file)

    def by_function(self, document, figure="bytes"):
        """The figure by the function that called xmalloc or malloc, of processes called program: value and variance."""
        sums = collections.defaultdict(lambda: [0, 0])
        for process in document["profiles"]:
            for site in process.get("sites", []) if process["program"] == "program" else []:
                for function in self.functions(document, site):
                    if function not in ("xmalloc", "malloc"):
                        value = site[figure]
                        sums[function][0] += value[0] if isinstance(value, list) else value
                        sums[function][1] += value[1] ** 2 if isinstance(value, list) else 0
                        break
        return sums

    def functions(self, document, site):
        return [document["functions"][frame[0]]["name"] for call in site["stack"]
                for frame in document["calls"][call]["frames"]]
