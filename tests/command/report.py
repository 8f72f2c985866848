"""Markdown, CSV, the web page and the trace events, of real runs and of documents made by hand."""
import copy
import csv
import html.parser
import io
import json
import os
import re
import subprocess
import time
import unittest

import browser
from documents import HOSTILE, comparison, frontier
from support import PATIENCE, Case, command, main

VOID = {"meta", "link", "br", "rect", "line", "polyline", "path"}


class Page(html.parser.HTMLParser):
    """Tags must close in order; links and scripts are noted."""

    def __init__(self, text):
        super().__init__()
        self.open_tags, self.seen, self.links, self.unnamed = [], [], [], 0
        self.feed(text)
        self.close()
        assert not self.open_tags, self.open_tags

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.seen.append(tag)
        self.links += [value for name, value in attrs.items() if name in ("src", "href", "data", "srcset", "action")]
        self.unnamed += tag == "svg" and not attrs.get("aria-label")
        if tag not in VOID or tag == "path":
            self.open_tags.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open_tags and self.open_tags[-1] == tag, (tag, self.open_tags[-3:])
        self.open_tags.pop()


class Documents(Case):
    def document(self, content, name="doc.json"):
        with open(self.path(name), "w") as file:
            json.dump(content, file)
        return self.path(name)

    def page(self, source):
        done = self.call("report", source, "--html", self.path("page.html"))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        with open(self.path("page.html")) as file:
            return file.read()


