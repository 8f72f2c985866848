"""meson install: everything in its place, and the installed command finds the installed library."""
import json
import os
import shutil
import subprocess

from support import PATIENCE, Case, command, main


class Install(Case):
    def test_installed_it_works_by_itself(self):
        build = os.path.dirname(os.path.dirname(command()))
        meson = shutil.which("meson")
        if not meson:
            self.skipTest("no meson in PATH")
        done = subprocess.run([meson, "install", "-C", build, "--no-rebuild", "--destdir", self.path("stage")],
                              capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        where = {}
        for folder, _, files in os.walk(self.path("stage")):
            for name in files:
                where[name] = os.path.relpath(os.path.join(folder, name), self.path("stage"))
        for name, end in (("morpharena", "bin/morpharena"), ("morpharena.1", "man/man1/morpharena.1"),
                          ("libmorpharena.7", "man/man7/libmorpharena.7"),
                          ("morpharena.bash", "share/bash-completion/completions/morpharena.bash"),
                          ("_morpharena", "share/zsh/site-functions/_morpharena"),
                          ("morpharena.fish", "share/fish/vendor_completions.d/morpharena.fish")):
            self.assertTrue(where.pop(name).endswith(end), name)
        self.assertTrue(where.pop("morpharena.h").endswith("include/morpharena.h"))
        libraries = [path for name, path in where.items() if name == "libmorpharena.so"]
        self.assertEqual(len(libraries), 1)
        profiler = where.pop("libmorpharena-profile.so", None)  # where libunwind is there
        if profiler:
            self.assertEqual(os.path.dirname(profiler), os.path.dirname(libraries[0]))
        self.assertEqual(set(where), {"libmorpharena.so"})  # and nothing else
        env = {k: v for k, v in self.env.items() if k != "MORPHARENA_LIBRARY"}
        installed = next(os.path.join(folder, "morpharena") for folder, _, files in os.walk(self.path("stage"))
                         if folder.endswith("/bin") and "morpharena" in files)
        run = subprocess.run([installed, "run", "--json", "-", "--", "true"], env=env, capture_output=True, text=True,
                             timeout=PATIENCE)
        self.assertEqual(run.returncode, 0, run.stderr)
        document = json.loads(run.stdout)
        self.assertEqual(document["library"], os.path.realpath(self.path("stage/" + libraries[0])))
        self.assertEqual(len(document["processes"]), 1)


if __name__ == "__main__":
    main()
