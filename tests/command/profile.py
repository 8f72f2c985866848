"""morpharena profile: a known program over a tree, its figures, and the files that other viewers read."""
import collections
import copy
import gzip
import json
import os
import re
import shutil
import subprocess

from documents import HOSTILE
from report import Page
from support import PATIENCE, Case, command, library, main

HERE = os.path.dirname(os.path.abspath(__file__))
VIEWER = "/usr/libexec/valgrind/dh_view.js"

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

# Field numbers of google/pprof's proto/profile.proto: name, and for messages their own table.
VALUE_TYPE = {1: "type", 2: "unit"}
LABEL = {1: "key", 2: "str", 3: "num", 4: "num_unit"}
SCHEMA = {
    1: ("sample_type", VALUE_TYPE),
    2: ("sample", {1: "location_id*", 2: "value*", 3: ("label", LABEL)}),
    3: ("mapping", {1: "id", 2: "memory_start", 3: "memory_limit", 4: "file_offset", 5: "filename", 6: "build_id",
                    7: "has_functions", 8: "has_filenames", 9: "has_line_numbers", 10: "has_inline_frames"}),
    4: ("location", {1: "id", 2: "mapping_id", 3: "address", 4: ("line", {1: "function_id", 2: "line"}), 5: "is_folded"}),
    5: ("function", {1: "id", 2: "name", 3: "system_name", 4: "filename", 5: "start_line"}),
    6: "string_table$", 7: "drop_frames", 8: "keep_frames", 9: "time_nanos", 10: "duration_nanos",
    11: ("period_type", VALUE_TYPE), 12: "period", 13: "comment*", 14: "default_sample_type",
}


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def decoded(data, schema):
    """A message as {field: [values]}; an unknown field or wire type is an error."""
    message, at = collections.defaultdict(list), 0
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        field = schema[number]
        if wire == 0:
            value, at = varint(data, at)
            assert isinstance(field, str) and not field.endswith("$"), field
            message[field.rstrip("*")].append(value)
            continue
        assert wire == 2, wire
        length, at = varint(data, at)
        piece, at = data[at:at + length], at + length
        assert len(piece) == length
        if isinstance(field, tuple):
            message[field[0]].append(decoded(piece, field[1]))
        elif field.endswith("$"):
            message[field.rstrip("$")].append(piece.decode())
        else:
            assert field.endswith("*"), field
            inside = 0
            while inside < length:
                value, inside = varint(piece, inside)
                message[field.rstrip("*")].append(value)
    return message


