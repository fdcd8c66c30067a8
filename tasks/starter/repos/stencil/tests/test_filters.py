import pytest

from stencil import Safe, Template


def render(source, **context):
    return Template(source).render(context)


@pytest.mark.parametrize(
    "source, value, text",
    [
        ("{{ v|upper }}", "a", "A"),
        ("{{ v|trim|title }}", " ada l ", "Ada L"),
        ("{{ v|default:'none' }}", "", "none"),
        ("{{ v|cut:'-' }}", "a-b", "ab"),
        ("{{ v|length }}", [1, 2], "2"),
        ("{{ v|join:'; ' }}", ["a", "b"], "a; b"),
        ("{{ v }} item{{ v|plural }}", 2, "2 items"),
        ("{{ v|plural:'mouse,mice' }}", 1, "mouse"),
        ("{{ v|truncate:5 }}", "abcdefgh", "abcd\u2026"),
    ],
    ids=["upper", "chain", "default", "cut", "length", "join", "plural", "words", "truncate"],
)
def test_filters(source, value, text):
    assert render(source, v=value) == text


def test_escaping():
    assert render("{{ v }}", v="<b> & 'x'") == "&lt;b&gt; &amp; &#39;x&#39;"
    assert render("{{ v|safe }}", v="<b>") == "<b>"
    assert render("{{ v }}", v=Safe("<b>")) == "<b>"
    assert render("{{ v|escape }}", v="<b>") == "&lt;b&gt;"
