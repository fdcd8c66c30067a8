#!/usr/bin/env python3
"""Checks the starter task instances by running them, and rewrites the files that follow from others.

For every folder of tasks/ this script builds the broken tree (repos/<package> with bug.patch, one
git commit), then checks, each time in a fresh copy:

  - the tests a solver can see pass on the broken tree;
  - test.patch and gold.patch apply;
  - FAIL_TO_PASS fail on the broken tree and pass with gold.patch, PASS_TO_PASS pass on both;
  - the two lists together are exactly the tests that pass with gold.patch;
  - eval.sh, run on the fixed and on the broken tree in the first round, reports the same;
  - base_commit is the id of the commit built here.

Rounds differ in hash seed and time zone, so that a test that depends on either is caught.

    python3 check.py                          every instance, three rounds
    python3 check.py pennybook-12 --rounds 1  one instance, quickly
    python3 check.py --write                  rewrite gold.patch, tests.json, eval.sh, base_commit

Needs git, bash and an interpreter with pytest (--python, this one by default).
"""

import argparse
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
START, END = ">>>>> Start Test Output", ">>>>> End Test Output"
RUN_DEADLINE_S = 60
ROUND_SETTINGS = [("0", "UTC"), ("1", "Asia/Kolkata"), ("4242", "America/St_Johns")]
COMMIT_IDENTITY = {
    "GIT_AUTHOR_NAME": "swerl",
    "GIT_AUTHOR_EMAIL": "swerl@localhost",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00+0000",
    "GIT_COMMITTER_NAME": "swerl",
    "GIT_COMMITTER_EMAIL": "swerl@localhost",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00+0000",
}
RESULT_LINE = re.compile(r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (\S+)")


class CheckFailed(Exception):
    """One instance broke one rule; the message names both."""


def execute(command, cwd, env=None, stdin=None):
    """Runs a command with a deadline and returns (exit code, output)."""
    done = subprocess.run(
        command,
        cwd=str(cwd),
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **(env or {})},
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=RUN_DEADLINE_S,
        check=False,
        encoding="utf-8",
    )
    return done.returncode, done.stdout


def git(cwd, *arguments, env=None, stdin=None):
    code, output = execute(["git", *arguments], cwd, env=env, stdin=stdin)
    if code != 0:
        raise CheckFailed("git %s: %s" % (" ".join(arguments), output.strip()))
    return output


class Instance:
    """The files of one tasks/<instance_id> folder."""

    def __init__(self, folder):
        self.folder = folder
        self.instance_id = folder.name
        self.text = (folder / "task.yaml").read_text(encoding="utf-8")
        if self.value("instance_id") != self.instance_id:
            raise CheckFailed("%s: instance_id in task.yaml differs" % self.instance_id)
        self.package = ROOT / self.value("path")
        self.python_path = re.findall(r"[\w./-]+", self.value("python_path"))

    def value(self, key):
        found = re.search(r"^\s*%s: *(.*)$" % key, self.text, re.M)
        if found is None:
            raise CheckFailed("%s: task.yaml lacks %s" % (self.instance_id, key))
        return found.group(1).strip().strip('"')

    def read(self, name):
        with open(self.folder / name, encoding="utf-8", newline="") as handle:
            return handle.read()

    def write(self, name, text):
        with open(self.folder / name, "w", encoding="utf-8", newline="") as handle:
            handle.write(text)

    def build_broken(self, target):
        """Makes the broken tree with its one commit, and returns the id of that commit."""
        ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache", "*.pyc")
        shutil.copytree(self.package, target, ignore=ignored)
        git(target, "init", "--quiet", "--initial-branch=main")
        git(target, "config", "core.fileMode", "false")
        git(target, "apply", "--whitespace=nowarn", "-", stdin=self.read("bug.patch"))
        git(target, "add", "--all")
        git(target, "commit", "--quiet", "-m", self.instance_id, env=COMMIT_IDENTITY)
        return git(target, "rev-parse", "HEAD").strip()

    def run_tests(self, tree, python, settings):
        """Runs the whole suite and returns {test id: status}, as a log parser would read it."""
        seed, zone = settings
        env = {
            "PYTHONPATH": os.pathsep.join(str(tree / part) for part in self.python_path),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": seed,
            "TZ": zone,
        }
        begin = time.monotonic()
        command = [python, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "tests"]
        _, output = execute(command, tree, env=env)
        return parse_results(output), time.monotonic() - begin


