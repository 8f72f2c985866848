"""A golden file: lines `name: number`. What was measured is held to it, or written into it by --update."""
import sys


def compare(path, measured, slack_of, update):
    """Prints a line a figure; the number of those that differ by more than slack_of(name), a share of the golden."""
    if update:
        with open(path, "w") as file:
            file.writelines(f"{name}: {value:g}\n" if isinstance(value, float) else f"{name}: {value}\n"
                            for name, value in measured.items())
    with open(path) as file:
        expected = {name: float(value) for name, value in (line.rsplit(": ", 1) for line in file.read().splitlines())}
    wrong = 0
    for name, value in measured.items():
        golden = expected.pop(name, None)
        same = golden is not None and abs(value - golden) <= slack_of(name) * abs(golden)
        wrong += not same
        print(f"{name:44} {value:>12}, golden {golden if golden is None else f'{golden:.12g}'}{'' if same else '   DIFFERS'}")
    for name in expected:
        wrong += 1
        print(f"{name}: in the golden file, and not measured any more")
    if wrong:
        print(f"{wrong} differ; if that is meant, --update writes {path} anew", file=sys.stderr)
    return wrong
