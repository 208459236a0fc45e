"""Runs `kfp`, and says where in the author's files an error is, which kfp's own program leaves out.

The last argument is the file that is compiled. A line that begins with `hint: ` ends what is printed.
"""

import os
import sys
import traceback

import click
import kfp
from kfp.cli import cli

SOURCE = os.path.abspath(sys.argv[-1])
LIBRARIES = (os.path.dirname(kfp.__file__), os.path.dirname(click.__file__), "<")


def functions():
    """The functions that `--function` takes: the pipelines, or the components if there are none."""
    modules = [m for m in sys.modules.values() if getattr(m, "__file__", None) == SOURCE]
    values = vars(modules[0]) if modules else {}
    bases = {name: [base.__name__ for base in type(value).__mro__] for name, value in values.items()}
    pipelines = [name for name in bases if "GraphComponent" in bases[name]]
    return pipelines or [name for name in bases if "BaseComponent" in bases[name]]


try:
    cli.cli(obj={}, auto_envvar_prefix="KFP")
except Exception as error:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(LIBRARIES)]
    if frames or isinstance(error, SyntaxError):
        sys.stderr.writelines(traceback.format_list(frames) + traceback.format_exception_only(error))
    elif not any(words in str(error) for words in ("--function", "not found in module")):
        print(error, file=sys.stderr)
    elif found := functions():
        kind = "no such function; it has" if "not found" in str(error) else "it has several to choose from:"
        print(kind, ", ".join(found), file=sys.stderr)
        print("hint: name the one to compile: `--function", found[-1] + "`", file=sys.stderr)
    else:
        print("it has no pipeline", file=sys.stderr)
        print("hint: mark a function of it with `@dsl.pipeline`", file=sys.stderr)
    sys.exit(1)
