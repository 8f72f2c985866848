"""stats_files.py LIBRARY MODE gcc|n0: MORPHARENA_STATS leaves one valid JSON file for each dynamic process."""

import json
import re
from collections import Counter

from preload import arguments, expect, expect_loaded, plain_environment, preloaded_environment, run, scratch
from processes import build_command, check_facts, expect_processes, tool_name


def main():
    library, mode, what = arguments()
    expect_loaded(library, mode)
    work, dumps = scratch(), scratch()
    command = build_command(what, work)
    plain = run(command, work, plain_environment())
    done = run(command, work, preloaded_environment(library, mode, STATS=dumps / "%e.%p.%n.json"))
    expect(done[:3] == plain[:3], f"{what}: the build says {done[:3]}, without the library {plain[:3]}")

    found = Counter()
    for file in sorted(dumps.iterdir()):
        match = re.fullmatch(r"(.+)\.(\d+)\.(\d+)\.json", file.name)
        expect(match is not None, f"{file.name} is not of the form %e.%p.%n.json")
        facts = json.loads(file.read_text())
        check_facts(file.name, facts, mode)
        expect(facts["process"]["pid"] == int(match[2]), f"{file.name}: is of process {facts['process']['pid']}")
        expect(facts["process"]["program"] == match[1], f"{file.name}: is of {facts['process']['program']}")
        found[tool_name(match[1])] += 1
    expect_processes(what, found)
    print(f"{what}: {dict(found)}")


main()
