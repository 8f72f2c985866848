"""Checks the layers of the design: a file includes only from its own folder and from those below it, and every folder says
in a README what is here. Prints one line a breach; exit code 1 when there is one.

    layers.py PROJECT-ROOT
"""
import pathlib
import re
import sys

# From the bottom up. `observe` stands below `heap`: the heap writes counters and must know their type, while nothing
# in observe needs the heap.
LAYERS = ["core/base", "core/os", "core/config", "core/observe", "core/heap", "core/report", "shim"]
# The second shared object stands on the lower half; the first one loads it and includes nothing of it.
BESIDE = {"profile": ["core/base", "core/os", "core/observe", "profile"]}
# Libraries whose run-time part the shared object must not need; C++ headers without one are allowed.
BANNED = {"iostream", "string", "vector", "map", "unordered_map", "functional", "memory", "mutex", "thread", "cstdio",
          "sstream", "fstream", "stdexcept", "format", "cstdlib", "stdlib.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def breaches(root: pathlib.Path):
    allowed = {layer: LAYERS[: level + 1] for level, layer in enumerate(LAYERS)} | BESIDE
    for layer, below in allowed.items():
        if not (root / layer / "README.md").exists():
            yield f"{layer}: has no README.md"
        for path in sorted((root / layer).iterdir()):
            if path.suffix not in (".h", ".cpp", ".def"):
                continue
            for bracket, name in INCLUDE.findall(path.read_text()):
                if bracket == "<" and name in BANNED:
                    yield f"{path.relative_to(root)}: includes <{name}>, which needs libstdc++ or the heap"
                if bracket == '"' and str(pathlib.PurePath(name).parent) not in below:
                    yield f"{path.relative_to(root)}: includes {name}; only {', '.join(below)} are allowed"


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    found = list(breaches(root))
    for line in found:
        print(line)
    print(f"{len(LAYERS) + len(BESIDE)} layers, {len(found)} breaches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