def parse_results(output):
    results = {}
    for line in output.splitlines():
        found = RESULT_LINE.match(line)
        if found:
            results[found.group(2)] = found.group(1)
    return results


def copy_tree(source, target, *patches):
    shutil.copytree(source, target)
    for patch in patches:
        git(target, "apply", "--whitespace=nowarn", "-", stdin=patch)
    return target


def render_eval_script(instance):
    """The text of eval.sh: reset the files of test.patch, apply it, run the suite, put them back."""
    patch = instance.read("test.patch")
    changed, added = [], []
    for block in re.split(r"^(?=diff --git )", patch, flags=re.M):
        found = re.match(r"diff --git a/(\S+) b/(\S+)", block)
        if found:
            (added if "\nnew file mode" in block else changed).append(found.group(2))
    reset = ['git checkout "$base" -- %s' % " ".join(changed)] if changed else []
    reset += ["rm -f %s" % " ".join(added)] if added else []
    delimiter = "EOF_114329324912"
    python_path = ":".join("/testbed" if part == "." else "/testbed/" + part for part in instance.python_path)
    lines = [
        "#!/bin/bash",
        "set -uxo pipefail",
        "cd /testbed",
        "export PYTHONPATH=%s PYTHONDONTWRITEBYTECODE=1" % python_path,
        "git config --global --add safe.directory /testbed",
        "git status",
        "base=$(git rev-list --max-parents=0 HEAD)",
        *reset,
        "git apply -v - <<'%s'" % delimiter,
        patch + delimiter,
        ": '%s'" % START,
        "python3 -m pytest -rA -p no:cacheprovider tests",
        ": '%s'" % END,
        *reset,
    ]
    return "\n".join(lines) + "\n"


def write_derived(instance, python, scratch):
    """Rewrites everything that follows from repos/<package>, bug.patch and test.patch."""
    broken = scratch / "broken"
    base_commit = instance.build_broken(broken)
    text = re.sub(r"^base_commit: .*$", 'base_commit: "%s"' % base_commit, instance.text, flags=re.M)
    instance.write("task.yaml", text)
    reverse = ["apply", "--reverse", "--whitespace=nowarn", "--exclude=tests/*", "-"]
    git(broken, *reverse, stdin=instance.read("bug.patch"))
    git(broken, "add", "--all")
    instance.write("gold.patch", git(broken, "diff", "--cached", "--no-color"))
    git(broken, "reset", "--hard", "--quiet")
    instance.write("eval.sh", render_eval_script(instance))
    test_patch, gold_patch = instance.read("test.patch"), instance.read("gold.patch")
    before, _ = instance.run_tests(
        copy_tree(broken, scratch / "before", test_patch), python, ROUND_SETTINGS[0]
    )
    after, _ = instance.run_tests(
        copy_tree(broken, scratch / "after", gold_patch, test_patch), python, ROUND_SETTINGS[0]
    )
    passing = [test for test, status in after.items() if status == "PASSED"]
    lists = {
        "FAIL_TO_PASS": sorted(test for test in passing if before.get(test) != "PASSED"),
        "PASS_TO_PASS": sorted(test for test in passing if before.get(test) == "PASSED"),
    }
    instance.write("tests.json", json.dumps(lists, indent=2) + "\n")


def expect(instance, condition, message):
    if not condition:
        raise CheckFailed("%s: %s" % (instance.instance_id, message))


def check_static(instance):
    """What can be said without running anything."""
    statement = instance.read("problem_statement.md")
    expect(instance, len(statement.split()) >= 25, "problem_statement.md is too short")
    expect(instance, instance.read("eval.sh") == render_eval_script(instance), "eval.sh is stale: --write")
    tests = json.loads(instance.read("tests.json"))
    expect(instance, tests["FAIL_TO_PASS"], "no FAIL_TO_PASS")
    for test in tests["FAIL_TO_PASS"] + tests["PASS_TO_PASS"]:
        expect(instance, re.match(r"^[\x21-\x7e]+$", test), "test id not plain ASCII: %r" % test)
    expect(instance, "tests/" not in instance.read("gold.patch"), "gold.patch touches tests")
    return tests


