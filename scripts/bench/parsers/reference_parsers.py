"""Runs the log parsers of an installed `swebench` package: the other side of the parity check.

    python3 reference_parsers.py FOLDER < requests.jsonl > answers.jsonl

FOLDER holds the package as `pip install --no-deps --target` leaves it. A request is {"parser": NAME, "log": TEXT},
an answer is the status map, or {"error": NAME} where the parser itself raised. Only the parsers and the constants are
imported; the package's own `__init__` would pull in container and dataset clients.
"""

import importlib
import json
import sys
import types


def open_package(folder, name):
    module = types.ModuleType(name)
    module.__path__ = [folder + "/" + name.replace(".", "/")]
    sys.modules[name] = module
    return module


def main():
    folder = sys.argv[1]
    for name in ("swebench", "swebench.harness", "swebench.harness.log_parsers", "swebench.harness.test_spec"):
        open_package(folder, name)
    # Only named in annotations.
    for name, attribute in (("swebench.types", "TestSpec"), ("swebench.harness.test_spec.test_spec", "TestSpec")):
        module = types.ModuleType(name)
        setattr(module, attribute, object)
        sys.modules[name] = module
    constants = types.ModuleType("swebench.harness.constants")
    sys.modules["swebench.harness.constants"] = constants
    constants.TestStatus = load_test_status(folder)
    parsers = importlib.import_module("swebench.harness.log_parsers.python")
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(parsers, request["parser"])(request["log"], None)
        except (IndexError, ValueError) as error:
            answer = {"error": type(error).__name__}
        sys.stdout.write(json.dumps(answer) + "\n")


def load_test_status(folder):
    """The enum of statuses, cut out of the package's constants."""
    import ast
    import enum

    for name in ("constants/__init__.py", "constants.py"):
        try:
            with open(folder + "/swebench/harness/" + name) as source:
                tree = ast.parse(source.read())
        except OSError:
            continue
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name == "TestStatus":
                space = {"Enum": enum.Enum}
                exec(compile(ast.Module([node], []), name, "exec"), space)
                return space["TestStatus"]
    raise SystemExit("no TestStatus in " + folder)


main()
