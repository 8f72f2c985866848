"""What the real programs are given to work on, made by rule: every run of every machine has the same bytes."""

from pathlib import Path


def c_functions(count: int) -> str:
    """C with many functions: what an optimizer keeps busy with."""
    text = ["#include <stdio.h>", "#include <stdlib.h>", "#include <string.h>"]
    for i in range(count):
        text.append(f"struct s{i} {{ int key; char name[{i % 13 + 3}]; struct s{i} *next; }};\n"
                    f"static int f{i}(const char *text, int x) {{\n"
                    f"    struct s{i} *head = NULL, *one;\n"
                    f"    for (int i = 0; i < x % {i % 7 + 2} + 1; ++i) {{\n"
                    f"        one = calloc(1, sizeof *one); one->key = i * {i + 1}; one->next = head; head = one;\n"
                    f"        switch (text[i % strlen(text)] % 5) {{\n"
                    f"        case 0: x += {i}; break; case 1: x ^= {i * 3}; break; case 2: x *= 3; break;\n"
                    f"        default: x -= one->key; }}\n    }}\n"
                    f"    while (head) {{ one = head->next; x += head->key; free(head); head = one; }}\n"
                    f"    return x;\n}}")
    calls = "".join(f"    x = f{i}(text, x & 0xffff);\n" for i in range(count))
    text.append(f'int main(void) {{\n    const char *text = "morpharena"; int x = 7;\n{calls}    printf("%d\\n", x);\n}}')
    return "\n".join(text) + "\n"


CXX = """
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>
template <class... T> struct Shape { std::variant<T...> value; };
struct Round { double r; };
struct Square { double a; };
using Any = Shape<Round, Square>;
static double area(const Any& any) {
    return std::visit([](auto&& v) {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, Round>) return 3 * v.r * v.r; else return v.a * v.a;
    }, any.value);
}
int main() {
    std::map<std::string, std::unique_ptr<Any>> shapes;
    for (int i = 0; i < 20; ++i)
        shapes[std::to_string(i)] = std::make_unique<Any>(i % 2 ? Any{Round{i * 1.0}} : Any{Square{i * 2.0}});
    double sum = 0;
    for (auto& [name, any] : shapes) if (std::regex_match(name, std::regex("1[0-9]*"))) sum += area(*any);
    try { throw std::runtime_error("thrown and caught"); } catch (const std::exception& e) { std::cout << e.what() << '\\n'; }
    std::cout << sum << '\\n';
}
"""

PYTHON = r'''
import concurrent.futures, hashlib, json, multiprocessing, re, sqlite3, subprocess, sys, threading, zlib
def digest(n): return hashlib.sha256(json.dumps([{"k": i, "v": str(i) * (i % 9)} for i in range(n)]).encode()).hexdigest()
def tree(depth): return None if depth == 0 else (tree(depth - 1), bytearray(depth * 7), tree(depth - 1))
if __name__ == "__main__":
    with concurrent.futures.ThreadPoolExecutor(8) as pool: print(list(pool.map(digest, range(100, 1300, 100))))
    with multiprocessing.get_context("fork").Pool(3) as pool: print(pool.map(digest, range(50, 250, 50)))
    found = []
    threads = [threading.Thread(target=lambda n=n: found.append((n, len(str(tree(10 + n % 3)))))) for n in range(8)]
    for t in threads: t.start()
    for t in threads: t.join()
    print(sorted(found))
    for i in range(25): assert subprocess.run(["cat"], input=b"x" * 70000 * (i % 3), stdout=subprocess.PIPE).returncode == 0
    db = sqlite3.connect("python.db")
    db.execute("create table t (id integer primary key, name text, blob_ blob)")
    db.executemany("insert into t values (?, ?, ?)", ((i, f"name {i % 97}", bytes(i % 256 for _ in range(i % 300))) for i in range(5000)))
    db.execute("create index by_name on t (name)"); db.commit()
    print(db.execute("select name, count(*), sum(length(blob_)) from t group by name order by 3 desc, 1 limit 5").fetchall())
    db.close()
    print(len(re.findall(r"(\w)\w*\1", " ".join(f"w{i}w x{i}" for i in range(20000)))), zlib.crc32(b"ab" * 300000))
    print("to stderr", file=sys.stderr)
'''