class Profile(Case):
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

    def test_pprof(self):
        _, document = self.profile("--interval", "4K", "--pprof", self.path("out.pb.gz"), "--folded", self.path("out.folded"))
        with gzip.open(self.path("out.pb.gz")) as file:
            profile = decoded(file.read(), SCHEMA)
        texts = profile["string_table"]
        self.assertEqual(texts[0], "")
        self.assertEqual([texts[t["type"][0]] for t in profile["sample_type"]],
                         ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space", "peak_space", "young_space"])
        self.assertEqual(texts[profile["default_sample_type"][0]], "alloc_space")
        self.assertEqual(profile["period"], [4096])
        functions = {f["id"][0]: texts[f["name"][0]] for f in profile["function"]}
        mappings = {m["id"][0]: m for m in profile["mapping"]}
        locations = {}
        for location in profile["location"]:
            mapping = mappings[location["mapping_id"][0]]
            self.assertTrue(mapping["memory_start"][0] <= location["address"][0] < mapping["memory_limit"][0])
            locations[location["id"][0]] = [functions[line["function_id"][0]] for line in location["line"]]
        by_path = {texts[m["filename"][0]]: texts[m["build_id"][0]] for m in mappings.values()}
        note = subprocess.run(["readelf", "-n", self.path("program")], capture_output=True, text=True).stdout
        self.assertEqual(by_path[os.path.realpath(self.path("program"))], re.search("Build ID: (.*)", note)[1])
        total = collections.Counter()
        for sample in profile["sample"]:
            self.assertEqual(len(sample["value"]), 6)
            stack = [name for location in sample["location_id"] for name in locations[location]]
            if "churn" in stack:
                total["churn"] += sample["value"][1]
            total["all"] += sample["value"][1]
        sites = [site for process in document["profiles"] for site in process["sites"]]
        self.assertEqual(total["all"], sum(int(site["bytes"][0] + 0.5) for site in sites))
        self.assertAlmostEqual(total["churn"], self.by_function(document)["churn"][0], delta=len(sites))
        if shutil.which("go"):
            env = dict(self.env, HOME=self.dir, PPROF_TMPDIR=self.dir)
            shown = subprocess.run(["go", "tool", "pprof", "-top", "-sample_index=alloc_space", self.path("out.pb.gz")],
                                   capture_output=True, text=True, env=env, timeout=PATIENCE)
            self.assertEqual(shown.returncode, 0, shown.stderr)
            self.assertIn("Type: alloc_space", shown.stdout)
            self.assertRegex(shown.stdout, r"(?m)%\s+churn$")
            self.assertRegex(shown.stdout, r"(?m)%\s+inlined \(inline\)$")

    def test_folded(self):
        _, document = self.profile("--interval", "1", "--folded", self.path("out.folded"))
        total = 0
        with open(self.path("out.folded")) as file:
            for line in file:
                self.assertRegex(line, r"^[^;]+(;[^;]+)* \d+\n$")
                total += int(line.rsplit(" ", 1)[1])
        self.assertEqual(total, sum(site["bytes"][0] for process in document["profiles"] for site in process["sites"]))
        peak = self.call("profile", self.path("out.json"), "--folded", "-", "--value", "peak").stdout
        self.assertRegex(peak, r"(?m)^program;.*main;keep;inlined;xmalloc 600000$")
        self.assertNotIn(";churn", peak)

    def test_dhat(self):
        _, document = self.profile("--interval", "1", "--dhat", self.path("out.dhat"))
        with open(self.path("out.dhat")) as file:
            dhat = json.load(file)
        self.assertEqual((dhat["dhatFileVersion"], dhat["bklt"], dhat["bkacc"], dhat["ftbl"][0]), (2, True, False, "[root]"))
        sites = [site for process in document["profiles"] for site in process["sites"]]
        total = sum(site["bytes"][0] for site in sites)
        self.assertEqual(sum(point["tb"] for point in dhat["pps"]), total)
        for point in dhat["pps"]:
            self.assertTrue(all(0 < frame < len(dhat["ftbl"]) for frame in point["fs"]))
            self.assertGreaterEqual(point["mb"], max(point["gb"], point["eb"]))
        if not shutil.which("node") or not os.path.exists(VIEWER):
            self.skipTest("no node, or no valgrind, to let dh_view read it; its keys were checked")
        read = subprocess.run(["node", os.path.join(HERE, "dh_view_check.js"), VIEWER, self.path("out.dhat")],
                              capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(read.returncode, 0, read.stderr)
        self.assertEqual(json.loads(read.stdout)["bytes"], total)

    def test_the_page(self):
        self.profile("--interval", "1")
        with open(self.path("out.json")) as file:
            document = json.load(file)
        for function in document["functions"]:
            if function["name"] == "churn":
                function["name"] = HOSTILE
        with open(self.path("hostile.json"), "w") as file:
            json.dump(document, file)
        for source in ("out.json", "hostile.json"):
            done = self.call("report", self.path(source), "--html", self.path("page.html"))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            with open(self.path("page.html")) as file:
                text = file.read()
            page = Page(text)
            self.assertEqual((page.links, page.seen.count("script")), (["data:,"], 0))
            self.assertIn('class="flame"', text)
            self.assertIn("Call sites", text)
            self.assertNotIn("\x1b", text)
        self.assertNotIn("\x1b", self.call("profile", self.path("hostile.json")).stdout)
        self.assertRegex(self.call("report", self.path("out.json"), "--markdown").stdout, r"(?m)^\| churn \|.*wasteful \|$")
        self.assertRegex(self.call("report", self.path("out.json")).stdout, r"(?m)^churn .* wasteful$")

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
