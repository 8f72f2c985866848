"""Fails when a header of core/ has no test file of its own name, or the test file is not in the build.

covers_headers.py CORE TESTS MESON_BUILD
"""

import sys
from pathlib import Path


def main() -> int:
    core, tests, build = (Path(argument) for argument in sys.argv[1:])
    built = build.read_text()
    headers = sorted(path.relative_to(core) for path in core.rglob("*.h"))
    wrong = []
    for header in headers:
        test = header.with_name(header.stem + "_test.cpp")
        if not (tests / test).is_file():
            wrong.append(f"core/{header} has no test: tests/unit/{test} would be it")
        elif f"'{test}'" not in built:
            wrong.append(f"tests/unit/{test} is not in tests/unit/meson.build")
    for test in sorted(tests.rglob("*_test.cpp")):
        relative = test.relative_to(tests)
        header = relative.with_name(relative.stem.removesuffix("_test") + ".h")
        if header not in headers:
            wrong.append(f"tests/unit/{relative} tests no header of core/: is it named after one that went away?")
    if not headers:
        wrong.append(f"{core} has no headers at all")
    print("\n".join(wrong) or f"{len(headers)} headers, each with its test")
    return 1 if wrong else 0


sys.exit(main())
