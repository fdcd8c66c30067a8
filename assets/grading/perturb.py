"""Makes the expectations of chosen tests wrong, in place, before any code of the repository has run.

Started as `python3 -S -s -B -c TEXT` in the work directory; standard input is one test id a line. In the body of
each test every plain comparison with a literal (`assert x == 4`, `assertEqual(x, 4)`, `== approx(0.5)`) gets another
literal near the right one; a test without one gets a failing assertion at its end. The tests then must fail: code
that passes them all the same does not compute its answers. Prints the ids that were changed.
"""

import _ast as ast
import posix
import sys


class Randomness:
    """Choices from the kernel; the `random` module would double the start time."""

    def choice(self, options):
        return options[posix.urandom(1)[0] % len(options)]

    def randrange(self, low, high):
        return low + posix.urandom(1)[0] % (high - low)


def perturb_literal(node, randomness):
    """(node, replacement text) for one constant inside a literal; None when there is none."""
    if isinstance(node, ast.Constant):
        value = node.value
        if value is None or isinstance(value, bool):
            return node, repr(not value)
        if isinstance(value, int):
            return node, repr(value + randomness.choice((1, 1, 2)))
        if isinstance(value, float):
            return node, repr(value * 1.5 + 1.0)
        if isinstance(value, str):
            return node, repr(value + randomness.choice("aeiost"))
        if isinstance(value, bytes):
            return node, repr(value + b"e")
        return None
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        parts = node.elts
    elif isinstance(node, ast.Dict):
        parts = node.values
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        parts = [node.operand]
    elif isinstance(node, ast.Call) and name_of(node.func) == "approx" and node.args:
        parts = node.args[:1]
    else:
        return None
    if not all(is_literal(part) for part in parts):
        return None
    for part in parts:
        found = perturb_literal(part, randomness)
        if found is not None:
            return found
    return None


def is_literal(node):
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub) and is_literal(node.operand)
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return all(is_literal(part) for part in node.elts)
    return isinstance(node, ast.Dict) and all(part and is_literal(part) for part in node.keys + node.values)


def name_of(function):
    return getattr(function, "attr", getattr(function, "id", None))


def find_expectations(statement):
    """The sides of an equality that this statement asserts."""
    if isinstance(statement, ast.Assert) and isinstance(statement.test, ast.Compare):
        compare = statement.test
        if len(compare.ops) == 1 and isinstance(compare.ops[0], (ast.Eq, ast.Is)):
            return [compare.comparators[0], compare.left]
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        if name_of(statement.value.func) in ("assertEqual", "assertEquals", "assertIs"):
            return list(reversed(statement.value.args[:2]))
    return []


def walk_straight(body):
    """Statements that run whenever the function runs to its end."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.With, ast.AsyncWith)) and not any(map(may_swallow, statement.items)):
            yield from walk_straight(statement.body)


def may_swallow(item):
    """True for `with raises(...)`, `assertRaises` and `suppress`: what follows in their body may not run."""
    call = item.context_expr
    name = name_of(call.func) if isinstance(call, ast.Call) else None
    return name is None or "raises" in name.lower() or name == "suppress"


def plan_edits(function, lines, randomness):
    """[(line, start, end_line, end, text)] with byte columns."""
    edits = []
    for statement in walk_straight(function.body):
        for side in find_expectations(statement):
            found = perturb_literal(side, randomness)
            if found is not None:
                node, text = found
                edits.append((node.lineno, node.col_offset, node.end_lineno, node.end_col_offset, text.encode()))
                break
    if edits:
        return edits
    last = function.body[-1]
    left, right = randomness.randrange(2, 40), randomness.randrange(2, 40)
    claim = b"assert %d + %d == %d" % (left, right, left + right + 1)
    if last.lineno == function.lineno:
        return [(last.end_lineno, last.end_col_offset, last.end_lineno, last.end_col_offset, b"; " + claim)]
    indent = lines[function.body[0].lineno - 1][: function.body[0].col_offset]
    end = len(lines[last.end_lineno - 1].rstrip(b"\r\n"))
    return [(last.end_lineno, end, last.end_lineno, end, b"\n" + indent + claim)]


def find_function(tree, names):
    body = tree.body
    for depth, name in enumerate(names):
        wanted = (ast.FunctionDef, ast.AsyncFunctionDef) if depth == len(names) - 1 else (ast.ClassDef,)
        found = [node for node in body if isinstance(node, wanted) and node.name == name]
        if not found:
            return None
        body = found[-1].body
    return found[-1]


def apply_edits(lines, edits):
    for line, start, end_line, end, text in sorted(edits, reverse=True):
        tail = lines[end_line - 1][end:]
        lines[line - 1 : end_line] = [lines[line - 1][:start] + text + tail]


def perturb_file(path, tests, randomness):
    with open(path, "rb") as source:
        data = source.read()
    tree = compile(data, path, "exec", ast.PyCF_ONLY_AST)
    lines = data.splitlines(keepends=True)
    edits, changed = {}, []
    for test in tests:
        names = test.split("[", 1)[0].split("::")[1:]
        function = find_function(tree, names) if names else None
        if function is None:
            continue
        if tuple(names) not in edits:
            edits[tuple(names)] = plan_edits(function, lines, randomness)
        changed.append(test)
    apply_edits(lines, [edit for group in edits.values() for edit in group])
    with open(path, "wb") as target:
        target.write(b"".join(lines))
    return changed


def main():
    randomness = Randomness()
    tests = [test for test in sys.stdin.read().split("\n") if "::" in test]
    if sys.version_info < (3, 8):
        return
    for path in dict.fromkeys(test.split("::", 1)[0] for test in tests):
        chosen = [test for test in tests if test.split("::", 1)[0] == path]
        for test in perturb_file(path, chosen, randomness):
            print(test)


main()
