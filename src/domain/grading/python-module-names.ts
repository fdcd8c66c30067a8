/**
 * Lower-case names of top-level modules that the interpreter (3.11) or pytest imports for itself. A file of the model
 * patch by such a name at an import root would be imported instead of them.
 */
export const PYTHON_MODULE_NAMES: ReadonlySet<string> = new Set(
  (
    "__future__ __main__ _aix_support _bootsubprocess _collections_abc _compat_pickle _compression _io " +
    "_markupbase _osx_support _py_abc _pydecimal _pyio _pytest _sitebuiltins _strptime _thread " +
    "_threading_local _weakrefset abc aifc argparse array ast asynchat asyncio asyncore atexit audioop " +
    "base64 bdb binascii bisect builtins bz2 calendar cgi cgitb chunk cmath cmd code codecs codeop " +
    "collections colorama colorsys compileall concurrent configparser contextlib contextvars copy copyreg " +
    "cprofile crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest " +
    "email encodings ensurepip enum errno exceptiongroup faulthandler fcntl filecmp fileinput fnmatch " +
    "fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib " +
    "heapq hmac html http imaplib imghdr imp importlib iniconfig inspect io ipaddress itertools json " +
    "keyword linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder " +
    "msilib multiprocessing netrc nis nntplib numbers opcode operator optparse os ossaudiodev packaging " +
    "pathlib pdb pickle pickletools pipes pkgutil platform plistlib pluggy poplib posix posixpath pprint " +
    "profile pstats pty pwd py py_compile pyclbr pydoc pydoc_data pyexpat pygments pytest queue quopri " +
    "random re readline reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex " +
    "shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants " +
    "sre_parse ssl stat statistics string stringprep struct subprocess sunau symtable sys sysconfig " +
    "syslog tabnanny tarfile telnetlib tempfile termios textwrap threading time timeit tkinter token " +
    "tokenize tomli tomllib trace traceback tracemalloc tty types typing unicodedata unittest urllib uu " +
    "uuid venv warnings wave weakref webbrowser wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib " +
    "zoneinfo"
  ).split(" "),
);