PHP = r"""<?php
$rows = [];
for ($i = 0; $i < 20000; ++$i) $rows[] = str_repeat(chr(97 + $i % 26), $i % 120);
echo count($rows), ' ', strlen(serialize($rows)), "\n";
$base = new PDO('sqlite::memory:');
$base->exec('create table t(a integer, b text)');
$insert = $base->prepare('insert into t values(?, ?)');
for ($i = 0; $i < 1500; ++$i) $insert->execute([$i, $rows[$i]]);
echo count($base->query('select * from t order by b')->fetchAll()), "\n";
$page = new DOMDocument;
$page->loadXML('<r>' . str_repeat('<a k="v">text</a>', 7) . '</r>');
echo $page->getElementsByTagName('a')->length, "\n";
echo md5(json_encode($rows)), preg_match_all('/b+/', implode(' ', $rows)), "\n";
exit(3);
"""

PERL = r'''
use strict; use warnings; use threads; use POSIX ":sys_wait_h";
my %h; for my $i (1 .. 60000) { push @{$h{$i % 997}}, "v$i" x ($i % 5); }
my $n = 0; for my $k (sort { $a <=> $b } keys %h) { $n += length join ",", @{$h{$k}}; delete $h{$k} if $k % 2; }
print "$n ", scalar(keys %h), "\n";
my $text = join " ", map { "word$_" } 1 .. 30000; (my $t = $text) =~ s/(\d+)/$1*2/ge; print length($t), "\n";
my @t = map { my $n = $_; threads->create(sub { my @a = map { $_ * $n } 1 .. 20000; return $a[-1]; }) } 1 .. 6;
print join(",", map { $_->join } @t), "\n";
for (1 .. 40) { my $pid = fork // die; if (!$pid) { my @a = map { "x" x $_ } 1 .. 300; exit 7; } waitpid $pid, 0; die if $? >> 8 != 7; }
print STDERR "to stderr\n"; exit 3;
'''

NODE = r'''
const { Worker, isMainThread, parentPort, workerData } = require("worker_threads");
const zlib = require("zlib"), crypto = require("crypto"), fs = require("fs"), cp = require("child_process");
const work = n => { const a = []; for (let i = 0; i < 20000; i++) a.push({ i, s: "x".repeat(i % 50), b: Buffer.alloc(i % 700, i) });
  return crypto.createHash("sha256").update(JSON.stringify(a.map(o => o.s))).update(Buffer.concat(a.map(o => o.b))).digest("hex") + n; };
if (!isMainThread) parentPort.postMessage(work(workerData)); else {
  const done = [0, 1, 2, 3].map(n => new Promise((yes, no) => { const w = new Worker(__filename, { workerData: n }); w.on("message", yes); w.on("error", no); }));
  Promise.all(done).then(all => { console.log(all); const z = zlib.deflateSync(Buffer.from("morph".repeat(100000)), { level: 9 });
    fs.writeFileSync("packed", z); console.log(zlib.inflateSync(z).length); console.log(cp.execSync("echo from a child").toString());
    console.error("to stderr"); process.exitCode = 5; }); }
'''

JAVA = r'''
import java.util.*; import java.util.concurrent.*; import java.util.stream.*; import java.util.zip.*;
public class Main {
    record Item(int key, String text) {}
    static long work(int n) { var m = new HashMap<Integer, List<Item>>();
        for (int i = 0; i < 50000; i++) m.computeIfAbsent(i % 313, k -> new ArrayList<>()).add(new Item(i, "t" + i * n));
        return m.values().stream().flatMap(List::stream).mapToLong(i -> i.key() + i.text().length()).sum(); }
    public static void main(String[] a) throws Exception {
        var pool = Executors.newFixedThreadPool(6); var all = new ArrayList<Future<Long>>();
        for (int n = 0; n < 24; n++) { int k = n; all.add(pool.submit(() -> work(k))); }
        for (var f : all) System.out.println(f.get()); pool.shutdown();
        var d = new Deflater(9); d.setInput(new byte[1 << 20]); d.finish(); System.out.println(d.deflate(new byte[1 << 16]));
        System.err.println("to stderr"); System.exit(4); } }
'''

GO = '''package main

// #include <stdlib.h>
// #include <string.h>
// static long fill(int n) { long sum = 0; for (int i = 1; i < n; i++) { char *p = malloc(i % 5000 + 1); memset(p, i, i % 5000 + 1); sum += p[i % 7 < i % 5000 ? i % 7 : 0]; free(p); } return sum; }
import "C"
import ("fmt"; "sync")

func main() {
	var group sync.WaitGroup
	sums := make([]int64, 8)
	for i := range sums { group.Add(1); go func(i int) { defer group.Done(); sums[i] = int64(C.fill(C.int(5000 * (i + 1)))) }(i) }
	group.Wait()
	fmt.Println(sums)
}
'''

