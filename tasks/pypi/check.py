#!/usr/bin/env python3
"""Checks the PyPI task instances by running them, and rewrites the files that follow from others.

For every folder of tasks/ this script unpacks the pinned sdist from sources/ (scripts/fetch-pypi-sources
brings it), verifies its SHA-256, applies bug.patch, makes one git commit, and checks, each time in a
fresh copy:

  - the tests a solver can see pass on the broken tree;
  - test.patch and gold.patch apply, and together with bug.patch give back the sdist's own tree;
  - FAIL_TO_PASS fail on the broken tree and pass with gold.patch, PASS_TO_PASS pass on both;
  - eval.sh, run on the fixed and on the broken tree, reports the same between its markers.

Rounds differ in hash seed and time zone, so that a test that depends on either is caught.

    python3 check.py                            every instance, three rounds
    python3 check.py toolz --rounds 1           the instances of one package, quickly
    python3 check.py toolz-1.2.0-001 --write    rewrite gold.patch, test.patch, tests.json, eval.sh from
                                                bug.patch; --test-files names the test files of a new one
    python3 check.py --lock                     rewrite sources.lock.json from sources/ and task.yaml

Needs git, bash and an interpreter with pytest (--python, this one by default). Write with one that has
nothing but pytest: a test that an optional package (numpy, wcwidth) switches on must not be listed. Check
with one that has them too: such a test must not show the bug to the solver.
"""

