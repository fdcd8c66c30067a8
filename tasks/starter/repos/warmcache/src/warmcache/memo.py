"""A decorator that remembers the results of a function."""

import functools
import inspect

from .cache import Cache


def memoize(max_entries=None, ttl=None, clock=None, typed=False):
    """Remembers results by the arguments of the call.

    Calls that mean the same share a result: f(1, 2), f(1, y=2) and f(y=2, x=1) of a function
    f(x, y=2), and so does f(1), as the default counts like a given argument. With typed=True
    arguments of different types are different (1 and 1.0 and True). Arguments must be hashable.
    The wrapped function has the attributes `cache`, and `forget(*args, **kwargs)` that drops one
    result and answers whether there was one. A call that raises is not remembered.
    """

    def decorate(function):
        signature = inspect.signature(function)
        cache = Cache(max_entries, ttl, clock)

        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            key = call_key(signature, args, kwargs, typed)
            return cache.get_or_load(key, lambda _: function(*args, **kwargs))

        def forget(*args, **kwargs):
            return cache.delete(call_key(signature, args, kwargs, typed))

        wrapper.cache = cache
        wrapper.forget = forget
        return wrapper

    return decorate


def call_key(signature, args, kwargs, typed):
    """A hashable key of a call, the same however the arguments are passed."""
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    parts = []
    for name, value in bound.arguments.items():
        if signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            value = tuple(sorted(value.items()))
            types = tuple(type(item) for _, item in value)
        elif signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:
            types = tuple(type(item) for item in value)
        else:
            types = type(value)
        parts.append((name, value, types) if typed else (name, value))
    return tuple(parts)
