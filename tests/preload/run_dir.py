"""run_dir.py LIBRARY MODE MORPHARENA gcc|n0: MORPHARENA_RUN_DIR leaves a record of each dynamic process."""

from collections import Counter

from preload import arguments, expect, expect_loaded, plain_environment, preloaded_environment, run, scratch
from processes import build_command, check_facts, expect_processes, read_records, tool_name


def main():
    library, mode, morpharena, what = arguments()
    expect_loaded(library, mode)
    work, records = scratch(), scratch()
    command = build_command(what, work)
    plain = run(command, work, plain_environment())
    done = run(command, work, preloaded_environment(library, mode, RUN_DIR=records))
    expect(done[:3] == plain[:3], f"{what}: the build says {done[:3]}, without the library {plain[:3]}")

    processes = read_records(morpharena, records)
    for facts in processes:
        check_facts(facts["file"], facts, mode)
        expect(facts["ending"] == "exit", f"{facts['file']}: ended by {facts['ending']}, every one should exit")
    found = Counter(tool_name(facts["process"]["program"]) for facts in processes)
    expect_processes(what, found)
    expect(len(list(records.iterdir())) == len(processes), "the run directory holds more than the records")
    print(f"{what}: {dict(found)}")


main()
