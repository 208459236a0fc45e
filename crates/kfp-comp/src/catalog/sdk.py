"""Loads and compiles component files, given as JSON by name, in whatever kfp this Python has.

Prints as JSON which version that is, and what went wrong with whom.
"""
import contextlib
import json
import pathlib
import sys
import tempfile
import warnings

warnings.simplefilter("ignore")
KINDS = {"Integer": 1, "Float": 0.5, "Boolean": True, "JsonArray": [], "JsonObject": {}}


def compile_1(component, package):
    """kfp 1.8 compiles pipelines only: one of a single task, with what the task has to be given."""
    from kfp import compiler, dsl

    required = [one for one in component.component_spec.inputs or [] if not one.optional and one.default is None]
    values = [KINDS.get(str(one.type), "text") for one in required]

    @dsl.pipeline(name="verify")
    def pipeline():
        component(*values)

    compiler.Compiler().compile(pipeline, package)


def compile_2(component, package):
    from kfp import compiler

    compiler.Compiler().compile(component, package)


def main():
    import kfp
    from kfp import components

    compile_in = compile_1 if kfp.__version__.startswith("1.") else compile_2
    problems = {}
    with tempfile.TemporaryDirectory() as folder:
        package = str(pathlib.Path(folder) / "package.yaml")
        for name, text in json.load(sys.stdin).items():
            try:
                compile_in(components.load_component_from_text(text), package)
            except Exception as error:
                problems[name] = f"{type(error).__name__}: {error}"
    return {"version": kfp.__version__, "problems": problems}


if __name__ == "__main__":
    # The SDKs print; stdout is for what was found.
    with contextlib.redirect_stdout(sys.stderr):
        found = main()
    print(json.dumps(found))