RUST = '''use std::collections::{BTreeMap, HashMap};
use std::thread;
#[derive(Debug, Clone, PartialEq)]
enum Tree { Leaf, Node(Box<Tree>, u64, Box<Tree>) }
fn grow(depth: u32, seed: u64) -> Tree { if depth == 0 { Tree::Leaf } else {
    Tree::Node(Box::new(grow(depth - 1, seed * 3)), seed, Box::new(grow(depth - 1, seed + 7))) } }
fn sum(tree: &Tree) -> u64 { match tree { Tree::Leaf => 0, Tree::Node(l, v, r) => sum(l).wrapping_add(*v).wrapping_add(sum(r)) } }
fn main() {
    let threads: Vec<_> = (0..6u64).map(|n| thread::spawn(move || sum(&grow(12, n)))).collect();
    let sums: Vec<u64> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    let mut names: HashMap<String, Vec<u64>> = HashMap::new();
    for i in 0..20000u64 { names.entry(format!("name{}", i % 313)).or_default().push(i); }
    let sorted: BTreeMap<_, _> = names.iter().map(|(k, v)| (k.clone(), v.iter().sum::<u64>())).collect();
    println!("{:?} {:?}", sums, sorted.iter().next());
}
'''

CRASH = r'''
#include <stdlib.h>
#include <string.h>
struct node { int value; char *text; struct node *next; };
static struct node *make(int n) {
    struct node *head = NULL;
    for (int i = 0; i < n; ++i) { struct node *one = malloc(sizeof *one); one->value = i; one->text = strdup("a text on the heap"); one->next = head; head = one; }
    return head;
}
static int fall(int *where) { *where = 1; return 0; }
int main(void) {
    struct node *list = make(1000);
    char *big = malloc(3 << 20);
    memset(big, 'b', 3 << 20);
    free(malloc(64 << 20));
    list->next->value = 4711;
    return fall((int *)8) + big[list->value];
}
'''

CMAKE = """cmake_minimum_required(VERSION 3.10)
project(tried C CXX)
include(CheckFunctionExists)
include(CheckIncludeFile)
check_function_exists(reallocarray HAVE_REALLOCARRAY)
check_include_file(sys/random.h HAVE_SYS_RANDOM)
find_package(Threads REQUIRED)
foreach(i RANGE 12)
  file(WRITE ${CMAKE_BINARY_DIR}/f${i}.c "int f${i}(int x) { return x + ${i}; }\\n")
  list(APPEND all ${CMAKE_BINARY_DIR}/f${i}.c)
endforeach()
add_library(parts STATIC ${all})
add_executable(tried main.cpp)
target_link_libraries(tried parts Threads::Threads)
"""

MAN = ".TH MORPH 1 2025-01-01 tests tests\n.SH NAME\nmorph \\- a page for man\n.SH TEXT\n" + "".join(
    f".TP\n.B option{i}\nSays \\fIitalic {i}\\fR and wraps, " + "word " * 40 + "\n" for i in range(150))


def write_tree(folder: Path, files: int):
    """C sources with a Makefile and a build.ninja that say the same."""
    names = [f"f{i}" for i in range(files)]
    for i, name in enumerate(names):
        (folder / f"{name}.c").write_text(f"int {name}(int x) {{ int a[{i % 9 + 1}] = {{x}}; return a[0] * {i} + (x > {i}); }}\n")
    (folder / "main.c").write_text("int f3(int); int main(void) { return f3(1) == 0; }\n")
    objects = " ".join(f"{name}.o" for name in names)
    (folder / "Makefile").write_text(f"prog: main.o libf.a\n\tgcc -o $@ main.o libf.a\nlibf.a: {objects}\n\tar rcD $@ $^\n"
                                     "%.o: %.c\n\tgcc -O1 -c -o $@ $<\n")
    edges = "".join(f"build {name}.o: cc {name}.c\n" for name in names + ["main"])
    (folder / "build.ninja").write_text("rule cc\n  command = gcc -O1 -c -o $out $in\nrule ar\n  command = ar rcD $out $in\n"
                                        "rule ld\n  command = gcc -o $out $in\n" + edges +
                                        f"build libf.a: ar {objects}\nbuild prog: ld main.o libf.a\n")
