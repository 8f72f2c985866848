"""The real programs, one row each: what is run, and what of it may differ between two plain runs, and why.

A row's script runs by bash in an empty folder, under the library or not; standard output and error, the exit status and
every file that it leaves are compared byte for byte, but for `ignored` (files) and `open` (text), each with its reason.
"""

import re
from pathlib import Path
from typing import Callable, NamedTuple

import inputs


class Program(NamedTuple):
    name: str
    packages: str          # Debian's names
    needs: str             # what must be on PATH
    script: str
    served: str            # programs of which records must speak: the library was in them
    files: dict = {}       # name -> text, written beforehand
    write: Callable[[Path], None] = lambda folder: None
    ignored: str = "(?!)"  # names of files that differ between any two runs
    open: tuple = ()       # (pattern, replacement) in stdout and stderr, where two runs differ
    sorted: bool = False   # lines of stdout in any order: several jobs at once
    warm: str = ""         # run once, plain, before all others; leaves what it will in $WARM
    skip: Callable[[], str] = lambda: ""  # a reason why this machine can't
    full: bool = True      # takes longer than the quick set has
    traps: str = ""        # rows of tests/TRAPS.md that it stands for
    expects: str = ""      # a pattern in the plain run's stdout: it did what the row is about
    leaves: str = ""       # files, without which the plain run shows that this machine can't; a pattern for glob


def quick(*fields, **more):
    return Program(*fields, full=False, **more)


def core_files_lie_elsewhere() -> str:
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    return "" if re.fullmatch(r"core(\.%p)?", pattern) else f"core_pattern is '{pattern}'"


BIG_C = inputs.c_functions(120)
SMALL_C = inputs.c_functions(12)
REDIS = """
gone() { [ -s redis.pid ] && ! kill -0 "$(<redis.pid)" 2>/dev/null; } # the OOM killer was there
wait_for() { for ((i = 0; i < 1200; ++i)); do eval "$1" && return; gone && exit 9; sleep 0.05; done; echo "waited a minute in vain: $1"; }
redis-server --port 0 --unixsocket redis.sock --save '' --appendonly no --enable-debug-command local \
    --daemonize yes --logfile redis.log --pidfile redis.pid --dir .
wait_for 'redis-cli -s redis.sock ping >/dev/null 2>&1'
redis-benchmark -s redis.sock -n 8000 -c 20 -P 8 -q -t set,get,incr,lpush,rpush,lpop,sadd,hset,zadd,lrange_100,mset >benchmark 2>&1
sed -E 's/.*\\r//; s/: .*//' benchmark | sort -u | grep -v '^$'
redis-cli -s redis.sock eval 'for i = 1, 20000 do redis.call("set", "k" .. i, string.rep("v", i % 900)) end return 1' 0
redis-cli -s redis.sock config set activedefrag no
redis-cli -s redis.sock bgsave; wait_for 'redis-cli -s redis.sock info persistence | grep -q rdb_bgsave_in_progress:0'
redis-cli -s redis.sock debug reload
redis-cli -s redis.sock debug digest
redis-cli -s redis.sock memory usage k800 | grep -c .
redis-cli -s redis.sock flushall; redis-cli -s redis.sock memory purge
redis-cli -s redis.sock shutdown nosave; wait_for '[ ! -e redis.pid ]'
"""

