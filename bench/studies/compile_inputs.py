"""The sources that the compile study compiles: C of n0's shape from morpharena-generate, C++ that is mostly headers."""
import pathlib
import subprocess

HEADERS = ["iostream", "map", "string", "vector", "algorithm", "array"]
# What a step of `size` adds: a project's usual heavy ones.
HEAVY = ["regex", "functional", "unordered_map", "boost/math/distributions/students_t.hpp", "boost/multi_array.hpp",
         "boost/variant.hpp"]
FUNCTION = """
static int work{i}(const std::vector<std::string>& words) {{
    std::map<std::string, std::array<int, {i} + 1>> table;
    for (const std::string& word : words) table[word][word.size() % ({i} + 1)] += 1;
    std::vector<std::pair<std::array<int, {i} + 1>, std::string>> sorted;
    for (const auto& [word, counts] : table) sorted.emplace_back(counts, word);
    std::sort(sorted.begin(), sorted.end());
    for (const auto& [counts, word] : sorted) std::cout << word << ' ' << counts[0] << '\\n';
    return static_cast<int>(sorted.size());
}}
"""


def write_c(generator, folder, functions):
    """prog.c, runtime.c, morph.h in `folder`; the size of what is compiled, in bytes."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    subprocess.run([generator, "--functions", str(functions), "--out", str(folder)], check=True, stdout=subprocess.DEVNULL)
    return (folder / "prog.c").stat().st_size


def write_cpp(folder, functions, heavy):
    """prog.cpp in `folder`, with so many of the heavy headers; the size of what is compiled once headers are in, in bytes."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    text = "".join(f"#include <{header}>\n" for header in HEADERS + HEAVY[:heavy])
    text += "".join(FUNCTION.format(i=i) for i in range(functions))
    text += "\nint main(int argc, char** argv) {\n    const std::vector<std::string> words(argv, argv + argc);\n    int sum = 0;\n"
    text += "".join(f"    sum += work{i}(words);\n" for i in range(functions)) + "    return sum == 0;\n}\n"
    (folder / "prog.cpp").write_text(text)
    done = subprocess.run(["g++", "-std=c++17", "-E", "prog.cpp"], cwd=folder, check=True, capture_output=True)
    return len(done.stdout)