import argparse
import concurrent.futures
import filecmp
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
START, END = ">>>>> Start Test Output", ">>>>> End Test Output"
RUN_DEADLINE_S = 120
SLOW_RUN_S = 15.0
ROUND_SETTINGS = [("0", "UTC"), ("1", "Asia/Kolkata"), ("4242", "America/St_Johns")]
COMMIT_IDENTITY = {
    "GIT_AUTHOR_NAME": "swerl",
    "GIT_AUTHOR_EMAIL": "swerl@localhost",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00+0000",
    "GIT_COMMITTER_NAME": "swerl",
    "GIT_COMMITTER_EMAIL": "swerl@localhost",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00+0000",
}
# A file of a test suite: below a folder test or tests, or named test_*.py.
TEST_FILE = re.compile(r"(^|/)tests?/|(^|/)test_[^/]*\.py$")
RESULT_LINE = re.compile(r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (\S+)(?: - .*)?$")
PLAIN_ID = re.compile(r"^[\x21-\x7e]+$")


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
            raise CheckFailed("instance_id in task.yaml differs from the folder's name")
        self.python_path = re.findall(r"[\w./-]+", self.value("python_path"))

    def value(self, key):
        found = re.search(r"^\s*%s: *(.*)$" % key, self.text, re.M)
        if found is None:
            raise CheckFailed("task.yaml lacks %s" % key)
        return found.group(1).strip().strip('"')

    def read(self, name):
        with open(self.folder / name, encoding="utf-8", newline="") as handle:
            return handle.read()

    def write(self, name, text):
        with open(self.folder / name, "w", encoding="utf-8", newline="") as handle:
            handle.write(text)

    def archive(self):
        """The pinned sdist in sources/."""
        pin = self.value("sha256")
        for path in sorted((ROOT / "sources").glob("*.tar.gz")):
            if hashlib.sha256(path.read_bytes()).hexdigest() == pin:
                return path
        wanted = "%s %s" % (self.value("repo"), self.value("version"))
        raise CheckFailed("no sdist of %s with sha256 %s in sources/: run scripts/fetch-pypi-sources" % (wanted, pin))

    def unpack(self, target):
        """Writes the unbroken tree: the content of the sdist's top folder."""
        holder = target.with_name(target.name + ".sdist")
        with tarfile.open(self.archive()) as archive:
            archive.extractall(holder, filter="data")
        tops = list(holder.iterdir())
        expect(len(tops) == 1, "the sdist has no single top folder")
        tops[0].rename(target)
        holder.rmdir()

    def build_broken(self, target):
        """Makes the broken tree with its one commit."""
        self.unpack(target)
        git(target, "init", "--quiet", "--initial-branch=main")
        git(target, "config", "core.fileMode", "false")
        git(target, "apply", "--whitespace=nowarn", "-", stdin=self.read("bug.patch"))
        git(target, "add", "--all", "--force")
        git(target, "commit", "--quiet", "-m", self.instance_id, env=COMMIT_IDENTITY)

    def tests(self):
        return json.loads(self.read("tests.json"))

    def test_files(self):
        """The test files of FAIL_TO_PASS and PASS_TO_PASS: what a run of this instance executes."""
        tests = self.tests()
        return sorted({test.split("::")[0] for test in tests["FAIL_TO_PASS"] + tests["PASS_TO_PASS"]})

    def run_tests(self, tree, python, settings, files):
        """Runs the instance's test files; returns {test id: status} as a log parser reads it, and seconds."""
        seed, zone = settings
        env = {
            "PYTHONPATH": os.pathsep.join(str(tree / part) for part in self.python_path),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": seed,
            "TZ": zone,
        }
        begin = time.monotonic()
        _, output = execute([python, "-m", "pytest", "-rA", "-p", "no:cacheprovider", *files], tree, env=env)
        return parse_results(output), time.monotonic() - begin


def expect(condition, message):
    if not condition:
        raise CheckFailed(message)


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


def changed_files(patch):
    """Files a patch changes; every patch of this set changes files and adds or deletes none."""
    expect("\nnew file mode" not in patch and "\ndeleted file mode" not in patch, "a patch adds or deletes a file")
    return re.findall(r"^diff --git a/(\S+) b/\1$", patch, re.M)


def render_eval_script(instance):
    """The text of eval.sh: reset the files of test.patch, apply it, run the test files, put them back."""
    patch = instance.read("test.patch")
    delimiter = "EOF_114329324912"
    reset = 'git checkout "$base" -- %s' % shlex.join(changed_files(patch))
    python_path = ":".join("/testbed" if part == "." else "/testbed/" + part for part in instance.python_path)
    lines = [
        "#!/bin/bash",
        "set -uxo pipefail",
        "cd /testbed",
        "export PYTHONPATH=%s PYTHONDONTWRITEBYTECODE=1" % python_path,
        "git config --global --add safe.directory /testbed",
        "git status",
        "base=$(git rev-list --max-parents=0 HEAD)",
        reset,
        "git apply -v - <<'%s'" % delimiter,
        patch + delimiter,
        ": '%s'" % START,
        "python3 -m pytest -rA -p no:cacheprovider %s" % shlex.join(instance.test_files()),
        ": '%s'" % END,
        reset,
    ]
    return "\n".join(lines) + "\n"


def write_derived(instance, python, scratch, test_files):
    """Rewrites everything that follows from the sdist and bug.patch."""
    broken = scratch / "broken"
    instance.build_broken(broken)
    changed = changed_files(instance.read("bug.patch"))
    halves = {
        "gold.patch": [path for path in changed if not TEST_FILE.search(path)],
        "test.patch": [path for path in changed if TEST_FILE.search(path)],
    }
    for name, paths in halves.items():
        expect(paths, "bug.patch has no part for %s" % name)
        includes = ["--include=%s" % path for path in paths]
        apply = ["apply", "--reverse", "--whitespace=nowarn", *includes, "-"]
        git(broken, *apply, stdin=instance.read("bug.patch"))
        instance.write(name, git(broken, "diff", "--no-color", "--no-ext-diff", "--abbrev=7"))
        git(broken, "checkout", "--quiet", "--", ".")
    files = test_files or instance.test_files()
    test_patch, gold_patch = instance.read("test.patch"), instance.read("gold.patch")
    before_tree = copy_tree(broken, scratch / "before", test_patch)
    after_tree = copy_tree(broken, scratch / "after", gold_patch, test_patch)
    before = [instance.run_tests(before_tree, python, settings, files)[0] for settings in ROUND_SETTINGS]
    after = [instance.run_tests(after_tree, python, settings, files)[0] for settings in ROUND_SETTINGS]
    passing = sorted(t for t in after[0] if PLAIN_ID.match(t) and all(run.get(t) == "PASSED" for run in after))
    lists = {
        "FAIL_TO_PASS": [t for t in passing if all(run.get(t) in ("FAILED", "ERROR") for run in before)],
        "PASS_TO_PASS": [t for t in passing if all(run.get(t) == "PASSED" for run in before)],
    }
    instance.write("tests.json", json.dumps(lists, indent=2) + "\n")
    instance.write("eval.sh", render_eval_script(instance))


def check_static(instance, lock, readme):
    """What can be said without running anything."""
    expect("`%s`" % instance.instance_id in readme, "not in the table of README.md")
    expect(len(instance.read("problem_statement.md").split()) >= 25, "problem_statement.md is too short")
    expect(instance.read("eval.sh") == render_eval_script(instance), "eval.sh is stale: --write")
    tests = instance.tests()
    expect(tests["FAIL_TO_PASS"], "no FAIL_TO_PASS")
    for test in tests["FAIL_TO_PASS"] + tests["PASS_TO_PASS"]:
        expect(PLAIN_ID.match(test), "test id has blanks or is not ASCII: %r" % test)
    gold, bug = changed_files(instance.read("gold.patch")), changed_files(instance.read("bug.patch"))
    expect(not any(TEST_FILE.search(path) for path in gold), "gold.patch touches tests")
    expect(all(TEST_FILE.search(path) for path in set(bug) - set(gold)), "bug.patch and gold.patch differ")
    expect(set(changed_files(instance.read("test.patch"))) == set(bug) - set(gold), "test.patch is stale: --write")
    archive = instance.archive()
    row = {"name": instance.value("repo"), "version": instance.value("version"), "file": archive.name}
    row["sha256"] = instance.value("sha256")
    expect(row in lock, "not in sources.lock.json: --lock")
    return tests


def check_same_tree(fixed, pristine, scratch):
    """The broken tree with both patches is the sdist's own tree, byte for byte."""
    def listing(root):
        return sorted(p.relative_to(root) for p in root.rglob("*") if p.is_file() and ".git" not in p.parts)

    expect(listing(fixed) == listing(pristine), "the fixed tree has other files than the sdist")
    for path in listing(fixed):
        expect(filecmp.cmp(fixed / path, pristine / path, shallow=False), "differs from the sdist: %s" % path)


def check_eval_script(instance, tree, scratch, python, expected):
    """Runs eval.sh with /testbed replaced by the tree and python3 by the chosen interpreter."""
    script = instance.read("eval.sh").replace("/testbed", str(tree)).replace("python3 -m", python + " -m")
    home = scratch / "home"
    home.mkdir(exist_ok=True)
    env = {"HOME": str(home), "GIT_CONFIG_GLOBAL": str(home / ".gitconfig")}
    _, output = execute(["bash", "-c", script], tree, env=env)
    expect(START in output and END in output, "eval.sh printed no markers:\n" + output[-800:])
    results = parse_results(output.split(START)[1].split(END)[0])
    for test, status in expected.items():
        expect(results.get(test) == status, "eval.sh says %s, the plain run %s: %s" % (results.get(test), status, test))


def check_round(instance, tests, scratch, python, settings):
    broken, files = scratch / "broken", instance.test_files()
    test_patch, gold_patch = instance.read("test.patch"), instance.read("gold.patch")
    instance.build_broken(broken)
    visible, _ = instance.run_tests(copy_tree(broken, scratch / "visible"), python, settings, files)
    failing = sorted(test for test, status in visible.items() if status in ("FAILED", "ERROR"))
    expect(visible and not failing, "visible tests fail on the broken tree: %s" % failing)

    fixed = copy_tree(broken, scratch / "after", gold_patch, test_patch)
    instance.unpack(scratch / "pristine")
    check_same_tree(fixed, scratch / "pristine", scratch)
    before_tree = copy_tree(broken, scratch / "before", test_patch)
    before, slow = instance.run_tests(before_tree, python, settings, files)
    after, seconds = instance.run_tests(fixed, python, settings, files)
    for test in tests["FAIL_TO_PASS"]:
        expect(before.get(test) in ("FAILED", "ERROR"), "does not fail when broken: " + test)
    for test in tests["PASS_TO_PASS"]:
        expect(before.get(test) == "PASSED", "does not pass when broken: " + test)
    listed = tests["FAIL_TO_PASS"] + tests["PASS_TO_PASS"]
    for test in listed:
        expect(after.get(test) == "PASSED", "does not pass with the gold patch: " + test)

    repaired = copy_tree(broken, scratch / "eval-fixed", gold_patch)
    check_eval_script(instance, repaired, scratch, python, {t: after[t] for t in listed})
    untouched = copy_tree(broken, scratch / "eval-broken")
    check_eval_script(instance, untouched, scratch, python, {t: before[t] for t in listed})
    return max(slow, seconds)


def check_instance(instance, python, rounds, lock, readme):
    """Checks one instance; returns its tests and the seconds of its slowest test run."""
    tests = check_static(instance, lock, readme)
    slowest = 0.0
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="pypi-") as name:
            settings = ROUND_SETTINGS[number % len(ROUND_SETTINGS)]
            slowest = max(slowest, check_round(instance, tests, Path(name), python, settings))
    return tests, slowest