def check_eval_script(instance, tree, scratch, python, expected):
    """Runs eval.sh with /testbed replaced by the tree and python3 by the chosen interpreter."""
    script = instance.read("eval.sh").replace("/testbed", str(tree)).replace("python3 -m", python + " -m")
    home = scratch / "home"
    home.mkdir(exist_ok=True)
    env = {"HOME": str(home), "GIT_CONFIG_GLOBAL": str(home / ".gitconfig")}
    _, output = execute(["bash", "-c", script], tree, env=env)
    expect(instance, START in output and END in output, "eval.sh printed no markers:\n" + output[-800:])
    results = parse_results(output.split(START)[1].split(END)[0])
    expect(instance, results == expected, "eval.sh and the plain run differ")


def check_round(instance, tests, broken, python, settings, scratch):
    """Runs the three suites once; returns the seconds of the fixed one, and the hidden results."""
    test_patch, gold_patch = instance.read("test.patch"), instance.read("gold.patch")
    visible, _ = instance.run_tests(copy_tree(broken, scratch / "visible"), python, settings)
    failing = sorted(test for test, status in visible.items() if status != "PASSED")
    expect(instance, visible and not failing, "visible tests fail on the broken tree: %s" % failing)

    before, _ = instance.run_tests(copy_tree(broken, scratch / "before", test_patch), python, settings)
    after, seconds = instance.run_tests(
        copy_tree(broken, scratch / "after", gold_patch, test_patch), python, settings
    )
    for test in tests["FAIL_TO_PASS"]:
        expect(instance, before.get(test) in ("FAILED", "ERROR"), "does not fail when broken: " + test)
    for test in tests["PASS_TO_PASS"]:
        expect(instance, before.get(test) == "PASSED", "does not pass when broken: " + test)
    for test in tests["FAIL_TO_PASS"] + tests["PASS_TO_PASS"]:
        expect(instance, after.get(test) == "PASSED", "does not pass with the gold patch: " + test)
    listed = set(tests["FAIL_TO_PASS"]) | set(tests["PASS_TO_PASS"])
    expect(instance, listed == set(after), "unlisted tests: %s" % sorted(set(after) - listed))

    return seconds, before, after


def check_instance(instance, python, rounds):
    """Checks one instance; returns its test lists and the wall seconds of its slowest test run."""
    tests = check_static(instance)
    slowest = 0.0
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="starter-") as name:
            scratch = Path(name)
            base_commit = instance.build_broken(scratch / "broken")
            expect(instance, base_commit == instance.value("base_commit"), "base_commit is stale: --write")
            settings = ROUND_SETTINGS[number % len(ROUND_SETTINGS)]
            broken = scratch / "broken"
            seconds, before, after = check_round(instance, tests, broken, python, settings, scratch)
            slowest = max(slowest, seconds)
            if number == 0:
                fixed = copy_tree(broken, scratch / "eval-fixed", instance.read("gold.patch"))
                check_eval_script(instance, fixed, scratch, python, after)
                unfixed = copy_tree(broken, scratch / "eval-broken")
                check_eval_script(instance, unfixed, scratch, python, before)
    return tests, slowest


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", help="parts of instance ids; all when absent")
    parser.add_argument("--write", action="store_true", help="rewrite the derived files first")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--python", default=sys.executable, help="interpreter with pytest")
    options = parser.parse_args()

    folders = sorted(path for path in (ROOT / "tasks").iterdir() if path.is_dir())
    chosen = [f for f in folders if not options.only or any(part in f.name for part in options.only)]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    def work(folder):
        try:
            instance = Instance(folder)
            expect(instance, "`%s`" % folder.name in readme, "not in the table of README.md")
            if options.write:
                with tempfile.TemporaryDirectory(prefix="starter-") as name:
                    write_derived(instance, options.python, Path(name))
                instance = Instance(folder)
            return folder.name, check_instance(instance, options.python, options.rounds), None
        except (CheckFailed, OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
            return folder.name, None, "%s: %s" % (type(error).__name__, error)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=options.jobs) as pool:
        for name, found, error in pool.map(work, chosen):
            if error is not None:
                failed += 1
                print("FAIL %s\n     %s" % (name, error), flush=True)
                continue
            tests, seconds = found
            counts = (len(tests["FAIL_TO_PASS"]), len(tests["PASS_TO_PASS"]))
            row = "ok   %-26s %2d fail-to-pass %3d pass-to-pass  %.2f s" % (name, *counts, seconds)
            print(row, flush=True)
    print("%d ok, %d failed, %d rounds" % (len(chosen) - failed, failed, options.rounds))
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
