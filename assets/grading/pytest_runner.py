"""Runs chosen tests under pytest and answers on a channel of its own.

Started as `python3 -s -B -c TEXT`; frame and records are those of functions_runner.py. pytest is imported
before the repository is on the path, plug-ins are not loaded by entry point, and options of the repository's own
configuration do not apply. The exit code is pytest's, and the process ends at once after the last record, so nothing
that the code under test left for the end of the process runs. `NONCE SEQ missing pytest` is the answer of an
interpreter without pytest.
"""

import os
import sys

# pytest_words.py stands before this text and is part of the program.


class Channel:
    """Writes records to a descriptor that no code of the repository was given."""

    def __init__(self, nonce):
        self.nonce = nonce
        self.count = 0
        self.descriptor = os.dup(1)
        self.write = os.write
        os.dup2(2, 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def emit(self, text):
        line = ("%s %d %s\n" % (self.nonce, self.count, text)).encode()
        self.count += 1
        while line:
            line = line[self.write(self.descriptor, line) :]


def create_reporter(pytest, channel, tests):
    index = {test: number for number, test in enumerate(tests)}
    phases = {}

    class Reporter:
        @pytest.hookimpl(trylast=True)
        def pytest_collection_modifyitems(self, items):
            items[:] = [item for item in items if item.nodeid in index]

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_logreport(self, report):
            phases.setdefault(report.nodeid, []).append(read_phase(report, pytest.TestReport))

        @pytest.hookimpl(trylast=True)
        def pytest_runtest_logfinish(self, nodeid):
            if nodeid in index:
                channel.emit("test %d %s" % (index[nodeid], classify(phases.pop(nodeid, []))))

    return Reporter()


def main():
    leave = os._exit
    frame = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").split("\n")
    nonce, workdir, python_path = frame[0], frame[1], frame[2]
    tests = frame[3:]
    frame = None
    channel = Channel(nonce)
    sys.path[:] = [path for path in sys.path if path]
    try:
        import pytest
    except ImportError:
        channel.emit("missing pytest")
        leave(3)
    channel.emit("start")
    os.chdir(workdir)
    sys.path[:0] = python_path.split(":")
    os.environ["PYTHONPATH"] = python_path
    files = list(dict.fromkeys(test.split("::", 1)[0] for test in tests))
    options = ["-o", "addopts=", "-p", "no:cacheprovider", "--rootdir", workdir, "-q", "--no-header", "--tb=line"]
    code = int(pytest.main(options + files, plugins=[create_reporter(pytest, channel, tests)]))
    channel.emit("end %d" % code)
    leave(code)


main()
