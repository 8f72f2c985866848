"""interposers.py LIBRARY MODE fakeroot|faketime: they hook libc calls and allocate; both orders of preloading work."""

import subprocess

from preload import arguments, expect, expect_loaded, need, plain_environment, preloaded_environment, scratch
from sources import GOOD_C

# What each interposer must still do, told by programs that allocate.
SCRIPTS = {
    "fakeroot": "touch owned && chown 1234:2345 owned && stat -c '%u:%g' owned && id -u && mknod null c 1 3 && "
                "stat -c '%F %t:%T' null && tar cf owned.tar owned && tar tvf owned.tar | awk '{print $2}'",
    "faketime": "date +%Y-%m-%d && gcc -o clock clock.c && ./clock && awk 'BEGIN{print strftime(\"%Y\")}'",
}
COMMANDS = {
    "fakeroot": ["fakeroot", "--"],
    "faketime": ["faketime", "-f", "2003-04-05 06:07:08"],
}
CLOCK_C = GOOD_C.replace('printf("%d\\n", total);', 'printf("%s %d\\n", __DATE__, total);')


def main():
    library, mode, interposer = arguments()
    need(interposer)
    expect_loaded(library, mode)

    def run(environment: dict, script: str) -> subprocess.CompletedProcess:
        folder = scratch()
        (folder / "clock.c").write_text(CLOCK_C)
        return subprocess.run(COMMANDS[interposer] + ["sh", "-c", script], cwd=folder, env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)

    script = SCRIPTS[interposer]
    plain = run(plain_environment(), script)
    expect(plain.returncode == 0, f"{interposer} fails without the library: {plain.stderr!r}")

    # The interposer puts itself into LD_PRELOAD; the inner shell appends or prepends ours.
    environment = preloaded_environment(library, mode)
    del environment["LD_PRELOAD"]
    orders = {"ours first": f"{library}:$LD_PRELOAD", "ours last": f"$LD_PRELOAD:{library}"}
    for name, value in orders.items():
        other = run(environment, f'LD_PRELOAD="{value}"; export LD_PRELOAD; {script}')
        for part in ("returncode", "stdout", "stderr"):
            was, is_now = getattr(plain, part), getattr(other, part)
            expect(was == is_now, f"{interposer}, {name}: {part} was {was!r} and is {is_now!r}")
        maps = run(environment, f'LD_PRELOAD="{value}" cat /proc/self/maps').stdout
        for loaded in (library, interposer):
            expect(loaded.encode() in maps, f"{interposer}, {name}: {loaded} is not in the process")
        print(f"{interposer}, {name}: the same\n{plain.stdout.decode()}")


main()
