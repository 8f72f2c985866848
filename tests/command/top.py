"""morpharena top: on a terminal (a pty), in a pipe, over directories, processes and commands."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from support import PATIENCE, Case, command, library, main


class Terminal:
    """A pty with a program in it; its output, and what the terminal's settings are."""

    def __init__(self, words, env, rows=24, columns=100):
        self.master, slave = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.child = subprocess.Popen(words, env=dict(env, TERM="xterm"), stdin=slave, stdout=slave, stderr=slave,
                                      start_new_session=True,
                                      preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.output = b""

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        ready, _, _ = select.select([self.master], [], [], 0.05)
        if ready:
            self.output += os.read(self.master, 65536)

    def wait_for(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, self.output[-2000:]
            self.read()

    def screens(self):
        return self.output.split(b"\x1b[H")[1:]

    def finish(self):
        self.wait_for(lambda: self.child.poll() is not None)
        self.read()
        after = termios.tcgetattr(self.slave)
        os.close(self.slave)
        os.close(self.master)
        return self.child.returncode, after


def plain(screen):
    return re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", screen).decode().replace("\r", "").split("\n")


class Top(Case):
    def top(self, *words, env=None):
        return Terminal([command(), "top", "--interval", "0.05", *words], env or self.env)

    def shown(self, terminal, name):
        terminal.wait_for(lambda: any(name in screen for screen in terminal.screens()))

    def test_a_command_on_a_terminal(self):
        for key in (b"q", b"\x03"):
            terminal = self.top("--", "sleep", "1000")
            self.shown(terminal, b"sleep ")
            self.assertIn(b"\x1b[1m", terminal.output)
            os.write(terminal.master, key)
            status, after = terminal.finish()
            self.assertEqual(status, 130)
            self.assertEqual(after, terminal.before)
            self.assertLess(terminal.output.index(b"\x1b[?1049h"), terminal.output.index(b"\x1b[?1049l"))
            self.assertIn(b"sleep 1000: interrupted", terminal.output.split(b"\x1b[?1049l")[1])
        self.assertEqual(self.left_overs(), [])

    def test_ended_by_a_signal_it_gives_the_terminal_back(self):
        terminal = self.top("--", "sleep", "1000")
        self.shown(terminal, b"sleep ")
        terminal.child.send_signal(signal.SIGTERM)
        status, after = terminal.finish()
        self.assertEqual((status, after), (130, terminal.before))
        self.assertIn(b"\x1b[?25h\x1b[?1049l", terminal.output)

    def test_follows_the_size_of_the_terminal(self):
        terminal = self.top("--", "sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do sleep 1000 & done; wait")
        terminal.wait_for(lambda: any(screen.count(b"\nsleep ") == 9 for screen in terminal.screens()))
        terminal.resize(8, 40)
        seen = len(terminal.screens())
        # The first ones after may still be of the old size.
        terminal.wait_for(lambda: len(terminal.screens()) > seen + 4)
        for line in plain(terminal.screens()[-2]):
            self.assertLessEqual(len(line), 40)
        self.assertLessEqual(len(plain(terminal.screens()[-2])), 8)
        os.write(terminal.master, b"q")
        self.assertEqual(terminal.finish()[0], 130)

    def test_no_colour_when_refused(self):
        terminal = self.top("--", "sleep", "1000", env=dict(self.env, NO_COLOR="1"))
        self.shown(terminal, b"sleep ")
        os.write(terminal.master, b"q")
        terminal.finish()
        self.assertNotRegex(terminal.output, rb"\x1b\[[0-9;]*m")

    def test_a_name_cannot_reach_the_terminal(self):
        os.symlink("/bin/sleep", self.path("evil\x1b[2J"))
        done = self.call("top", "--interval", "0.02", "--", self.path("evil\x1b[2J"), "0.2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("\x1b", done.stdout)

    def sleeper(self, *more):
        os.makedirs(self.path("records"), exist_ok=True)
        env = dict(self.env, LD_PRELOAD=library(), MORPHARENA_RUN_DIR=self.path("records"))
        child = subprocess.Popen(["cat"], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(child.wait)
        self.addCleanup(child.stdin.close)
        self.addCleanup(child.stdout.close)
        child.stdin.write(b"x")
        child.stdin.flush()
        self.assertEqual(child.stdout.read(1), b"x")  # it is up
        return child

    def piped(self, *words):
        return subprocess.Popen([command(), "top", "--interval", "0.05", *words], env=self.env, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def test_in_a_pipe_a_table_each_interval_until_the_tree_is_over(self):
        child = self.sleeper()
        for what in (self.path("records"), str(child.pid)):
            top = self.piped(what)
            rows = 0
            while rows < 3:
                line = top.stdout.readline()
                self.assertTrue(line)
                rows += bool(re.match(r"cat +%d +arena " % child.pid, line))
            if what == str(child.pid):
                child.kill()
                child.wait()
            else:
                top.send_signal(signal.SIGINT)
            _, err = top.communicate(timeout=PATIENCE)
            self.assertEqual((top.returncode, err), (0 if what == str(child.pid) else 130, ""))
        done = self.call("top", self.path("records"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("0 alive, 1 ended", done.stdout)

    def test_only_what_is_below_the_process(self):
        one, two = self.sleeper(), self.sleeper()
        top = self.piped(str(one.pid))
        text = "".join(top.stdout.readline() for _ in range(12))
        top.send_signal(signal.SIGTERM)
        top.communicate(timeout=PATIENCE)
        self.assertRegex(text, r"(?m)^cat +%d " % one.pid)
        self.assertNotRegex(text, r"(?m)^cat +%d " % two.pid)

    def test_a_reader_that_goes_away_does_not_end_the_build(self):
        script = "while [ ! -e %s ]; do sleep 0.05; done; echo done > %s" % (self.path("go"), self.path("built"))
        top = self.piped("--", "sh", "-c", script)
        top.stdout.readline()
        top.stdout.close()
        top.stderr.close()
        with open(self.path("go"), "w"):
            pass
        self.assertEqual(top.wait(PATIENCE), 0)
        self.assertTrue(os.path.exists(self.path("built")))
        self.assertEqual(self.left_overs(), [])

    def test_a_command_that_fails(self):
        done = self.call("top", "--", "sh", "-c", "echo the reason >&2; exit 3")
        self.assertEqual(done.returncode, 1)
        self.assertIn("the reason", done.stderr)
        self.assertIn("failed (exit status 3)", done.stdout)

    def test_wrong_words(self):
        self.refused("top", "--mode", "pool", self.dir, names=["--mode pool", "-- and a command"])
        self.refused("top", "nonsense", names=["nonsense", "directory", "process id"])
        self.refused("top", "1", "2", names=["2", "one too many"])
        self.refused("top", "--interval", "0", "--", "true", names=["--interval 0"])
        self.refused("top", self.dir, "--", "true", names=[self.dir, "one of them"])
        self.refused("top", "--mode", "none", "--", "true", names=["--mode none"])
        child = subprocess.Popen(["sleep", "1000"])
        try:
            self.refused("top", str(child.pid), names=[str(child.pid), "MORPHARENA_RUN_DIR"])
        finally:
            child.kill()
            child.wait()
        self.refused("top", str(child.pid), names=["no such process"])


if __name__ == "__main__":
    main()
