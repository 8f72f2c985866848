"""What programs leave behind in their profiles, looked at from outside.

profiles.py LIBRARY MODE RECORD-READER PROFILE-READER CHECK PROGRAM [ARGUMENT ...]

The readers print a run directory as JSON (record_json.cpp, profile_json.cpp). CHECK is the name of a function below.
"""

import bisect
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MODE, CHECK, ARGUMENTS = sys.argv[2], sys.argv[5], [str(Path(a).resolve()) if os.sep in a else a for a in sys.argv[7:]]
LIBRARY, RECORD_READER, PROFILE_READER, PROGRAM = (str(Path(sys.argv[i]).resolve()) for i in (1, 3, 4, 6))
NOT_UNWOUND = 1


def expect(truth, reason):
    if not truth:
        print(reason, file=sys.stderr)
        sys.exit(1)


def read(reader, folder):
    done = subprocess.run([reader, folder], capture_output=True, timeout=120)
    expect(done.returncode == 0, f"{reader}: {done.stderr.decode()}")
    return json.loads(done.stdout)


class Run:
    """One run of the program under the library, and the records and profiles that it left."""

    def __init__(self, *arguments, interval="1", program=PROGRAM, library=LIBRARY, run_dir=True, status=0, **options):
        folder = Path(tempfile.mkdtemp(prefix="morpharena-profiles-"))
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MORPHARENA_")}
        environment |= {"LD_PRELOAD": library, "MORPHARENA_MODE": MODE, "MORPHARENA_PROFILE": interval}
        if run_dir:
            environment["MORPHARENA_RUN_DIR"] = str(folder)
        environment |= {f"MORPHARENA_{name}": value for name, value in options.items()}
        done = subprocess.run([program, *arguments], cwd=folder, env=environment, capture_output=True, timeout=300)
        self.stdout, self.stderr = done.stdout, done.stderr.decode()
        expect(done.returncode == status and not self.stderr, f"status {done.returncode}: {self.stderr}")
        self.records = {(r["process"]["pid"], r["process"]["serial"]): r for r in read(RECORD_READER, folder)}
        self.profiles = {(p["pid"], p["serial"]): p for p in read(PROFILE_READER, folder)}
        shutil.rmtree(folder)

    def one(self):
        expect(len(self.profiles) == len(self.records) == 1, f"{len(self.profiles)} profiles of {len(self.records)} records")
        return next(iter(self.records.values())), next(iter(self.profiles.values()))


class Places:
    """The sites of one profile by the names of the program's functions."""

    def __init__(self, profile, program=PROGRAM):
        lines = subprocess.run(["nm", "--defined-only", program], capture_output=True, text=True, check=True).stdout.splitlines()
        symbols = sorted((int(line.split()[0], 16), line.split()[2]) for line in lines if line.split()[1] in "tT")
        self.addresses, self.names = [s[0] for s in symbols], [s[1] for s in symbols]
        self.profile = profile
        self.own = [i for i, m in enumerate(profile["modules"]) if Path(m["path"]).name == Path(program).name]

    def stack(self, site):
        """Innermost first; None for a frame outside the program."""
        return [self.names[bisect.bisect(self.addresses, offset - 1) - 1] if module in self.own else None
                for module, offset in site["frames"]]

    def sites(self, *innermost):
        """Those whose stacks begin so."""
        return [s for s in self.profile["sites"] if self.stack(s)[: len(innermost)] == list(innermost)]

    def total(self, figure, *innermost):
        return sum(s[figure] for s in self.sites(*innermost))


def agrees_with_itself(profile):
    for figure in ("objects", "bytes", "samples", "live_bytes", "peak_bytes", "bytes_variance"):
        total = sum(site[figure] for site in profile["sites"])
        expect(math.isclose(total, profile[figure], rel_tol=1e-9, abs_tol=1), f"{figure}: sites {total}, header {profile[figure]}")
    for site in profile["sites"]:
        freed = site["freed_same_thread"] + site["freed_other_thread"]
        expect(math.isclose(sum(site["lifetimes"]), freed, rel_tol=1e-9, abs_tol=1), "lifetimes of what was freed")
        expect(math.isclose(freed + site["live_bytes"], site["bytes"], rel_tol=1e-9, abs_tol=1), "freed and live are all")


def agrees_with_record(record, profile):
    """At interval 1, to the last object."""
    counters = record["counters"]
    objects = record["summary"]["objects"] + counters["realloc_in_place"] + counters["realloc_remapped"]
    expect(profile["objects"] + profile["lost_objects"] + profile["objects_before"] == objects,
           f"{profile['objects']} and {profile['objects_before']} before, {profile['lost_objects']} lost; record {objects}")
    expect(profile["bytes"] + profile["lost_bytes"] + profile["bytes_before"] == profile["clock"],
           f"{profile['bytes']} + {profile['bytes_before']} bytes, clock {profile['clock']}")
    kept = counters["realloc_in_place"] + counters["realloc_remapped"]
    asked = counters["bytes_asked"]
    expect(profile["clock"] == asked if kept == 0 else profile["clock"] >= asked, f"clock {profile['clock']}, asked {asked}")