class Report(Documents):
    def recorded_run(self):
        done = self.call("run", "--json", self.path("run.json"), "--markdown", self.path("run.md"), "--csv",
                         self.path("run.csv"), "--trace-events", self.path("run.trace"), "--", "sh", "-c",
                         "/bin/ls / >/dev/null; /bin/date >/dev/null; exit 0")
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.path("run.json")

    def test_what_run_writes_is_what_report_makes_of_its_json(self):
        source = self.recorded_run()
        for option, name in (("--markdown", "run.md"), ("--csv", "run.csv"), ("--trace-events", "run.trace")):
            done = self.call("report", source, option, *(["-"] if option == "--trace-events" else []))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            with open(self.path(name), newline="") as file:
                self.assertEqual(done.stdout.replace("\r", ""), file.read().replace("\r", ""))
        table = self.call("report", source).stdout
        self.assertRegex(table, r"(?m)^wall +arena")
        self.assertRegex(table, r"(?m)^ls +1 ")
        page = Page(self.page(source))
        self.assertEqual(page.links, ["data:,"])

    def test_compare_markdown_and_csv(self):
        done = self.call("compare", "--runs", "2", "--allocators", "glibc,pool", "--csv", self.path("out.csv"),
                         "--markdown", "--", "ls", "/")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^\| wall \| glibc \| .* \| 1 \|  \| ok \|$")
        self.assertRegex(done.stdout, r"(?m)^\|  \| pool \| .* \| \d\.\d+ \.\. \d+\.\d+ \| ok \|$")
        self.assertIn("95 % interval", done.stderr)  # the table
        with open(self.path("out.csv"), newline="") as file:
            rows = list(csv.DictReader(file))
        walls = [row for row in rows if row["metric"] == "wall"]
        self.assertEqual([row["allocator"] for row in walls], ["glibc", "pool"])
        self.assertLessEqual(float(walls[1]["low"]), float(walls[1]["ratio"]))
        self.assertEqual([row["value"] for row in rows if row["program"] == "ls" and row["metric"] == "processes"], ["1"])
        self.refused("compare", "--markdown", "--csv", "--", "true", names=["--markdown", "--csv", "stdout"])

    def test_an_out_of_memory_kill_is_told_everywhere(self):
        source = self.document(comparison())
        self.assertIn("| arena | - | - |  | OOM-killed", self.call("report", source, "--markdown").stdout.replace("\\", ""))
        rows = list(csv.DictReader(io.StringIO(self.call("report", source, "--csv").stdout)))
        self.assertTrue(any(row["allocator"] == "arena" and "OOM" in row["outcome"] for row in rows))
        page = self.page(source)
        self.assertRegex(page, r'class="badge bad">OOM-killed')
        self.assertIn("cap 64 MiB", page)
        self.assertEqual(Page(page).unnamed, 0)
        self.assertIn("cc1 (pid 101), 60.0 MiB resident, held 55.0 MiB, live peak 4.00 MiB", page)

    def test_a_frontier(self):
        source = self.document(frontier())
        self.assertRegex(self.call("report", source).stdout, r"(?m)^n=1 +glibc +128 MiB +124 MiB +4.00 GiB +2$")
        self.assertIn("| n=2 | arena | - | 1.00 GiB | - | 2 |", self.call("report", source, "--markdown").stdout)
        rows = list(csv.DictReader(io.StringIO(self.call("report", source, "--csv").stdout)))
        self.assertIn(("glibc", "survives", str(1 << 27)),
                      {(row["allocator"], row["metric"], row["value"]) for row in rows})
        self.assertEqual(len({row["command"].split(" [")[0] for row in rows}), 2)  # each point has its own
        page = self.page(self.document(frontier(HOSTILE)))
        self.assertEqual((Page(page).links, Page(page).unnamed), (["data:,"], 0))
        self.assertIn("exceeds 8 GiB at 63.1", page)
        self.assertNotIn("<script", page)

    def test_what_the_library_reaches(self):
        source = self.document(comparison())
        self.assertRegex(self.call("report", source, "--markdown").stdout, r"(?m)^\| .*Go.* \| n0 \| 1 \| 250 ms \| - \|$")
        self.assertIn("25.0 % of the processor time lies outside", self.page(source))

    def test_hostile_names_stay_names(self):
        source = self.document(comparison(HOSTILE))
        page = self.page(source)
        self.assertEqual(Page(page).links, ["data:,"])
        self.assertNotIn("<script", page)
        self.assertNotIn("\x1b", page)
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;", page)
        markdown = self.call("report", source, "--markdown").stdout
        self.assertNotIn("<script", markdown.replace("\\<", ""))
        for line in re.findall(r"(?m)^\|.*alert.*$", markdown):
            self.assertEqual(len(re.findall(r"(?<!\\)\|", line)), 8, line)
        self.assertNotIn("\x1b", self.call("report", source).stdout + markdown)
        rows = list(csv.DictReader(io.StringIO(self.call("report", self.document(comparison("=cmd()")), "--csv").stdout)))
        self.assertIn("'=cmd()", {row["program"] for row in rows})

    def test_documents_that_are_none(self):
        self.refused("report", names=["FILE.json"])
        self.refused("report", self.dir, names=["directory"])
        self.refused("report", self.path("none.json"), names=["none.json", "No such file"])
        self.refused("report", self.document({"schema": "other"}), names=["'other'", "morpharena.compare"])
        self.refused("report", self.document([1, 2]), names=["object"])
        self.refused("report", self.document(dict(comparison(), version=2)), names=["version 2", "version 1"])
        broken = comparison()
        broken["allocators"][2]["metrics"]["wall"]["to_first"]["low"] = "x"
        self.refused("report", self.document(broken), names=["allocators[2].metrics.wall.to_first.low"])
        broken = comparison()
        broken["allocators"][1]["recorded_run"]["timeline"]["processes"][0]["first"] = 49
        self.refused("report", self.document(broken), names=["processes[0]", "points"])
        with open(self.path("cut.json"), "w") as file:
            file.write(json.dumps(comparison())[:-9])
        self.refused("report", self.path("cut.json"), names=["cut.json", "JSON"])

    def test_every_key_may_be_missing_or_wrong(self):
        """One after another is taken away, or made a text: an answer or one line, never more."""
        def places(node, path=()):
            if isinstance(node, dict):
                for key in node:
                    yield path + (key,)
                    yield from places(node[key], path + (key,))
            elif isinstance(node, list) and node:
                yield from places(node[-1], path + (len(node) - 1,))
        for number, path in enumerate(list(places(comparison()))):
            changed = copy.deepcopy(comparison())
            node = changed
            for key in path[:-1]:
                node = node[key]
            if number % 2:
                del node[path[-1]]
            else:
                node[path[-1]] = "wrong"
            done = self.call("report", self.document(changed), "--html", self.path("any.html"))
            self.assertIn(done.returncode, (0, 2), (path, done.stderr))
            self.assertEqual(done.stderr.count("\n"), 1 if done.returncode else 0, (path, done.stderr))

    @staticmethod
    def times_woken(pid):
        with open("/proc/%d/status" % pid) as file:
            return int(re.search(r"(?m)^voluntary_ctxt_switches:\s+(\d+)", file.read())[1])

    def test_timeline_of_a_run(self):
        # It holds 40 MB until the command has looked at it: that is seen by how often it woke up, with nothing else to wake it.
        script = "import sys; x = bytearray(40 << 20); print(1, flush=True); sys.stdin.readline()"
        tool = subprocess.Popen([command(), "run", "--mode", "pool", "--json", self.path("run.json"), "--", "python3", "-c", script],
                                env=self.env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(tool.kill)
        self.assertEqual(tool.stdout.readline(), "1\n")
        first, end = self.times_woken(tool.pid), time.monotonic() + PATIENCE
        while self.times_woken(tool.pid) < first + 5:
            self.assertLess(time.monotonic(), end, "the command never wakes up")
            time.sleep(0.01)
        _, err = tool.communicate("\n", timeout=PATIENCE)
        self.assertEqual(tool.returncode, 0, err)
        with open(self.path("run.json")) as file:
            timeline = json.load(file)["timeline"]
        self.assertEqual(sorted(timeline["times"]), timeline["times"])
        for process in timeline["processes"]:
            self.assertEqual(len(process["anonymous"]), len(process["live"]))
            self.assertLessEqual(process["first"] + len(process["mapped"]), len(timeline["times"]))
        python = [process for process in timeline["processes"] if process["program"].startswith("python")]
        self.assertTrue(python, [process["program"] for process in timeline["processes"]])
        self.assertGreater(max(python[0]["anonymous"]), 40 << 20)
        self.assertGreater(max(python[0]["live"]), 40 << 20)

    def test_trace_events_keep_to_the_format(self):
        """As 'Trace Event Format' (Chromium) says of the phases that are used: M, X and C."""
        self.recorded_run()
        for source in (self.path("run.json"), self.document(comparison(HOSTILE))):
            trace = json.loads(self.call("report", source, "--trace-events", "-").stdout)
            self.assertEqual(trace["displayTimeUnit"], "ms")
            named, used = set(), set()
            for event in trace["traceEvents"]:
                self.assertIsInstance(event["name"], str)
                self.assertIsInstance(event["pid"], int)
                self.assertIsInstance(event["tid"], int)
                self.assertIsInstance(event["args"], dict)
                if event["ph"] == "M":
                    self.assertIn(event["name"], ("process_name", "thread_name"))
                    self.assertIsInstance(event["args"]["name"], str)
                    named.add(event["pid"])
                    continue
                used.add(event["pid"])
                self.assertGreaterEqual(event["ts"], 0)
                if event["ph"] == "X":
                    self.assertGreaterEqual(event["dur"], 0)
                    self.assertIsInstance(event["cat"], str)
                else:
                    self.assertEqual(event["ph"], "C")
                    self.assertTrue(event["args"])
                    for value in event["args"].values():
                        self.assertIsInstance(value, (int, float))
            self.assertTrue(used)
            self.assertLessEqual(used, named)
            self.assertNotIn("\x1b", json.dumps(trace, ensure_ascii=False))
        spans = json.loads(self.call("report", self.path("run.json"), "--trace-events", "-").stdout)["traceEvents"]
        self.assertLessEqual({"ls", "date", "dash"}, {event["name"] for event in spans if event["ph"] == "X"})


@unittest.skipUnless(browser.program(), "no chromium here (Debian: chromium)")
class InABrowser(Documents):
    def test_opens_without_an_error_and_without_network(self):
        page = browser.Browser()
        self.addCleanup(page.close)
        for name in ("cc1", HOSTILE):
            self.page(self.document(comparison(name)))
            for width in (1400, 390):
                for dark in (False, True):
                    loaded, logged = page.open(self.path("page.html"), width, dark)
                    self.assertEqual(logged, [])
                    self.assertEqual([url for url in loaded if not url.startswith("data:")],
                                     ["file://" + self.path("page.html")])
                    self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
                    self.assertEqual(page.evaluate("document.querySelectorAll('script,img,iframe').length"), 0)
                    colours = page.evaluate("[document.body, document.querySelector('.dim'), document.querySelector("
                                            "'.card')].map(e => [getComputedStyle(e).color, getComputedStyle(e)"
                                            ".backgroundColor])")
                    (text, _), (dim, _), (_, card) = colours
                    for colour in (text, dim):
                        self.assertGreaterEqual(contrast(colour, card), 4.5, (colour, card, dark))


def luminance(colour):
    channels = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(a, b):
    """As WCAG 2 has it."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


if __name__ == "__main__":
    main()
