"""Runs plain `test_*` functions of Python files without pytest, and answers on a channel of its own.

Started as `python3 -S -s -B -c TEXT`; standard input is a frame of lines, see plan-runner.ts:
nonce, work directory, PYTHONPATH, then one test id a line. Standard output carries records only, one a line:

    NONCE SEQ start            before any code of the repository is imported
    NONCE SEQ test INDEX WORD  once for each id that ran
    NONCE SEQ end CODE         the last record; the process then exits with CODE: 0 if all passed, otherwise 1

What the tests print goes to standard error. Nothing but builtins is imported: a start costs 10 ms, not 40.
"""

import posix
import sys


def main():
    write, leave, run, build = posix.write, posix._exit, exec, compile
    failure = BaseException
    frame = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").split("\n")
    nonce, workdir, python_path = frame[0], frame[1], frame[2].split(":")
    tests = [test.split("::", 1) for test in frame[3:]]
    channel = posix.dup(1)
    posix.dup2(2, 1)
    posix.dup2(posix.open("/dev/null", posix.O_RDONLY), 0)
    count = [0]

    def emit(text):
        line = ("%s %d %s\n" % (nonce, count[0], text)).encode()
        count[0] += 1
        while line:
            line = line[write(channel, line) :]

    emit("start")
    posix.chdir(workdir)
    sys.argv[:] = ["test"]
    sys.path[:] = python_path + [path for path in sys.path if path]
    posix.environ[b"PYTHONPATH"] = frame[2].encode("utf-8", "surrogateescape")
    frame = None
    modules = {}
    passed = True
    for index, (path, name) in enumerate(tests):
        try:
            if path not in modules:
                modules[path] = load(path, build, run)
            word = "PASSED" if modules[path][name]() is None else "FAILED"
        except failure:
            report(sys.exc_info())
            word = "FAILED"
        passed = passed and word == "PASSED"
        emit("test %d %s" % (index, word))
    emit("end %d" % (0 if passed else 1))
    leave(0 if passed else 1)


def load(path, build, run):
    """The namespace of a test file, executed as a module of its stem."""
    folder, _, file = path.rpartition("/")
    folder = folder or "."
    if folder not in sys.path:
        sys.path.insert(0, folder)
    module = type(sys)(file[:-3])
    module.__file__ = path
    sys.modules[module.__name__] = module
    with open(path, "rb") as source:
        code = build(source.read(), path, "exec")
    run(code, module.__dict__)
    return module.__dict__


def report(raised):
    """One line for people; a broken exception must not end the run."""
    try:
        sys.stderr.write("%s: %s\n" % (raised[0].__name__, str(raised[1])[:500]))
    except BaseException:
        posix.write(2, b"an exception that cannot be printed\n")


main()
