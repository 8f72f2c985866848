"""A profile for other viewers: pprof, folded stacks, DHAT, the page with its flame graph."""
import collections
import gzip
import json
import os
import re
import shutil
import subprocess

from documents import HOSTILE
from profiled import ProfiledCase
from report import Page
from support import PATIENCE, main

HERE = os.path.dirname(os.path.abspath(__file__))
VIEWER = "/usr/libexec/valgrind/dh_view.js"

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


class ProfileViewers(ProfiledCase):
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


if __name__ == "__main__":
    main()