# Of profile_sites.c, for each time that everything is done: objects and bytes.
def expected(times):
    return {
        "place_kept": (times, 1000 * times),
        "place_newest": (times, 300 * times),
        "place_grown": (7 * times, 12700 * times),
        "place_aligned": (times, 640 * times),
        "place_small": (50 * times, 16 * 50 * times),
        "place_large": (math.ceil(times / 10), (3 << 20) * math.ceil(times / 10)),
        "place_shared": (2 * times + 10, 500 * (2 * times + 10)),
    }


def exact():
    """Interval 1: every object, exactly, and as the record has it."""
    record, profile = Run("100").one()
    agrees_with_itself(profile)
    agrees_with_record(record, profile)
    expect(profile["not_unwound"] == profile["cut"] == profile["lost_full"] == profile["lost_busy"] == 0, "all is unwound")
    expect(profile["unwinder"].startswith("libunwind 1."), profile["unwinder"])
    places = Places(profile)
    for place, (objects, size) in expected(100).items():
        found = places.total("objects", place), places.total("bytes", place)
        expect(found == (objects, size), f"{place}: {found}, not {(objects, size)}")
        expect(all("main" in places.stack(s) for s in places.sites(place)), f"{place}: not from main")
    expect(places.total("live_bytes", "place_kept") == 100_000, "kept")
    expect(places.total("peak_bytes", "place_large") == 3 << 20, "one large object at the peak")
    expect(places.total("peak_bytes", "place_kept") == 91_000, "and what was kept until the last one")
    expect(places.total("died_newest", "place_newest") == 30_000, "newest")
    expect(places.sites("place_newest")[0]["lifetimes"][0] == 30_000, "nothing was allocated while they lived")
    expect(places.total("died_newest", "place_shared") == 50_000, "way_two's objects are the newest")
    expect(places.total("bytes", "place_shared", "way_one") == 50_000, "way one")
    expect(places.total("freed_other_thread", "place_shared") == 5_000, "freed by the other thread")
    expect(all(m["build_id"] for m in profile["modules"] if "libc" in m["path"]), "libc's build-id")


def estimated():
    """A larger interval: every place within five standard errors of what is known, and the errors as they should be."""
    times, interval = 400, 4096
    _, profile = Run(str(times), interval=str(interval)).one()
    agrees_with_itself(profile)
    places = Places(profile)
    sizes = {"place_kept": [1000], "place_newest": [300], "place_grown": [100 * 2 ** i for i in range(7)], "place_aligned": [640],
             "place_small": [16], "place_large": [3 << 20], "place_shared": [500]}
    for place, (objects, size) in expected(times).items():
        variance = {"objects": 0, "bytes": 0}
        for one in sizes[place]:
            miss = math.exp(-one / interval)
            variance["objects"] += objects / len(sizes[place]) * miss / (1 - miss)
            variance["bytes"] += objects / len(sizes[place]) * one ** 2 * miss / (1 - miss)
        for figure, truth in (("objects", objects), ("bytes", size)):
            error = math.sqrt(variance[figure])
            found = places.total(figure, place)
            expect(abs(found - truth) <= 5 * error + 1e-6 * truth, f"{place}: {found} {figure}, not {truth} +- {error}")
            told = math.sqrt(places.total(f"{figure}_variance", place))
            expect(0.5 * error <= told <= 2 * error or error < 1e-3 * truth, f"{place}: error of {figure} {told}, not {error}")


def killed():
    """SIGKILL: the profile is whole, and as the record has it."""
    record, profile = Run("50", "kill", status=-9).one()
    expect(profile["state"] == 1, "nothing ran at the end")
    agrees_with_itself(profile)
    agrees_with_record(record, profile)
    places = Places(profile)
    expect(places.total("objects", "place_small") == 2500, "small objects")


def forks():
    """A profile a child, with its own objects."""
    for way in ("fork", "_Fork", "clone"):
        run = Run(way)
        expect(set(run.profiles) == set(run.records) and len(run.profiles) == 4, f"{way}: {len(run.profiles)} profiles")
        for key, profile in run.profiles.items():
            agrees_with_itself(profile)
            agrees_with_record(run.records[key], profile)
            own = 500 if profile["forked"] else 300
            expect(Places(profile).total("objects", "make") == own, f"{way}: {own} objects in {profile}")


def exec_chain():
    """A profile an image."""
    run = Run("5")
    expect(set(run.profiles) == set(run.records) and len(run.profiles) == 6, f"{sorted(run.profiles)}")
    for key, profile in run.profiles.items():
        agrees_with_record(run.records[key], profile)


def vfork():
    """A vfork child has none."""
    record, profile = Run().one()
    agrees_with_record(record, profile)


