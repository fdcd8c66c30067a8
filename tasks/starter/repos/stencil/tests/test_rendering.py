import pytest

from stencil import Template, UndefinedVariable


def render(source, **context):
    return Template(source).render(context)


def test_paths():
    order = {"items": [{"name": "pen"}, {"name": "ink"}]}
    assert render("{{ order.items.1.name }}", order=order) == "ink"
    assert render("[{{ order.price }}{{ nothing }}]", order=order) == "[]"


def test_conditions():
    source = "{% if a %}A{% elif not b %}B{% else %}C{% endif %}"
    assert [render(source, a=1, b=1), render(source, b=0), render(source, b=1)] == ["A", "B", "C"]


def test_loops():
    source = "{% for x in xs %}{{ loop.index }}{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}"
    assert render(source, xs=["a", "b"]) == "1a, 2b"


def test_empty_loops():
    source = "{% for x in xs %}{{ x }}{% else %}none{% endfor %}"
    assert render(source, xs=[]) == "none"
    assert render(source, xs=[1]) == "1"


def test_set():
    assert render("{% set y = x|upper %}{{ y }}", x="a") == "A"


def test_strict():
    with pytest.raises(UndefinedVariable) as caught:
        Template("{{ a.b }}", strict=True).render({"a": {}})
    assert caught.value.path == "a.b"


def test_rendering_twice():
    template = Template("{% set n = m %}{{ n }}")
    context = {"m": 1}
    assert template.render(context) == template.render(context) == "1"
    assert context == {"m": 1}
