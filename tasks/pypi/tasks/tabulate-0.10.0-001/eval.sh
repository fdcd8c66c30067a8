#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- test/test_internal.py test/test_textwrapper.py
git apply -v - <<'EOF_114329324912'
diff --git a/test/test_internal.py b/test/test_internal.py
index f411eee..fb2cec8 100644
--- a/test/test_internal.py
+++ b/test/test_internal.py
@@ -212,6 +212,119 @@ def test_wrap_text_to_numbers():
     assert_equal(expected, result)
 
 
+def test_wrap_text_to_colwidths_single_ansi_colors_full_cell():
+    """Internal: autowrapped text can retain a single ANSI colors
+    when it is at the beginning and end of full cell"""
+    data = [
+        [
+            (
+                "\033[31mThis is a rather long description that might"
+                " look better if it is wrapped a bit\033[0m"
+            )
+        ]
+    ]
+    result = T._wrap_text_to_colwidths(data, [30])
+
+    expected = [
+        [
+            "\n".join(
+                [
+                    "\033[31mThis is a rather long\033[0m",
+                    "\033[31mdescription that might look\033[0m",
+                    "\033[31mbetter if it is wrapped a bit\033[0m",
+                ]
+            )
+        ]
+    ]
+    assert_equal(expected, result)
+
+
+def test_wrap_text_to_colwidths_colors_wide_char():
+    """Internal: autowrapped text can retain a ANSI colors with wide chars"""
+    try:
+        import wcwidth  # noqa: F401
+    except ImportError:
+        skip("test_wrap_text_to_colwidths_colors_wide_char is skipped")
+
+    data = [
+        [
+            (
+                "\033[31m약간 감싸면 더 잘 보일 수있는 다소 긴"
+                " 설명입니다 설명입니다 설명입니다 설명입니다 설명\033[0m"
+            )
+        ]
+    ]
+    result = T._wrap_text_to_colwidths(data, [30])
+
+    expected = [
+        [
+            "\n".join(
+                [
+                    "\033[31m약간 감싸면 더 잘 보일 수있는\033[0m",
+                    "\033[31m다소 긴 설명입니다 설명입니다\033[0m",
+                    "\033[31m설명입니다 설명입니다 설명\033[0m",
+                ]
+            )
+        ]
+    ]
+    assert_equal(expected, result)
+
+
+def test_wrap_text_to_colwidths_multi_ansi_colors_full_cell():
+    """Internal: autowrapped text can retain multiple ANSI colors
+    when they are at the beginning and end of full cell
+    (e.g. text and background colors)"""
+    data = [
+        [
+            (
+                "\033[31m\033[43mThis is a rather long description that"
+                " might look better if it is wrapped a bit\033[0m"
+            )
+        ]
+    ]
+    result = T._wrap_text_to_colwidths(data, [30])
+
+    expected = [
+        [
+            "\n".join(
+                [
+                    "\033[31m\033[43mThis is a rather long\033[0m",
+                    "\033[31m\033[43mdescription that might look\033[0m",
+                    "\033[31m\033[43mbetter if it is wrapped a bit\033[0m",
+                ]
+            )
+        ]
+    ]
+    assert_equal(expected, result)
+
+
+def test_wrap_text_to_colwidths_multi_ansi_colors_in_subset():
+    """Internal: autowrapped text can retain multiple ANSI colors
+    when they are around subsets of the cell"""
+    data = [
+        [
+            (
+                "This is a rather \033[31mlong description\033[0m that"
+                " might look better \033[93mif it is wrapped\033[0m a bit"
+            )
+        ]
+    ]
+    result = T._wrap_text_to_colwidths(data, [30])
+
+    expected = [
+        [
+            "\n".join(
+                [
+                    "This is a rather \033[31mlong\033[0m",
+                    "\033[31mdescription\033[0m that might look",
+                    "better \033[93mif it is wrapped\033[0m a bit",
+                ]
+            )
+        ]
+    ]
+    assert_equal(expected, result)
+
+
 def test__remove_separating_lines():
     with_rows = [
         [0, "a"],
diff --git a/test/test_textwrapper.py b/test/test_textwrapper.py
index 98e0ebf..5e86b5c 100644
--- a/test/test_textwrapper.py
+++ b/test/test_textwrapper.py
@@ -108,6 +108,92 @@ def test_wrapper_len_ignores_color_chars():
     assert_equal(10, result)
 
 
+def test_wrap_full_line_color():
+    """TextWrapper: Wrap a line when the full thing is enclosed in color tags"""
+    # This has both a text color and a background color
+    data = (
+        "\033[31m\033[104mThis is a test string for testing TextWrap with colors\033[0m"
+    )
+
+    expected = [
+        "\033[31m\033[104mThis is a test\033[0m",
+        "\033[31m\033[104mstring for testing\033[0m",
+        "\033[31m\033[104mTextWrap with colors\033[0m",
+    ]
+    wrapper = CTW(width=20)
+    result = wrapper.wrap(data)
+    assert_equal(expected, result)
+
+
+def test_wrap_color_in_single_line():
+    """TextWrapper: Wrap a line - preserve internal color tags, and don't
+    propagate them to other lines when they don't need to be"""
+    # This has both a text color and a background color
+    data = "This is a test string for testing \033[31mTextWrap\033[0m with colors"
+
+    expected = [
+        "This is a test string for",
+        "testing \033[31mTextWrap\033[0m with",
+        "colors",
+    ]
+    wrapper = CTW(width=25)
+    result = wrapper.wrap(data)
+    assert_equal(expected, result)
+
+
+def test_wrap_color_line_splillover():
+    """TextWrapper: Wrap a line - preserve internal color tags and wrap them to
+    other lines when required, requires adding the colors tags to other lines as appropriate
+    """
+    # This has both a text color and a background color
+    data = "This is a \033[31mtest string for testing TextWrap\033[0m with colors"
+
+    expected = [
+        "This is a \033[31mtest string for\033[0m",
+        "\033[31mtesting TextWrap\033[0m with",
+        "colors",
+    ]
+    wrapper = CTW(width=25)
+    result = wrapper.wrap(data)
+    assert_equal(expected, result)
+
+
+def test_wrap_color_line_longword():
+    """TextWrapper: Wrap a line - preserve internal color tags and wrap them to
+    other lines when required, requires adding the colors tags to other lines as appropriate
+    and avoiding splitting escape codes."""
+    data = "This_is_a_\033[31mtest_string_for_testing_TextWrap\033[0m_with_colors"
+
+    expected = [
+        "This_is_a_\033[31mte\033[0m",
+        "\033[31mst_string_fo\033[0m",
+        "\033[31mr_testing_Te\033[0m",
+        "\033[31mxtWrap\033[0m_with_",
+        "colors",
+    ]
+    wrapper = CTW(width=12)
+    result = wrapper.wrap(data)
+    assert_equal(expected, result)
+
+
+def test_wrap_color_line_multiple_escapes():
+    data = "012345(\x1b[32ma\x1b[0mbc\x1b[32mdefghij\x1b[0m)"
+    expected = [
+        "012345(\x1b[32ma\x1b[0mbc\x1b[32m\x1b[0m",
+        "\x1b[32mdefghij\x1b[0m)",
+    ]
+    wrapper = CTW(width=10)
+    result = wrapper.wrap(data)
+    assert_equal(expected, result)
+
+    clean_data = _strip_ansi(data)
+    for width in range(2, len(clean_data)):
+        wrapper = CTW(width=width)
+        result = wrapper.wrap(data)
+        # Comparing after stripping ANSI should be enough to catch broken escape codes
+        assert_equal(clean_data, _strip_ansi("".join(result)))
+
+
 def test_wrap_datetime():
     """TextWrapper: Show that datetimes can be wrapped without crashing"""
     data = [
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider test/test_internal.py test/test_textwrapper.py
: '>>>>> End Test Output'
git checkout "$base" -- test/test_internal.py test/test_textwrapper.py