def turmoil():
    """Trap 43, in parts. At interval 1 and at one where some objects are sampled and some are not."""
    for interval in ("1", "2000"):
        run = Run(*ARGUMENTS, interval=interval)
        expect(set(run.profiles) == set(run.records), f"{len(run.profiles)} profiles of {len(run.records)} records")
        for key, profile in run.profiles.items():
            agrees_with_itself(profile)
            if interval == "1" and not profile["forked"]:
                agrees_with_record(run.records[key], profile)
        parents = [p for p in run.profiles.values() if not p["forked"]]
        expect(len(parents) == 1, "one parent")
        parent = parents[0]
        # A child that was forked while another thread asked libunwind asks no more; nobody else has an excuse.
        expect(parent["not_unwound"] == parent["cut"] == parent["lost_full"] == 0, f"{parent['not_unwound']} not unwound")
        if ARGUMENTS[:1] == ["libraries"] and interval == "1":
            loaded = [m for m in parent["modules"] if "lib_stacks" in m["path"]]
            expect(len({m["build_id"] for m in loaded}) == 2, "two libraries")
            expect(any(m["generation"] > 0 for m in loaded), "one where the other was")
            for site in parent["sites"]:
                in_library = [m for m, _ in site["frames"] if m >= 0 and parent["modules"][m] in loaded]
                expect(len(set(in_library)) <= 1, "a stack is in one of them")


def stripped():
    """No unwind tables: what can't be unwound is counted as such, and the innermost frame is known all the same."""
    record, profile = Run("20").one()
    agrees_with_itself(profile)
    agrees_with_record(record, profile)
    expect(profile["not_unwound"] == sum(s["samples"] for s in profile["sites"] if s["flags"] & NOT_UNWOUND), "by site")
    places = Places(profile)
    for place, (objects, _) in expected(20).items():
        expect(places.total("objects", place) == objects, f"{place}: {places.total('objects', place)}")
        expect(all(s["flags"] & NOT_UNWOUND and len(s["frames"]) == 1 for s in places.sites(place)), f"{place} is not unwound")


def unwound_anyhow():
    """Without frame pointers, and with them: the same."""
    _, profile = Run("20").one()
    expect(profile["not_unwound"] == 0, f"{profile['not_unwound']} not unwound")
    for place, (objects, _) in expected(20).items():
        expect(Places(profile).total("objects", place) == objects, place)


def compiler():
    """gcc writes the same bytes, and nothing to stderr."""
    folder = Path(tempfile.mkdtemp(prefix="morpharena-profiles-"))
    source = folder / "a.c"
    source.write_text("#include <stdio.h>\nint main(int n, char** v) { for (int i = 0; i < n; ++i) puts(v[i]); return n; }\n" +
                      "".join(f"int f{i}(int x) {{ int s = 0; while (x) s += x-- % {i + 2}; return s; }}\n" for i in range(50)))
    outputs = []
    for name, run in (("plain.o", lambda a: subprocess.run([PROGRAM, *a], check=True)), ("one.o", lambda a: Run(*a)),
                      ("auto.o", lambda a: Run(*a, interval="auto"))):
        target = folder / name
        done = run(["-O2", "-c", str(source), "-o", str(target)])
        outputs.append(target.read_bytes())
        if name == "one.o":
            compilers = [p for k, p in done.profiles.items() if done.records[k]["process"]["program"] == "cc1"]
            expect(len(compilers) == 1 and len(compilers[0]["sites"]) > 500, "cc1 has a profile")
            expect(compilers[0]["not_unwound"] == 0, f"{compilers[0]['not_unwound']} not unwound")
            for key, profile in done.profiles.items():
                agrees_with_itself(profile)
                agrees_with_record(done.records[key], profile)
    shutil.rmtree(folder)
    expect(outputs[0] == outputs[1] == outputs[2], "the object files differ")


def complaints():
    """What stands in the way of a profile is in the record, or the dump, and the program goes on."""
    alone = Path(tempfile.mkdtemp(prefix="morpharena-profiles-")) / "libmorpharena.so"
    shutil.copy(LIBRARY, alone)
    run = Run("5", library=str(alone))
    expect(not run.profiles and len(run.records) == 1, "no library, no profile")
    said = next(iter(run.records.values()))["complaints"]
    expect(len(said) == 1 and "MORPHARENA_PROFILE" in said[0] and "libmorpharena-profile.so" in said[0], f"{said}")
    dump = alone.with_name("dump.json")
    Run("5", run_dir=False, STATS=str(dump))
    said = json.loads(dump.read_text())["complaints"]
    expect(len(said) == 1 and "MORPHARENA_RUN_DIR" in said[0], f"{said}")
    run = Run("5", interval="often")
    said = next(iter(run.records.values()))["complaints"]
    expect(len(said) == 1 and "'often'" in said[0] and "512K" in said[0] and not run.profiles, f"{said}")
    shutil.rmtree(alone.parent)


globals()[CHECK]()
