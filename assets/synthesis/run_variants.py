"""Runs the test suite on variants of a repository, one forked process each, and tells how every test ended.

Started as `python3 -s -B -c TEXT`; standard input is one JSON object:

    workdir, python_path    as for the grading runner, whose rules (options, plug-ins) apply here as well
    memory_bytes            address space of a variant
    variants                [{id, writes: {path: text}, files, tests, max_failures, keep_collecting, cpu_s, wall_s,
                            coverage}]

`files` are given to pytest, none means the whole repository; `tests` restricts the run to these ids, null does not;
with `keep_collecting` a file that does not load leaves the others to run.
Standard output is one JSON object a line and variant:

    id, status      `ran`, `not_collected`, `timeout` (cpu_s or wall_s is over) or `died`
    tests           {id: word}, words as in the grading runner
    failures        [{test, type, message, path, line, values}]: where a failing test stood, in its own file
    errors          the last line of each collection error
    seconds         {id: wall time of the call}
    functions, reached      with `coverage`: [[path, first line]], and {id: indexes of the functions it entered}

pytest is imported once; a fork then costs milliseconds. Nothing of the repository is imported before the fork, so no
variant sees another one. What a variant writes in the tree stays, apart from `writes`. The answers are a hint for the
maker of tasks: the grader decides.
"""

import importlib
import json
import os
import resource
import select
import signal
import sys
import time

# grading/pytest_words.py stands before this text and is part of the program.

MESSAGE_LENGTH = 600
PLAIN_TYPES = (str, bytes, int, float, bool, complex, type(None), list, tuple, dict, set, frozenset)


class Reporter:
    """A pytest plug-in that sends one record a test; its hooks are marked in `mark_hooks`."""

    def __init__(self, emit, workdir, variant, plain):
        self.emit = emit
        self.plain = plain
        self.prefix = os.path.join(os.path.realpath(workdir), "")
        self.tests = None if variant["tests"] is None else set(variant["tests"])
        self.coverage = variant["coverage"]
        self.phases = {}
        self.seconds = {}
        self.entered = set()

    def trace(self, frame, event, argument):
        self.entered.add(frame.f_code)

    def pytest_collection_modifyitems(self, items):
        if self.tests is not None:
            items[:] = [item for item in items if item.nodeid in self.tests]

    def pytest_collectreport(self, report):
        if report.failed:
            lines = str(report.longrepr).strip().split("\n")
            self.emit({"error": lines[-1][:MESSAGE_LENGTH]})

    def pytest_runtest_logstart(self, nodeid):
        self.entered.clear()

    def pytest_exception_interact(self, node, call, report):
        if not hasattr(node, "nodeid") or not hasattr(report, "when") or report.when == "collect":
            return
        own = os.path.realpath(str(node.path))
        inside = [entry for entry in call.excinfo.traceback if os.path.realpath(str(entry.path)) == own]
        # The test's own frame says more than that of a helper which it calls.
        name = getattr(node, "originalname", None) or node.name
        last = [entry for entry in inside if entry.name == name] or inside
        self.emit(
            {
                "test": node.nodeid,
                "failure": {
                    "type": call.excinfo.typename,
                    "message": call.excinfo.exconly(tryshort=True)[:MESSAGE_LENGTH],
                    "path": own[len(self.prefix) :] if own.startswith(self.prefix) else None,
                    "line": last[-1].lineno + 1 if last else None,
                    "values": describe_values(node),
                },
            }
        )

    def pytest_runtest_logreport(self, report):
        phase = read_phase(report, self.plain)
        self.phases.setdefault(report.nodeid, []).append(phase)
        if phase[0] == "call":
            self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration

    def pytest_runtest_logfinish(self, nodeid):
        phases = self.phases.pop(nodeid, [])
        record = {
            "test": nodeid,
            "word": classify(phases),
            "failed": any(outcome == "failed" for _, outcome, _ in phases),
            "seconds": round(self.seconds.pop(nodeid, 0.0), 4),
        }
        if self.coverage:
            # The tracer sees these lines too: the set must not grow under the loop.
            entered, self.entered = self.entered, set()
            codes = [(code.co_filename, code.co_firstlineno) for code in entered]
            prefix = self.prefix
            record["reached"] = sorted([name[len(prefix) :], line] for name, line in codes if name.startswith(prefix))
        self.emit(record)


def describe_values(item):
    """The parameters of a parametrised test, where their form is source."""
    found = {}
    for name, value in getattr(getattr(item, "callspec", None), "params", {}).items():
        try:
            text = repr(value)
        except Exception:  # the repository's own code
            continue
        if type(value) in PLAIN_TYPES and len(text) <= 400 and " at 0x" not in text and "<" not in text[:1]:
            found[name] = text
    return found


