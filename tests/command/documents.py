"""Documents as the command writes them, made by hand: what no quick run can show (an OOM kill, a hostile name)."""

HOSTILE = "<script>alert(1)</script>\"'>&\x1b[31m\n|`=1+1`"
UNITS = {"wall": "seconds", "cpu": "seconds", "peak_memory": "bytes"}


def result(verdict="ok", wall=1.0, **more):
    return {"outcome": {"verdict": verdict, "exit_status": 0 if verdict == "ok" else 1, "signal": None,
                        "oom_kills": 0 if verdict == "ok" else 1,
                        "victims": [] if verdict == "ok" else [{"program": "cc1", "pid": 101, "anonymous_bytes": 60 << 20,
                                                                "bytes_held": 55 << 20, "live_peak": 4 << 20}],
                        "differing": None},
            "metrics": {"wall": wall, "cpu": wall, "peak_memory": 1 << 26}, "peak_source": "cgroup_v1",
            "instruction_problem": None, "outlived": 0, **more}


def timeline(program, pids=(101, 102)):
    times = [0.01 * i for i in range(50)]
    return {"absent": None, "start_ns": 1_700_000_000_000_000_000, "samples": 50, "sampler_cpu_seconds": 0.001,
            "times": times, "tree": [(i + 3) << 20 for i in range(50)],
            "processes": [{"pid": pid, "program": program, "first": 5 * n, "anonymous": [i << 19 for i in range(40)],
                           "mapped": [i << 20 for i in range(40)], "live": [i << 18 for i in range(40)]}
                          for n, pid in enumerate(pids)]}


def frontier(program="cc1"):
    def allocator(label, survives, fails, machine):
        return {"label": label, "name": label, "library": None, "version": "1", "survives": survives, "fails": fails,
                "machine": machine, "runs": [{"limit": survives, "confirming": True, **result()},
                                             {"limit": fails, "confirming": True, **result("oom_killed")}]}
    base = comparison(program)
    return {"schema": "morpharena.frontier", "version": 1, "morpharena": "0.1.0", "title": None, "host": base["host"],
            "environment": {}, "units": UNITS, "system_reserve": 1 << 30,
            "points": [{"command": ["make", program, str(n)], "parameters": {"n": str(n)},
                        "allocators": [allocator("glibc", n << 27, n * 130_000_000, 4 << 30),
                                       allocator("arena", None, 1 << 30, None)]} for n in (1, 2)],
            "fits": [{"label": "glibc", "parameter": "n", "intercept": 1e6, "slope": 1.3e8, "r2": 0.99,
                      "points": [{"size": 1, "survives": 1}], "exceeds_8_gib_at": {"at": 63.1, "low": 60, "high": None}}]}


def comparison(program="cc1"):
    """glibc and pool are well, arena was ended by the OOM killer."""
    def allocator(label, metrics, **more):
        return {"label": label, "name": label, "library": None, "version": "1", "outcomes": {}, "metrics": metrics,
                "timeline": dict(timeline(program, ()), processes=[]), **more}

    def figures(median, ratio=None):
        to_first = ratio and {"ratio": ratio[0], "low": ratio[1], "high": ratio[2], "pairs": 2, "significant": ratio[3]}
        return {name: {"median": median, "to_first": to_first} for name in UNITS}

    recorded = dict(result("oom_killed"), programs=[{"program": program, "processes": 2, "objects": 9, "bytes_asked": 900,
                                                     "bytes_held": 990, "largest_held": 500, "largest_live_peak": 100,
                                                     "largest_peak_rss": 600, "utilization": 0.9}],
                    tree={"how": "ptrace", "execs": 2, "cpu": 1.0, "outside_cpu": 0.25, "outside_peak": 5,
                          "images": [{"pid": 101, "parent": 1, "path": "/bin/" + program, "reach": "interposed",
                                      "forked": False, "start": 0.0, "end": 0.4, "cpu": 0.75, "peak_rss": 9},
                                     {"pid": 102, "parent": 1, "path": "/bin/n0", "reach": "go", "forked": False,
                                      "start": 0.1, "end": 0.3, "cpu": 0.25, "peak_rss": None}]},
                    size_classes=[{"up_to": 16, "objects": 5, "bytes": 80}, {"up_to": 4096, "objects": 1, "bytes": 4000}],
                    timeline=timeline(program), damaged=[])
    runs = []
    for number in (0, 1, 2):
        for label in ("glibc", "arena", "pool"):
            runs.append({"allocator": label, "round": number, "warm_up": number == 0,
                         **result("oom_killed" if label == "arena" else "ok")})
    return {"schema": "morpharena.compare", "version": 1, "morpharena": "0.1.0", "command": ["make", program],
            "host": {"kernel": "Linux", "cpu": "one", "cpus": 2, "memory_bytes": 1 << 33, "thp": "always",
                     "overcommit": "0", "cgroup": "v1", "glibc": "2.36"},
            "environment": {"LD_PRELOAD": program}, "memory_limit": 64 << 20, "rounds_planned": 2, "interrupted": False,
            "method": "by hand", "units": UNITS,
            "allocators": [allocator("glibc", figures(1.0)),
                           allocator("arena", figures(None), recorded_run=recorded),
                           allocator("pool", figures(1.1, (1.1, 1.05, 1.16, True)))],
            "runs": runs}
