"""What one iteration of the soak does, drawn from the seed and the iteration's number alone, so that it can be repeated."""

import random
from typing import NamedTuple

KINDS = {"options": 30, "limit": 20, "cgroup": 12, "signals": 26, "kill": 12}  # how often, of a hundred
DUMP_SIGNAL = "WINCH"  # ignored by default: it harms no process that is not ours
RESET_SIGNAL = 44      # a real-time signal that nobody uses

# strace shows the calls that a signal interrupts; fakeroot's daemon has a handler for every signal, and ends.
UNSIGNALLED = ("strace", "fakeroot")


class Plan(NamedTuple):
    number: int
    program: str
    kind: str
    debug: bool         # the library with its assertions on
    mode: str
    options: dict       # MORPHARENA_ variables, without the mode
    memory: int         # of the cgroup, in MB; 0: none
    seed: str           # for what is drawn while it runs

    def __str__(self):
        options = "".join(f" {name}={value}" for name, value in self.options.items())
        memory = f" in a cgroup of {self.memory}M" if self.memory else ""
        return f"{self.program}: {self.kind}, {self.mode}{' debug' if self.debug else ''}{options}{memory}"


def logarithmic(draw: random.Random, low: int, high: int) -> int:
    return round(low * (high / low) ** draw.random())


def make(seed: int, number: int, programs: list, cgroups: bool) -> Plan:
    draw = random.Random(f"{seed}:{number}")
    kind = draw.choices(list(KINDS), list(KINDS.values()))[0]
    program = draw.choice(programs)
    if kind == "cgroup" and not cgroups:
        kind = "options"
    if kind == "signals" and program in UNSIGNALLED:
        kind = "options"
    debug = draw.random() < 0.25 and kind != "cgroup"
    # The next allocator knows nothing of our limit.
    mode = draw.choice(["arena", "pool", "adaptive"] + ["system"] * (kind != "limit"))
    options = {}
    if draw.random() < 0.5:
        options["BLOCK_SIZE"] = f"{64 << draw.randrange(11)}K"
    if draw.random() < 0.5:
        options["THP"] = draw.choice(["always", "never"])
    if draw.random() < 0.3:
        options["REWIND"] = draw.choice("01")
    if mode == "adaptive":
        options["BUDGET"] = draw.choice(["64K", "1M", "4M", "8M", "64M", "1%"])
    if kind == "limit":
        options["LIMIT"] = f"{logarithmic(draw, 256, 400 << 10)}K"
    if kind == "signals":
        options |= {"DUMP_SIGNAL": DUMP_SIGNAL, "RESET_SIGNAL": RESET_SIGNAL}
    if draw.random() < 0.3:
        options["STATS"] = "%e.%p.%n.json"  # the driver puts its folder before it
    memory = logarithmic(draw, 20, 600) if kind == "cgroup" else 0
    return Plan(number, program, kind, debug, mode, options, memory, f"{seed}:{number}:while")
