import pytest

from stencil import Template, TemplateSyntaxError


@pytest.mark.parametrize(
    "source, line",
    [
        ("a\n{{ 1x }}", 2),
        ("{% if a %}\nb", 1),
        ("{% for x of y %}{% endfor %}", 1),
        ("\n\n{% end %}", 3),
        ("{{ a|frobnicate }}", 1),
        ("a {{ b", 1),
        ("{{ a b }}", 1),
    ],
    ids=["variable", "unclosed-if", "for", "unknown-tag", "unknown-filter", "unclosed", "rest"],
)
def test_errors_name_the_line(source, line):
    with pytest.raises(TemplateSyntaxError) as caught:
        Template(source)
    assert caught.value.line == line


def test_comments_are_left_out():
    assert Template("a{# {{ b }} #}c").render() == "ac"


def test_quotes():
    assert Template("{{ v|default:\"it's\" }}").render() == "it&#39;s"
