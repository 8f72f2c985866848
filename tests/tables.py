"""The tables of options, modes and counters in the top README are made from the *.def files, between markers.

    tables.py PROJECT-ROOT [--update]

Without --update: prints what differs; exit code 1 when something does.
"""
import pathlib
import re
import sys

STRING = r'"((?:[^"\\]|\\.)*)"'


def rows(text, macro, fields):
    """The rows `macro(field, ...)` of a .def file; a field is a word or a quoted string."""
    text = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    pattern = macro + r"\(\s*" + r"\s*,\s*".join([rf"(?:{STRING}|(\w+))"] * fields) + r"\s*\)"
    for match in re.finditer(pattern, text):
        groups = match.groups()
        yield [groups[i] if groups[i] is not None else groups[i + 1] or "" for i in range(0, len(groups), 2)]


def options(core):
    yield "| variable | default | allowed | what it does |"
    yield "|---|---|---|---|"
    for _, name, _, default, allowed, what in rows((core / "config/options.def").read_text(), "OPTION", 6):
        yield f"| `MORPHARENA_{name}` | {f'`{default}`' if default else 'not set'} | {allowed} | {what} |"


def modes(core):
    yield "| mode | what it is |"
    yield "|---|---|"
    for name, served, summary in rows((core / "config/modes.def").read_text(), "MODE", 3):
        if served == "true":
            yield f"| `{name}` | {summary} |"


def counters(core):
    text = (core / "observe/counters.def").read_text()
    yield "| counter | unit | over threads | over processes | counted | what it is |"
    yield "|---|---|---|---|---|---|"
    for name, unit, cost, what in rows(text, "THREAD_COUNTER", 4):
        if name != "name":
            yield f"| `{name}` | {unit} | sum | sum | {cost} | {what} |"
    for name, unit, merge, cost, what in rows(text, "PROCESS_COUNTER", 5):
        if name != "name":
            yield f"| `{name}` | {unit} | one | {merge} | {cost} | {what} |"


def main():
    root = pathlib.Path(sys.argv[1])
    readme = root / "README.md"
    text = old = readme.read_text()
    for name, table in (("options", options), ("modes", modes), ("counters", counters)):
        lines = list(table(root / "core"))
        if len(lines) < 4:
            sys.exit(f"tables.py: no rows found for {name}")
        begin, end = f"<!-- {name}: made by tests/tables.py -->\n", f"<!-- end of {name} -->"
        if begin not in text or end not in text:
            sys.exit(f"tables.py: README.md has no place for {name}: {begin.strip()} ... {end}")
        head, rest = text.split(begin, 1)
        text = head + begin + "\n".join(lines) + "\n" + end + rest.split(end, 1)[1]
    if "--update" in sys.argv[2:]:
        readme.write_text(text)
    elif text != old:
        print("README.md: a table differs from the *.def files; tests/tables.py . --update mends it")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
