"""C and C++ for the compilers under test. Written here, so that each run of a test compiles the same text."""

GOOD_C = """
#include <stdio.h>
#include <string.h>
struct entry { const char *name; int weight; };
static const struct entry table[] = {{"oak", 7}, {"elm", 5}, {"ash", 6}, {"yew", 8}};
static int weigh(const char *name) {
    for (size_t i = 0; i < sizeof table / sizeof *table; ++i)
        if (strcmp(table[i].name, name) == 0) return table[i].weight;
    return -1;
}
int main(int argc, char **argv) {
    int total = 0;
    for (int i = 1; i < argc; ++i) total += weigh(argv[i]);
    printf("%d\\n", total);
    return total < 0;
}
"""

# Warnings and errors whose texts quote names, types and lines: they must not change either.
BAD_C = """
#include <stdio.h>
static int unused_one(void) { return 1; }
int main(void) {
    int count = "seven";
    printf("%s\\n", 3);
    return count + missing_name;
}
"""

UNRESOLVED_C = "int elsewhere(int);\nint main(void) { return elsewhere(3); }\n"

GOOD_CXX = """
#include <algorithm>
#include <iostream>
#include <map>
#include <numeric>
#include <string>
#include <vector>
template <int N> struct Sum { static constexpr int value = N + Sum<N - 1>::value; };
template <> struct Sum<0> { static constexpr int value = 0; };
int main() {
    std::map<std::string, std::vector<int>> groups;
    for (int i = 0; i < 40; ++i) groups[std::to_string(i % 7)].push_back(i * i);
    for (auto &[name, numbers] : groups) {
        std::sort(numbers.rbegin(), numbers.rend());
        std::cout << name << ' ' << std::accumulate(numbers.begin(), numbers.end(), 0) << '\\n';
    }
    std::cout << Sum<200>::value << '\\n';
}
"""

ASSEMBLY = """
    .globl _start
    .text
_start:
    mov $60, %eax
    xor %edi, %edi
    syscall
    .section .rodata
text:
    .string "assembled"
"""

# No record: n0 walks Go maps over those, so its output with them differs from run to run without our doing.
FOX = """
fungsi join(words []string, between string) string
  var text = ""
  var i = 0
  selama i < panjang(words)
    jika i > 0
      text = text + between
    akhir
    text = text + words[i]
    i = i + 1
  akhir
  kembalikan text
akhir

fungsi power(base int, times int) int
  jika times == 0
    kembalikan 1
  akhir
  kembalikan base * power(base, times - 1)
akhir

fungsi main() void
  native_print(join(split("north,east,south,west", ","), " then "))
  native_print_int(power(3, 12))
akhir
"""


def numbered_c(number: int) -> str:
    """One of many files: each defines f<number>, which the next file's function calls."""
    lines = [f"int f{number - 1}(int x);" if number > 0 else "", f"static const char *const name{number}[] = {{"]
    lines += [f'    "item {number}-{i}",' for i in range(20)]
    lines += ["};", f"int f{number}(int x) {{", f"    int sum = name{number}[x % 20][0];"]
    lines += [f"    for (int i = 0; i < {i + 2}; ++i) sum = sum * {i + 3} + (x ^ i);" for i in range(12)]
    lines += [f"    return sum + {f'f{number - 1}(x)' if number > 0 else 'x'};", "}"]
    return "\n".join(lines) + "\n"


def long_c(functions: int) -> str:
    """A file that keeps cc1 busy for a while with -O2."""
    return "".join(
        f"int g{i}(int *a, int n) {{\n  int s = {i};\n"
        + "".join(f"  for (int i = {k}; i < n; ++i) s += a[i] * {k + 2} + (s >> {k % 5 + 1});\n" for k in range(8))
        + "  return s;\n}\n"
        for i in range(functions))
