"""The variables of a template while it is rendered."""


class Undefined:
    """Stands for a variable that is not there: false, empty, prints nothing."""

    def __init__(self, path):
        self.path = path

    def __bool__(self):
        return False

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __str__(self):
        return ""


class Scope:
    """A stack of layers; names are looked up from the innermost one outwards."""

    def __init__(self, context):
        self._layers = [dict(context)]

    def push(self, names):
        """Opens a layer with some names."""
        self._layers.append(dict(names))

    def pop(self):
        """Closes the innermost layer."""
        self._layers.pop()

    def assign(self, name, value):
        """Sets a name in the innermost layer."""
        self._layers[-1][name] = value

    def look_up(self, path):
        """The value of a dotted path, or Undefined."""
        first, *rest = path.split(".")
        for layer in reversed(self._layers):
            if first in layer:
                value = layer[first]
                break
        else:
            return Undefined(path)
        for part in rest:
            value = _member(value, part)
            if isinstance(value, Undefined):
                return Undefined(path)
        return value


def _member(value, part):
    """A member of a value: a key, an attribute or a place in a sequence."""
    if hasattr(value, "keys"):
        if part in value:
            return value[part]
    elif not part.startswith("_") and not part.isdigit() and hasattr(value, part):
        return getattr(value, part)
    elif part.isdigit() and isinstance(value, (list, tuple)) and int(part) < len(value):
        return value[int(part)]
    return Undefined(part)