PROGRAMS = [
    quick("gcc", "gcc", "gcc", "gcc -O2 -g -Wall -c a.c && gcc -O2 -flto -frandom-seed=1 -o prog b.c && ./prog", "cc1 lto1",
          {"a.c": BIG_C, "b.c": SMALL_C}, expects=r"^339$"),
    quick("g++", "g++", "g++", "g++ -std=c++20 -O1 -x c++-header all.h && cp main.cpp t.cpp && "
          "g++ -std=c++20 -O1 -include all.h -Winvalid-pch -o prog main.cpp && ./prog", "cc1plus ld",
          {"all.h": "#include <map>\n#include <regex>\n#include <string>\n", "main.cpp": inputs.CXX}, ignored=r"\.gch$", traps="33", expects=r"^thrown and caught\n7578$"),  # no two runs write the same
    quick("clang", "clang", "clang clang++", "clang -O2 -g -c a.c && clang++ -std=c++20 -O1 -o prog main.cpp && ./prog; clang -Wall -c bad.c",
          "clang", {"a.c": SMALL_C, "main.cpp": inputs.CXX, "bad.c": "int main(void) { return \"a\" + missing; }\n"}, expects=r"^thrown and caught\n7578$"),
    quick("as, ld, ar", "binutils gcc", "as ld ar gcc", "gcc -O1 -S a.c && as -g -o a.o a.s && ld -r -o r.o a.o && gcc -o prog r.o && "
          "ar rcD liba.a a.o r.o && ranlib -D liba.a && nm liba.a && objdump -d a.o | tail -n 50 && strip -o stripped prog && "
          "objcopy --only-keep-debug prog debug && readelf -aW prog | tail -n 40 && ./prog; ld -o none a.o missing.o", "as ld ar objdump", {"a.c": BIG_C}, expects=r"^6320$"),
    quick("make -j4", "make gcc", "make gcc", "make -j4 && ./prog; echo $?; touch f1.c; make -j4; make -n; make missing", "make cc1",
          write=lambda folder: inputs.write_tree(folder, 24), sorted=True, expects=r"^make: 'prog' is up to date\.$"),
    quick("cmake", "cmake ninja-build g++", "cmake ninja g++", "cmake -S . -B out -G Ninja && cmake --build out -j2 >log && out/tried && cmake -P script.cmake",
            "cmake cc1plus", {"CMakeLists.txt": inputs.CMAKE, "main.cpp": "extern \"C\" int f3(int); int main() { return f3(0) - 3; }\n",
                              "script.cmake": "foreach(i RANGE 3000)\n list(APPEND l \"item ${i}\")\nendforeach()\nlist(LENGTH l n)\nmessage(STATUS ${n})\n"},
            ignored=r"CMake(Output|Error|ConfigureLog)|\.ninja_(log|deps)|^log$", expects=r"^-- 3001$"),  # names made at random; times; order of jobs
    quick("ninja", "ninja-build gcc", "ninja gcc", "ninja -j2 >log && ./prog; echo $?; ninja -t targets all; ninja -n missing", "ninja cc1",
          write=lambda folder: inputs.write_tree(folder, 16), ignored=r"\.ninja_log|^log$", expects=r"^prog: ld$"),  # times; order of jobs
    quick("python3", "python3", "python3", "python3 main.py && python3 -m compileall -q --invalidation-mode unchecked-hash . && python3 -c 'import missing'",
          "python3.*", {"main.py": inputs.PYTHON}, expects=r"^\d+ 4189486440$"),
    quick("perl", "perl", "perl", "perl main.pl", "perl", {"main.pl": inputs.PERL}, expects=r"^756783 499$"),
    # Its extensions are loaded with RTLD_DEEPBIND and free what PHP allocated.
    Program("php", "php-cli php-sqlite3 php-xml", "php", "php main.php; echo $?; php -l main.php; php -r 'missing();' 2>&1 | grep -c Fatal", r"php.*",
            {"main.php": inputs.PHP}, expects=r"^20000 \d+\n1500\n7\n", traps="15"),
    quick("bash", "bash", "bash", 'for i in {1..120}; do x=$(echo "$i" | (read -r a; echo $((a * 2)))) & done; wait; n=0; '
          'for i in {1..150}; do n=$((n + $(echo $i))); done; echo $n; a=(); for i in {1..20000}; do a+=("e$i"); done; echo ${#a[*]}; '
          'printf -v s "%s" "${a[@]}"; echo ${#s}; (exit 3); echo $?; trap "echo trapped" USR1; kill -USR1 $$; missing_command; '
          'for i in {1..30}; do (ulimit -c 0; kill -ABRT $BASHPID) 2>/dev/null; done; echo $?', "bash", expects=r"^trapped\n134$",
          open=((rb"\S*: line \d+: +\d+ ", b""),)),  # pids in what bash says of killed children
    quick("git", "git", "git", """
export GIT_AUTHOR_DATE='2025-01-01T00:00:00Z' GIT_COMMITTER_DATE='2025-01-01T00:00:00Z'
git init -q -b main . && git config user.name a && git config user.email a@b && git config gc.auto 0
for i in 1 2 3 4 5 6; do seq $((i * 100)) $((i * 900)) >f$i; seq 500 >>f1; git add -A; git commit -q -m "commit $i"; done
git checkout -q -b side HEAD~3; echo x >>f2; git commit -qam side; git merge -q main -m merge; git repack -adfq --threads=2
git log --stat -p | tail -n 30; git fsck --full --strict; git blame -s f1 | tail -n 3; git clone -q . ../tmp/clone; git diff HEAD~1 --stat
git grep -c 77; git bundle create -q b HEAD; git gc -q; git log --oneline | wc -l; git show missing""", "git", ignored=r"\.git/(index|.*ORIG_HEAD)$|tmp/", expects=r"^8$"),  # inode numbers
    quick("sort", "coreutils", "sort", "seq 1 150000 | sed 's/$/ a field and more/' | sort -S 3M -R --random-source=/bin/sort --parallel=4 >a; "
          "sort -S 2M --parallel=4 -k1,1n a >b; sort -S 1M -u -r a | tail -n 3; sort -c b && sha256sum a b; sort -m a b | wc -l; sort missing", "sort", expects=r"^300000$"),
    quick("xz", "xz-utils", "xz", "seq 1 200000 >a; xz -k -T2 -3 --block-size=300KiB a; xz -dc -T2 a.xz | sha256sum; xz -9e -c a | xz -dc | cmp - a; xz -lvv a.xz | head -n 5; xz -t a", "xz", expects=r"Blocks: +5$"),
    quick("zstd", "zstd", "zstd", "seq 1 300000 >a; zstd -q -T2 -9 a -o a9; zstd -q -19 --long=24 a -o a19; zstd -qdc a9 | cmp - a; zstd -qdc a19 | sha256sum; zstd -q --train --maxdict=2000 a -B2000 -o dict 2>/dev/null; zstd -t a", "zstd",
          open=((rb"\r", b"\n"),), expects=r"^[0-9a-f]{64}  -$"),
    quick("openssl", "openssl", "openssl", """
seq 1 60000 >a; openssl dgst -sha512 a; openssl enc -aes-256-cbc -pbkdf2 -iter 3000 -S 0102030405060708 -pass pass:x -in a -out b; sha256sum b
openssl enc -d -aes-256-cbc -pbkdf2 -iter 3000 -S 0102030405060708 -pass pass:x -in b | cmp - a
openssl req -x509 -newkey ed25519 -nodes -subj /CN=t -keyout key.pem -out cert.pem 2>/dev/null; openssl verify -CAfile cert.pem cert.pem
openssl genrsa -out rsa.pem 1024 2>/dev/null; openssl dgst -sha256 -sign rsa.pem -out sig.pem a; openssl dgst -sha256 -prverify rsa.pem -signature sig.pem a; openssl list -digest-algorithms | head -n 5; openssl x509 -in missing 2>&1 | head -n 1 | cut -c1-30""",
          "openssl", ignored=r"\.pem$", expects=r"^cert\.pem: OK\nVerified OK$"),  # keys made at random
    quick("redis", "redis-server redis-tools", "redis-server redis-benchmark redis-cli", REDIS, "redis-check-rdb|redis-server redis-benchmark redis-cli",
            ignored=r"redis\.log|benchmark|dump\.rdb", traps="53", expects=r"^ZADD$[\s\S]*^[0-9a-f]{40}$"),  # times, pids, rates
    quick("sqlite3", "sqlite3", "sqlite3", """sqlite3 a.db "pragma page_size=4096; create table t(a integer primary key, b text, c real);
insert into t select value, hex(value * 7919) || printf('%.*c', value % 50, 'x'), value / 3.0 from (with recursive n(value) as (select 1 union all select value + 1 from n where value < 40000) select value from n);
create index i on t(b); create virtual table d using fts5(text); insert into d select b from t limit 4000; select count(*) from d where d match 'A*';
delete from t where a % 3 = 0; vacuum; select count(*), sum(length(b)), total(c) from t; pragma integrity_check; explain query plan select * from t where b > 'F';"
sqlite3 a.db .dump | sha256sum; sqlite3 a.db 'select * from missing'""", "sqlite3", expects=r"^ok$"),
    quick("node", "nodejs", "node", "node main.js; echo $?; node -e 'throw new Error(\"said\")' 2>&1 | grep -c said", "node",
            {"main.js": inputs.NODE}, expects=r"^from a child\n\n5\n2$"),
    Program("java", "default-jdk-headless", "java javac", "java -version && javac Main.java && java -Xmx200m Main; echo $?; java -Xmx64m -XX:+UseSerialGC Missing 2>&1 | head -n 1", "java javac",
            {"Main.java": inputs.JAVA}, ignored=r"hsperfdata", expects=r"^4\nError: Could not find"),
    Program("go build", "golang-go gcc", "go gcc", "cp -r \"$WARM/go\" cache; export GOCACHE=$PWD/cache GOFLAGS=-trimpath GO111MODULE=on CGO_ENABLED=1; go build -o prog . && ./prog; go vet .; go list ./missing; rm -rf cache",
            "cc1 prog", {"main.go": inputs.GO, "go.mod": "module tried\n\ngo 1.19\n"},
            expects=r"^\[-?\d+( -?\d+){7}\]$",
            warm="echo 'package main; import (\"fmt\"; \"sync\"); import \"C\"; func main() { var g sync.WaitGroup; g.Wait(); fmt.Println() }' >w.go; GOCACHE=$WARM/go GOFLAGS=-trimpath CGO_ENABLED=1 go build -o w w.go"),
    Program("rustc", "rustc", "rustc", "rustc -C opt-level=2 -C codegen-units=4 --edition 2021 main.rs && ./main; rustc --crate-type lib bad.rs", "rustc main",
            {"main.rs": inputs.RUST, "bad.rs": "pub fn f() -> u32 { \"text\" }\n"}, expects=r"^\[19559085, .*\"name0\""),
    quick("gdb on a core", "gdb gcc", "gdb gcc", "gcc -g -O0 -o crash crash.c; ulimit -c unlimited; (./crash) 2>/dev/null; ls | grep -c core; "
            "gdb -nx -q -batch -ex bt -ex 'up' -ex 'p list->next->value' -ex 'p list->text[0]@18' -ex 'p big[3000000]' ./crash core* 2>/dev/null | "
            "grep -E '^[$#]' | sed 's/0x[0-9a-f]*//g'; test $(stat -c %b core*) -lt 20000 && echo small enough",
            "gdb crash", {"crash.c": inputs.CRASH}, ignored="^core", open=((rb"line \d+: +\d+ ", b""),), skip=core_files_lie_elsewhere, traps="48",
            leaves="core*", expects=r"(?s)#0 .*fall.*#1 .*main.*^\$1 = 4711\n\$2 = \"a text on the heap\"\n\$3 = 98 'b'\nsmall enough\n"),
    quick("man", "man-db", "man", "man -l page.1 | tail -n 20; MANWIDTH=60 man -l page.1 | sha256sum; man -l missing.1", "man", {"page.1": inputs.MAN}, traps="30", expects=r"MORPH\(1\)$"),
    quick("fakeroot", "fakeroot", "fakeroot tar", "touch a; fakeroot sh -c 'chown 12:34 a; mknod n c 1 3; stat -c \"%u:%g %F\" a n; tar c a n | tar tv | cut -c1-30; fakeroot true' 2>&1 | sed 's/KEY set.*//'", "tar|stat", traps="10", expects="^12:34 regular"),
    quick("faketime", "faketime", "faketime", "faketime -f '2003-04-05 06:07:08' sh -c 'date; touch a; perl -e \"print scalar(gmtime), chr 10\"; stat -c %n a'", "date|perl", traps="10", expects=r"Apr +5 06:07:08 .*2003$"),
    quick("strace", "strace", "strace", "strace -qq -f -e trace=write -e signal=none -o log sh -c 'echo a; echo b >&2; (exit 3)'; echo $?; sed 's/^[0-9]* *//' log; strace -c true 2>/dev/null; strace missing", "strace", ignored="^log$", expects=r'^write\(1, "a\\n", 2\) += 2$'),
]
