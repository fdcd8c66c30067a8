"""The filters. Each gets the value that is not escaped yet, and maybe an argument."""

from .markup import Safe, escape
from .scope import Undefined


def keep_safe(change):
    """Makes a filter on texts whose result is safe when the value was."""

    def changed(value, *arguments):
        result = change("" if isinstance(value, Undefined) else str(value), *arguments)
        return Safe(result) if isinstance(value, Safe) else result

    return changed


def default(value, replacement=""):
    """The replacement for a value that is missing or None or an empty text."""
    if isinstance(value, Undefined) or value is None or value == "":
        return replacement
    return value


def join(value, separator=", "):
    """The items with the separator between them; safe items are kept, others escaped."""
    if isinstance(value, Undefined):
        return ""
    return Safe(escape(separator).join(escape(item) for item in value))


def length(value):
    return 0 if isinstance(value, Undefined) else len(value)


def plural(value, forms="s"):
    """'' or 's' by number; with 'one,many' the first or the second word."""
    one, comma, many = forms.partition(",")
    if not comma:
        one, many = "", forms
    return one if value == 1 else many


def truncate(value, size=40):
    """At most `size` characters, the last of them an ellipsis when something was cut off."""
    text = "" if isinstance(value, Undefined) else str(value)
    return text if len(text) <= size else text[: max(size - 1, 0)].rstrip() + "\u2026"


FILTERS = {
    "cut": keep_safe(lambda text, part=" ": text.replace(part, "")),
    "default": default,
    "escape": escape,
    "join": join,
    "length": length,
    "lower": keep_safe(str.lower),
    "plural": plural,
    "safe": lambda value: Safe("" if isinstance(value, Undefined) else value),
    "title": keep_safe(str.title),
    "trim": keep_safe(str.strip),
    "truncate": truncate,
    "upper": keep_safe(str.upper),
}
