"""page_size.py PROJECT-ROOT: the library asks the kernel for the page size; what looks like one in the code is something else.

Machines with pages of 16 or 64 KiB are not at hand, so that the code is looked at. Exit code 1 with a line for each breach.
"""

import pathlib
import re
import sys

LITERAL = re.compile(r"\b((4095|4096|0[xX]1000|0[xX][fF]{3})[uUlLzZ]*|PAGE_SIZE|PAGE_MASK)\b|\b[14][uUlLzZ]*\}?\s*<<\s*1[02]\b")
# What may be of that size: buffers of characters, the distance of two heaps in a set that is a multiple of 64 KiB, a header
# in a file and its beginning, a table's first capacity, the kernel's errors, a suffix of numbers.
NO_PAGE = re.compile(r"std::array<char, 4096>|kHeapStride = 4096|kThreadedBytes = 4096|kProfileHeaderBytes = 4096|at least 4096 bytes"
                     r"|kFirstPage = 4096|kFirstRules = 4096|>= -4095;|unit = std::size_t\{1\} << 10;")


def main():
    root = pathlib.Path(sys.argv[1])
    files = [p for folder in ("core", "shim", "profile") for p in sorted((root / folder).rglob("*")) if p.suffix in (".h", ".cpp", ".def")]
    found = 0
    for path in files:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            code = line.split("//")[0]
            if LITERAL.search(code) and not NO_PAGE.search(code):
                print(f"{path.relative_to(root)}:{number}: {line.strip()}: ask os::Kernel::page_size()")
                found += 1
    asks = "AT_PAGESZ" in (root / "core/os/page_source.cpp").read_text()
    if not asks:
        print("core/os/page_source.cpp: does not ask for AT_PAGESZ")
    print(f"{len(files)} files, {found} breaches")
    return 0 if files and asks and not found else 1


sys.exit(main())