def write_lock(instances):
    """Rewrites sources.lock.json: the sdists that the instances pin, with the file name pip saves."""
    rows = {}
    for instance in instances:
        name, version, sha256 = (instance.value(key) for key in ("repo", "version", "sha256"))
        rows[name] = {"name": name, "version": version, "file": instance.archive().name, "sha256": sha256}
    text = json.dumps([rows[name] for name in sorted(rows)], indent=2) + "\n"
    (ROOT / "sources.lock.json").write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", help="parts of instance ids; all when absent")
    parser.add_argument("--write", action="store_true", help="rewrite the derived files first")
    parser.add_argument("--test-files", nargs="*", default=[], help="with --write: the test files of a new instance")
    parser.add_argument("--lock", action="store_true", help="rewrite sources.lock.json and stop")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--python", default=sys.executable, help="interpreter with pytest")
    options = parser.parse_args()

    folders = sorted(path for path in (ROOT / "tasks").iterdir() if path.is_dir())
    if options.lock:
        write_lock([Instance(folder) for folder in folders])
        return 0
    chosen = [f for f in folders if not options.only or any(part in f.name for part in options.only)]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lock = json.loads((ROOT / "sources.lock.json").read_text(encoding="utf-8"))

    def work(folder):
        try:
            instance = Instance(folder)
            if options.write:
                with tempfile.TemporaryDirectory(prefix="pypi-") as name:
                    write_derived(instance, options.python, Path(name), options.test_files)
            return folder.name, check_instance(instance, options.python, options.rounds, lock, readme), None
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
            slow = "  (slow)" if seconds > SLOW_RUN_S else ""
            print("ok   %-22s %2d fail-to-pass %3d pass-to-pass  %.2f s%s" % (name, *counts, seconds, slow), flush=True)
    print("%d ok, %d failed, %d rounds" % (len(chosen) - failed, failed, options.rounds))
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
