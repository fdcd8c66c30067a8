import pytest

from warmcache import ManualClock, memoize


def test_results_are_remembered():
    calls = []

    @memoize()
    def add(x, y=2):
        """Adds."""
        calls.append((x, y))
        return x + y

    assert add(1, 2) == add(1, 2) == 3
    assert add(2, 2) == 4
    assert calls == [(1, 2), (2, 2)]
    assert add.__doc__ == "Adds."


def test_forget_and_ttl():
    clock = ManualClock()
    calls = []

    @memoize(ttl=5, clock=clock)
    def double(x):
        calls.append(x)
        return 2 * x

    double(1)
    assert double.forget(1) is True
    assert double.forget(1) is False
    double(1)
    clock.advance(6)
    double(1)
    assert calls == [1, 1, 1]


def test_errors_are_not_remembered():
    calls = []

    @memoize()
    def fail(x):
        calls.append(x)
        raise RuntimeError("no")

    for _ in range(2):
        with pytest.raises(RuntimeError):
            fail(1)
    assert calls == [1, 1]
    assert len(fail.cache) == 0
