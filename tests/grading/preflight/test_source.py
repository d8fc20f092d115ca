"""What preflight reads from a cell's source without running it."""

import subprocess
import sys

import pytest

from mnist_lab.grading.preflight.source import machine_path, parse, syntax_error


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("x = 1\nprint('a'", "print('a'", "'(' was never closed"),
        ("def f(:\n    pass", "def f(:", "invalid syntax"),
        ("if x:\nf()", "f()", "expected an indented block after 'if' statement on line 1"),
        ("f = 'a", "f = 'a", "unterminated string literal (detected at line 1)"),
        ("x = 1\nreturn x", "return x", "'return' outside function"),
        ("f?\n\nbreak", "break", "'break' outside loop"),
        ("%matplotlib inline\nx = = 1", "x = = 1", "invalid syntax"),
        ("!pip install a\nx = !ls\nx x", "x x", "invalid syntax"),
        ("\n%%time\nx = 1\ny = x x", "y = x x", "invalid syntax"),
        ("%%capture out\n%%time\nx x", "x x", "invalid syntax"),
        ("import a\npip install b", "pip install b", "invalid syntax"),
        ("open('C:\\Users')", "open('C:\\Users')", "(unicode error)"),
        ("time = = 1", "time = = 1", "invalid syntax"),
        ("x = 1\0", "", "source code string cannot contain null bytes"),
    ],
)
def test_a_syntax_error_is_found_with_its_line(source, line, reason):
    found = syntax_error(source)
    assert found is not None
    assert found[0] == line
    assert found[1].startswith(reason)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "# nothing",
        "%matplotlib inline\nx = 1",
        "x = %who_ls\ny = !ls -l {x}\n!pip install \\\n    a",
        "f?",
        "?f",
        "x = 1\nx.real??",
        "if x:\n    !ls\n    %time f()",
        ">>> x = 1\n>>> x\n",
        "    x = 1\n    x",
        "%%time\n    x = 1\n    x",
        "%%timeit -n 1\nf?",
        "%%bash\nif [ -f a ]; then ls; fi",
        "%%html\n<b>",
        "pip install a",
        "# %%\n\nawait f()",
        "async with f() as g:\n    [x async for x in g]",
        "x = 1\nglobal x",
        "x = 1\nfrom __future__ import annotations",
        "'\\d' is 3",
        "+".join("1" * 20000),
    ],
)
def test_what_ipython_runs_has_no_syntax_error(source, recwarn):
    assert syntax_error(source) is None
    assert not recwarn.list


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("pd.read_csv('/home/anna/data.csv')", "/home/anna/data.csv"),
        (r"f(r'C:\Users\anna\x.txt')", r"C:\Users\anna\x.txt"),
        ("f('D:/data/x.txt')", "D:/data/x.txt"),
        (r"f('E:\\data')", r"E:\data"),
        ("FOLDER = '/Users/anna/My Data'", "/Users/anna/My Data"),
        ("drive.mount('/content/drive')", "/content/drive"),
        ("%matplotlib inline\nf?\nf(path='/kaggle/input/a.csv')", "/kaggle/input/a.csv"),
        ("%%time\nf('/mnt/data/x')", "/mnt/data/x"),
        ("f('file:///home/anna/x')", "file:///home/anna/x"),
        ("f('file:///C:/data/x')", "file:///C:/data/x"),
        ("f(f'/home/anna/{name}.csv')", "/home/anna/"),
        ("f('/home/anna/' + name)", "/home/anna/"),
        ("sys.path = sys.path + ['/home/anna/lib']", "/home/anna/lib"),
        ("'/home/anna/{}'.format(name)", "/home/anna/{}"),
        ("'/home/anna/%s' % name", "/home/anna/%s"),
        ("os.path.join('/root/data', name)", "/root/data"),
        ("def f(path='/home/anna'):\n    '''/home/bob'''", "/home/anna"),
        ("{'train': ['/Volumes/disk/a']}", "/Volumes/disk/a"),
        ("if verbose:\n    f('/home/anna/x')", "/home/anna/x"),
        ("try:\n    f('/home/anna/x')\nfinally:\n    g()", "/home/anna/x"),
        ("try:\n    f()\nexcept OSError:\n    g('/home/anna/x')", "/home/anna/x"),
    ],
)
def test_a_path_of_one_machine_is_found(source, path):
    assert machine_path(source) == path


@pytest.mark.parametrize(
    "source",
    [
        "f('https://a.org/home/anna/x')",
        "f('/')",
        "f('/home/')",
        "f('/tmp/x', '/dev/null', '/usr/bin/python', '/etc/hosts', '/private/x')",
        "f('~/data.csv', 'data/home/anna', '../home/anna/x', 'home/anna')",
        "f('see /home/anna/x')",
        "f('/homework/a', '/contents/a', '/users')",
        "f(x)  # '/home/anna/x'",
        "# f('/home/anna/x')",
        "'''/home/anna/x'''\nf()",
        "def f():\n    '/home/anna/x'",
        "class A:\n    '''/home/anna/x'''",
        "f(f'{root}/home/anna/x', root + '/home/anna/x', root + f'/home/anna/{x}')",
        r"re.match(r'a:\d+|b', x), re.match(r'x:\w\w', x)",
        "f('a: b', 'C:', 'C:/', 'key:/value')",
        "f(b'/home/anna/x')",
        "if os.path.exists('/home/anna/x'):\n    f('/home/anna/x')\nelse:\n    f('x')",
        "if 'google.colab' in sys.modules:\n    f('/content/drive')",
        "path = '/content/x' if IN_COLAB else 'x'",
        "found = Path('/home/anna').is_dir()",
        "path = os.environ.get('DATA', '/home/anna/data')",
        "path = os.getenv('DATA', '/home/anna/data')",
        "try:\n    f('/home/anna/x')\nexcept OSError:\n    f('x')",
        "f?\n%cd /home/anna",
        "!cp /home/anna/x .",
        "%%bash\ncat '/home/anna/x'",
        "f('/home/anna/x'",
    ],
)
def test_no_path_of_one_machine(source):
    assert machine_path(source) is None


@pytest.mark.parametrize("rest", [" + x", ".f()"])
def test_what_is_nested_too_deep_is_not_judged(rest):
    assert machine_path(f"'/home/anna/x'{rest * 10}") == "/home/anna/x"
    assert machine_path(f"'/home/anna/x'{rest * 2000}") is None


@pytest.mark.parametrize("source", ["%%time\nx = 1", "%time f()\nx = 1", "f?\nx = 1"])
def test_a_magic_does_not_hide_the_python_after_it(source):
    assert "x = 1" in parse(source)[0].splitlines()


@pytest.mark.parametrize("source", ["%%bash\nls", "f(", "\0"])
def test_what_is_no_python_has_no_tree(source):
    assert parse(source) is None


def test_usual_magics_need_no_ipython_and_nothing_needs_tensorflow():
    program = (
        "import sys; from mnist_lab.grading.preflight.source import syntax_error as e\n"
        "e('%matplotlib inline\\nx = !ls'); print('IPython' in sys.modules); e('f?\\n1 +')\n"
        "print('IPython' in sys.modules, 'tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False"]
