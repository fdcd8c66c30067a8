"""Builds the tree from the tokens."""

import re

from .errors import TemplateSyntaxError
from .expressions import parse_expression
from .lexer import PRINT, TEXT
from .nodes import Condition, For, If, Print, Set, Text

_FOR = re.compile(r"for\s+([A-Za-z_]\w*)\s+in\s+(.+)", re.DOTALL)
_SET = re.compile(r"set\s+([A-Za-z_]\w*)\s*=\s*(.+)", re.DOTALL)


def parse(tokens):
    """The nodes of a whole template."""
    parser = _Parser(tokens)
    nodes, closer = parser.parse_until(())
    assert closer is None
    return nodes


class _Parser:
    def __init__(self, tokens):
        self._tokens = tokens
        self._next = 0

    def parse_until(self, enders):
        """Nodes up to a tag whose first word is in `enders`; that tag, or None at the end."""
        nodes = []
        while self._next < len(self._tokens):
            token = self._tokens[self._next]
            self._next += 1
            if token.kind == TEXT:
                nodes.append(Text(token.content))
            elif token.kind == PRINT:
                nodes.append(Print(parse_expression(token.content, token.line)))
            else:
                word = (token.content.split() or [""])[0]
                if word in enders:
                    return nodes, token
                nodes.append(self._parse_tag(word, token))
        return nodes, None

    def _parse_tag(self, word, token):
        if word == "if":
            return self._parse_if(token)
        if word == "for":
            return self._parse_for(token)
        if word == "set":
            found = _SET.fullmatch(token.content)
            if found is None:
                raise TemplateSyntaxError("expected set NAME = PATH", token.line)
            return Set(found.group(1), parse_expression(found.group(2), token.line))
        raise TemplateSyntaxError("unexpected tag %r" % word, token.line)

    def _body(self, opener, enders):
        nodes, closer = self.parse_until(enders)
        if closer is None:
            raise TemplateSyntaxError("%s is never closed" % opener.content.split()[0], opener.line)
        return nodes, closer

    def _parse_if(self, token):
        node = If()
        condition = _parse_condition(token, "if")
        while True:
            enders = ("elif", "else", "endif") if condition is not None else ("endif",)
            body, closer = self._body(token, enders)
            node.branches.append((condition, body))
            if closer.content == "endif":
                return node
            condition = None if closer.content == "else" else _parse_condition(closer, "elif")

    def _parse_for(self, token):
        found = _FOR.fullmatch(token.content)
        if found is None:
            raise TemplateSyntaxError("expected for NAME in PATH", token.line)
        expression = parse_expression(found.group(2), token.line)
        body, closer = self._body(token, ("else", "endfor"))
        otherwise = []
        if closer.content == "else":
            otherwise, _ = self._body(token, ("endfor",))
        return For(found.group(1), expression, body, otherwise)


def _parse_condition(token, word):
    text = token.content[len(word) :].strip()
    negated = re.match(r"not\s+", text)
    if negated:
        text = text[negated.end() :]
    return Condition(parse_expression(text, token.line), negated is not None)