def mark_hooks(hookimpl):
    """The order among plug-ins, set once pytest is imported."""
    for name in ("pytest_collection_modifyitems", "pytest_runtest_logfinish"):
        hookimpl(trylast=True)(getattr(Reporter, name))
    hookimpl(tryfirst=True)(Reporter.pytest_runtest_logreport)


def run_inside(variant, descriptor, frame):
    """The forked process: runs pytest and never returns."""
    import pytest

    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (variant["cpu_s"], variant["cpu_s"] + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A list that grows for ever gets a MemoryError instead of taking the sandbox down.
    resource.setrlimit(resource.RLIMIT_AS, (frame["memory_bytes"], frame["memory_bytes"]))
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.chdir(frame["workdir"])
    sys.path[:0] = frame["python_path"].split(":")
    os.environ["PYTHONPATH"] = frame["python_path"]
    write = os.write

    def emit(record):
        data = json.dumps(record).encode() + b"\n"
        while data:
            data = data[write(descriptor, data) :]

    mark_hooks(pytest.hookimpl)
    reporter = Reporter(emit, frame["workdir"], variant, pytest.TestReport)
    options = ["-o", "addopts=", "-p", "no:cacheprovider", "--rootdir", frame["workdir"]]
    options += ["-q", "--no-header", "--tb=line"]
    if variant["max_failures"] is not None:
        options.append("--maxfail=%d" % (variant["max_failures"] + 1))
    if variant["keep_collecting"]:
        options.append("--continue-on-collection-errors")
    if variant["coverage"]:
        sys.settrace(reporter.trace)
    code = int(pytest.main(options + variant["files"], plugins=[reporter]))
    sys.settrace(None)
    emit({"end": code})
    os._exit(0)


def read_records(descriptor, deadline):
    """Records up to the last one, the end of the stream or the deadline."""
    held = b""
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            yield None
            return
        chunk = os.read(descriptor, 1 << 16)
        if not chunk:
            return
        *lines, held = (held + chunk).split(b"\n")
        for line in lines:
            record = json.loads(line)
            yield record
            if "end" in record:
                return


def summarize(variant, records):
    answer = {"id": variant["id"], "status": "died", "tests": {}, "failures": [], "errors": [], "seconds": {}}
    functions, reached, failed = {}, {}, []
    for record in records:
        if record is None:
            answer["status"] = "timeout"
        elif "end" in record:
            # 0 and 1: tests ran; 2 and 3 end a run early (too many failures, collection errors); 5: none chosen.
            stopped = record["end"] == 2 and not answer["errors"]
            answer["status"] = "ran" if record["end"] in (0, 1, 5) or stopped else "not_collected"
        elif "error" in record:
            answer["errors"].append(record["error"])
        elif "failure" in record:
            answer["failures"].append({"test": record["test"], **record["failure"]})
        else:
            test = record["test"]
            answer["tests"][test] = record["word"]
            answer["seconds"][test] = record["seconds"]
            if record["failed"]:
                failed.append(test)
            if "reached" in record:
                reached[test] = [functions.setdefault(tuple(key), len(functions)) for key in record["reached"]]
    answer["failed"] = failed
    if variant["coverage"]:
        answer["functions"] = list(functions)
        answer["reached"] = reached
    return answer


def run_variant(variant, frame):
    originals = {}
    for path, text in variant["writes"].items():
        with open(path, "rb") as file:
            originals[path] = file.read()
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            run_inside(variant, writer, frame)
        finally:
            os._exit(4)
    os.close(writer)
    try:
        answer = summarize(variant, read_records(reader, time.monotonic() + variant["wall_s"]))
    except ValueError:
        answer = summarize(variant, [])
    for end in (lambda: os.killpg(child, signal.SIGKILL), lambda: os.kill(child, signal.SIGKILL)):
        try:
            end()
        except ProcessLookupError:
            pass
    status = os.waitpid(child, 0)[1]
    os.close(reader)
    if answer["status"] == "died" and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        answer["status"] = "timeout"
    for path, data in originals.items():
        with open(path, "wb") as file:
            file.write(data)
    return answer


def main():
    frame = json.load(sys.stdin)
    channel = os.dup(1)
    os.set_inheritable(channel, False)
    os.dup2(2, 1)
    sys.path[:] = [path for path in sys.path if path]
    os.chdir(frame["workdir"])
    try:
        import _pytest.config
    except ImportError:
        os.write(channel, b'{"missing": "pytest"}\n')
        return
    for name in getattr(_pytest.config, "default_plugins", ()):
        importlib.import_module("_pytest." + name)
    with open(channel, "w", encoding="utf-8") as output:
        for variant in frame["variants"]:
            output.write(json.dumps(run_variant(variant, frame)) + "\n")
            output.flush()


main()
