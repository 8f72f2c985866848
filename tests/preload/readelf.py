"""readelf.py LIBRARY: what the loader will find in it, compared with allow-lists."""

import re
import subprocess

from preload import arguments, expect, need, scratch

NEEDED = {"libc.so.6"}
NEWEST_GLIBC = (2, 36)  # Debian 12
TLS_BYTES = 128         # static TLS is taken from every thread's stack

FAMILY = """malloc calloc realloc free reallocarray aligned_alloc memalign posix_memalign valloc pvalloc
            malloc_usable_size cfree free_sized free_aligned_sized""".split()
# glibc's own figures about its heap: exported so that they do not speak of a heap that is not in use.
FIGURES = "mallinfo mallinfo2 mallopt malloc_trim malloc_stats malloc_info".split()
OUR_PREFIX = "morpharena_"

# Calls into the loader at the first use of a thread variable: they allocate. Named as readelf prints them.
FORBIDDEN_RELOCATIONS = ("TLSDESC", "DTPMOD", "DTPOFF", "IRELATIV", "TEXTREL")


def readelf(library: str, *options: str) -> str:
    return subprocess.run([need("readelf"), "-W", *options, library], capture_output=True, text=True, check=True).stdout


def symbols(library: str) -> list:
    """(name without version, type, bind, defined) of the dynamic symbol table."""
    rows = []
    for line in readelf(library, "--dyn-syms").splitlines():
        fields = line.split()
        if len(fields) >= 8 and fields[0].rstrip(":").isdigit():
            rows.append((fields[7].split("@")[0], fields[3], fields[4], fields[6] != "UND"))
    return rows


def check_dynamic(library: str):
    dynamic = readelf(library, "-d")
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
    expect(needed == NEEDED, f"needs {sorted(needed)}, should need {sorted(NEEDED)} alone")
    expect(re.search(r"\(FLAGS(_1)?\).*\b(BIND_NOW|NOW)\b", dynamic) is not None, "not linked with -z now")
    # Our handlers before a fork must be the last to run, so the first to be registered.
    expect(re.search(r"\(FLAGS_1\).*\bINITFIRST\b", dynamic) is not None, "not linked with -z initfirst")
    expect("(RPATH)" not in dynamic and "(RUNPATH)" not in dynamic, "carries an RPATH or RUNPATH")
    expect("(TEXTREL)" not in dynamic, "has text relocations")


def check_versions(library: str):
    text = readelf(library, "-V")
    expect("Version definition section" not in text, "defines symbol versions: the script must be anonymous")
    versions = set(re.findall(r"Name: (\S+)", text.split("Version needs section")[-1]))
    expect(bool(versions), "readelf shows no version needs: the check would be empty")
    for version in versions:
        match = re.fullmatch(r"GLIBC_(\d+)\.(\d+)(\.\d+)?", version)
        expect(match is not None, f"needs the version {version}, which is not a public one of glibc")
        expect((int(match[1]), int(match[2])) <= NEWEST_GLIBC, f"needs {version}, newer than Debian 12 has")


def check_segments(library: str):
    headers = readelf(library, "-l")
    stack = re.search(r"GNU_STACK\s.*", headers)
    expect(stack is not None and " RWE " not in stack[0], f"the stack would be executable: {stack and stack[0]}")
    expect(re.search(r"LOAD .* RWE ", headers) is None, "a segment is writable and executable")
    tls = re.search(r"^\s*TLS\s+\S+\s+\S+\s+\S+\s+\S+\s+(0x[0-9a-f]+)", headers, re.M)
    size = int(tls[1], 16) if tls else 0
    expect(size <= TLS_BYTES, f"{size} bytes of thread-local storage, at most {TLS_BYTES} allowed")


def check_relocations(library: str):
    relocations = readelf(library, "-r")
    for name in FORBIDDEN_RELOCATIONS:
        expect(name not in relocations, f"has a {name} relocation")


def check_symbols(library: str):
    rows = symbols(library)
    imported = {name for name, _, _, defined in rows if not defined}
    expect("__tls_get_addr" not in imported, "calls __tls_get_addr")
    exported = {name for name, _, bind, defined in rows if defined and bind in ("GLOBAL", "WEAK", "UNIQUE")}
    missing = set(FAMILY) - exported
    expect(not missing, f"does not export {sorted(missing)}")
    extra = {n for n in exported - set(FAMILY) - set(FIGURES) if not n.startswith(OUR_PREFIX)}
    expect(not extra, f"exports {sorted(extra)}, which is neither of glibc's malloc family nor {OUR_PREFIX}*")
    ifuncs = [name for name, kind, _, _ in rows if kind == "IFUNC"]
    expect(not ifuncs, f"has IFUNC symbols: {ifuncs}")


def is_marked(library: str) -> bool:
    notes = readelf(library, "-n")
    return "IBT" in notes and "SHSTK" in notes


def check_branch_protection(library: str):
    """An unmarked library turns CET off in the whole process; the linker marks only where libc's own objects are."""
    empty = scratch() / "empty.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-fcf-protection", "-x", "c", "-o", str(empty), "/dev/null"], check=True)
    could_be = is_marked(str(empty))
    expect(is_marked(library) or not could_be, "is not marked for control-flow protection, though it could be")
    for entry in ("malloc", "free"):
        code = subprocess.run(["objdump", "-d", f"--disassemble={entry}", library], capture_output=True, text=True,
                              check=True).stdout
        first = re.search(rf"<{entry}>:\n(.*)", code)
        expect(first is not None and "endbr64" in first[1], f"{entry} does not begin with endbr64 (-fcf-protection)")


def main():
    (library,) = arguments()
    for check in (check_dynamic, check_versions, check_segments, check_relocations, check_symbols,
                  check_branch_protection):
        check(library)
        print(f"{check.__name__}: as it should be")


main()
