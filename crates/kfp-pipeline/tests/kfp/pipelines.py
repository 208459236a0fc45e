"""Pipelines that kfp 2.17 compiles, kfp.local runs, and this project has to understand.

    python pipelines.py compile                writes compiled/NAME.yaml for each
    python pipelines.py record [NAME...]       runs them with kfp.local and writes kfp-local.json

Compiling needs kfp-kubernetes too.

Each component notes in the file `notes` that it ran, so that the executed tasks can be compared.
"""

import functools
import json
import pathlib
import sys
import tempfile
from typing import Dict, List, NamedTuple, Optional

from kfp import compiler, dsl, local
from kfp.dsl import Dataset, Input, Metrics, Model, Output

component = functools.partial(dsl.component, install_kfp_package=False, base_image="python:3.11")


@component
def add(a: int, b: int, notes: str) -> int:
    with open(notes, "a") as file:
        file.write(f"add {a} {b}\n")
    return a + b


@component
def scale(x: float, factor: float, notes: str) -> float:
    with open(notes, "a") as file:
        file.write(f"scale {x} {factor}\n")
    return x * factor


@component
def say(text: str, notes: str) -> str:
    with open(notes, "a") as file:
        file.write(f"say {text}\n")
    return text


@component
def flip(value: bool, notes: str) -> bool:
    with open(notes, "a") as file:
        file.write(f"flip {value}\n")
    return not value


@component
def fail(notes: str) -> str:
    with open(notes, "a") as file:
        file.write("fail\n")
    raise RuntimeError("on purpose")


@component
def numbers(count: int, notes: str) -> List[int]:
    with open(notes, "a") as file:
        file.write(f"numbers {count}\n")
    return list(range(count))


@component
def total(values: List[int], notes: str) -> int:
    with open(notes, "a") as file:
        file.write(f"total {[int(v) for v in values]}\n")
    return int(sum(values))


@component
def settings(name: str, notes: str) -> Dict[str, str]:
    with open(notes, "a") as file:
        file.write(f"settings {name}\n")
    return {"name": name, "more": "yes"}


@component
def describe(values: dict, notes: str) -> str:
    import json
    text = json.dumps(values, sort_keys=True)
    with open(notes, "a") as file:
        file.write(f"describe {text}\n")
    return text


@component
def split(text: str, notes: str) -> NamedTuple("Parts", [("first", str), ("rest", str), ("length", int)]):
    with open(notes, "a") as file:
        file.write(f"split {text}\n")
    from collections import namedtuple
    return namedtuple("Parts", ["first", "rest", "length"])(text[0], text[1:], len(text))


@component
def make(text: str, data: Output[Dataset], notes: str):
    with open(notes, "a") as file:
        file.write(f"make {text}\n")
    with open(data.path, "w") as file:
        file.write(text)
    data.metadata["length"] = len(text)


@component
def read(data: Input[Dataset], notes: str) -> str:
    with open(data.path) as file:
        text = file.read()
    with open(notes, "a") as file:
        file.write(f"read {text} {data.metadata.get('length')}\n")
    return text


@component
def join(all: Input[List[Dataset]], notes: str) -> str:
    texts = []
    for one in all:
        with open(one.path) as file:
            texts.append(file.read())
    with open(notes, "a") as file:
        file.write(f"join {texts}\n")
    return "+".join(texts)


@component
def train(data: Input[Dataset], model: Output[Model], metrics: Output[Metrics], notes: str):
    with open(notes, "a") as file:
        file.write("train\n")
    os_path = model.path
    import os
    os.makedirs(os_path)
    with open(os.path.join(os_path, "weights"), "w") as file:
        file.write("1 2 3")
    model.metadata["framework"] = "none"
    metrics.log_metric("accuracy", 0.75)


@component
def weigh(model: Input[Model], notes: str) -> int:
    import os
    with open(os.path.join(model.path, "weights")) as file:
        count = len(file.read().split())
    with open(notes, "a") as file:
        file.write(f"weigh {count}\n")
    return count


@component
def maybe(notes: str, text: Optional[str] = None, number: int = 7) -> str:
    with open(notes, "a") as file:
        file.write(f"maybe {text} {number}\n")
    return f"{text} {number}"


@component
def tell(status: dsl.PipelineTaskFinalStatus, notes: str):
    with open(notes, "a") as file:
        file.write(f"tell {status.pipeline_task_name}\n")


@component
def patient(upstream: str = "nothing", notes: str = ""):
    with open(notes, "a") as file:
        file.write(f"patient {upstream}\n")


@component
def flaky(counter: str, notes: str) -> int:
    with open(counter, "a") as file:
        file.write("x")
    with open(counter) as file:
        count = len(file.read())
    with open(notes, "a") as file:
        file.write(f"flaky {count}\n")
    if count < 3:
        raise RuntimeError("not yet")
    return count


@component
def named_numbers(notes: str) -> NamedTuple("Numbers", [("items", List[int]), ("count", int)]):
    with open(notes, "a") as file:
        file.write("named numbers\n")
    from collections import namedtuple
    return namedtuple("Numbers", ["items", "count"])([3, 4], 2)


@component
def is_filled_in(text: str, notes: str) -> bool:
    filled = "{{" not in text
    with open(notes, "a") as file:
        file.write(f"is filled in {filled}\n")
    return filled


@component
def read_all(all: Input[List[Dataset]], notes: str) -> List[str]:
    texts = []
    for one in all:
        with open(one.path) as file:
            texts.append(f"{file.read()}:{one.metadata['length']:.0f}")
    with open(notes, "a") as file:
        file.write(f"read all {texts}\n")
    return texts


@component
def report(status: dsl.PipelineTaskFinalStatus, name: str, notes: str):
    with open(notes, "a") as file:
        file.write(f"report {name} {status.state == 'SUCCEEDED'} {status.error_message is None}\n")


PIPELINES = {}


def pipeline(function):
    name = function.__name__.replace("_", "-")
    PIPELINES[name] = dsl.pipeline(name=name)(function)
    return PIPELINES[name]


@pipeline
def chain(notes: str) -> int:
    first = add(a=1, b=2, notes=notes)
    return add(a=first.output, b=10, notes=notes).output


@pipeline
def diamond(notes: str, start: int = 3) -> int:
    top = add(a=start, b=0, notes=notes)
    left = add(a=top.output, b=1, notes=notes)
    right = add(a=top.output, b=2, notes=notes)
    return add(a=left.output, b=right.output, notes=notes).output


@pipeline
def ordered(notes: str):
    first = say(text="first", notes=notes)
    say(text="second", notes=notes).after(first)


@pipeline
def floats(notes: str, x: float = 0.1) -> float:
    return scale(x=x, factor=3.0, notes=notes).output


@pipeline
def defaults(notes: str, text: str = "a 'b' \"c\"", flag: bool = False, options: dict = {"k": [1, "x"], "e": {}}) -> str:
    say(text=text, notes=notes)
    flip(value=flag, notes=notes)
    return describe(values=options, notes=notes).output


@pipeline
def texts(notes: str, name: str = "Ada") -> str:
    return say(text=f"Hello {name}, you are {name}", notes=notes).output


@pipeline
def several_outputs(notes: str) -> str:
    parts = split(text="kubeflow", notes=notes)
    add(a=parts.outputs["length"], b=0, notes=notes)
    return say(text=parts.outputs["rest"], notes=notes).output


@pipeline
def structs(notes: str) -> str:
    return describe(values=settings(name="n", notes=notes).output, notes=notes).output


@pipeline
def optional(notes: str) -> str:
    maybe(notes=notes, text="given", number=1)
    return maybe(notes=notes).output


@pipeline
def artifacts(notes: str) -> str:
    return read(data=make(text="some text", notes=notes).outputs["data"], notes=notes).output


@pipeline
def folders(notes: str) -> int:
    trained = train(data=make(text="t", notes=notes).outputs["data"], notes=notes)
    return weigh(model=trained.outputs["model"], notes=notes).output


@pipeline
def imported(notes: str, uri: str) -> str:
    data = dsl.importer(artifact_uri=uri, artifact_class=Dataset, metadata={"length": "9"})
    return read(data=data.output, notes=notes).output


@pipeline
def if_true(notes: str, x: int = 5):
    with dsl.If(x > 3):
        say(text="large", notes=notes)


@pipeline
def if_false(notes: str, x: int = 2):
    with dsl.If(x > 3):
        say(text="large", notes=notes)


@pipeline
def if_output(notes: str):
    sum_ = add(a=1, b=1, notes=notes)
    with dsl.If(sum_.output == 2):
        say(text="two", notes=notes)
    with dsl.If(sum_.output != 2):
        say(text="other", notes=notes)


@pipeline
def if_elif_else(notes: str, x: str = "b") -> str:
    with dsl.If(x == "a"):
        one = say(text="is a", notes=notes)
    with dsl.Elif(x == "b"):
        two = say(text="is b", notes=notes)
    with dsl.Else():
        three = say(text="is neither", notes=notes)
    return dsl.OneOf(one.output, two.output, three.output)


@pipeline
def if_bool(notes: str):
    flipped = flip(value=False, notes=notes)
    with dsl.If(flipped.output == True):
        say(text="true", notes=notes)
    with dsl.Else():
        say(text="false", notes=notes)


@pipeline
def if_nested(notes: str, x: int = 5, y: str = "yes"):
    with dsl.If(x >= 5):
        say(text="outer", notes=notes)
        with dsl.If(y == "yes"):
            inner = add(a=x, b=1, notes=notes)
            with dsl.If(inner.output < 6):
                say(text="never", notes=notes)


@pipeline
def for_static(notes: str):
    with dsl.ParallelFor([1, 2, 3]) as item:
        add(a=item, b=10, notes=notes)


@pipeline
def for_texts(notes: str):
    with dsl.ParallelFor(["a", "it's", 'q"q'], parallelism=1) as item:
        say(text=item, notes=notes)


@pipeline
def for_dicts(notes: str):
    with dsl.ParallelFor([{"a": 1, "b": 10}, {"a": 2, "b": 20}]) as item:
        add(a=item.a, b=item.b, notes=notes)


@pipeline
def for_parameter(notes: str, items: List[int] = [4, 5]) -> int:
    with dsl.ParallelFor(items) as item:
        added = add(a=item, b=1, notes=notes)
    return total(values=dsl.Collected(added.output), notes=notes).output


@pipeline
def for_output(notes: str) -> int:
    with dsl.ParallelFor(numbers(count=3, notes=notes).output) as item:
        added = add(a=item, b=100, notes=notes)
    return total(values=dsl.Collected(added.output), notes=notes).output


@pipeline
def for_chain(notes: str) -> int:
    with dsl.ParallelFor([1, 2], parallelism=2) as item:
        first = add(a=item, b=1, notes=notes)
        second = add(a=first.output, b=item, notes=notes)
    return total(values=dsl.Collected(second.output), notes=notes).output


@pipeline
def for_nested(notes: str):
    with dsl.ParallelFor([1, 2]) as a:
        with dsl.ParallelFor([10, 20]) as b:
            add(a=a, b=b, notes=notes)


@pipeline
def for_artifacts(notes: str) -> str:
    with dsl.ParallelFor(["x", "y"]) as item:
        made = make(text=item, notes=notes)
    return join(all=dsl.Collected(made.outputs["data"]), notes=notes).output


@pipeline
def for_if(notes: str):
    with dsl.ParallelFor([1, 2, 3]) as item:
        with dsl.If(item > 1):
            add(a=item, b=0, notes=notes)


@pipeline
def if_for(notes: str, x: int = 1):
    with dsl.If(x == 1):
        with dsl.ParallelFor([7, 8]) as item:
            add(a=item, b=x, notes=notes)


@dsl.pipeline
def inner_sum(a: int, b: int, notes: str) -> int:
    first = add(a=a, b=b, notes=notes)
    return add(a=first.output, b=1, notes=notes).output


@dsl.pipeline
def inner_default(notes: str, word: str = "inner") -> str:
    return say(text=word, notes=notes).output


@pipeline
def nested(notes: str) -> int:
    inner = inner_sum(a=1, b=2, notes=notes)
    return add(a=inner.output, b=100, notes=notes).output


@pipeline
def nested_default(notes: str) -> str:
    inner_default(notes=notes, word="given")
    return inner_default(notes=notes).output


@pipeline
def nested_for(notes: str) -> int:
    with dsl.ParallelFor([1, 2]) as item:
        inner = inner_sum(a=item, b=item, notes=notes)
    return total(values=dsl.Collected(inner.output), notes=notes).output


@dsl.pipeline
def inner_if(x: int, notes: str):
    with dsl.If(x == 1):
        say(text="one", notes=notes)
    with dsl.Else():
        say(text="not one", notes=notes)


@pipeline
def nested_if(notes: str):
    inner_if(x=1, notes=notes)
    inner_if(x=2, notes=notes)


@pipeline
def exit_success(notes: str):
    with dsl.ExitHandler(tell(notes=notes)):
        say(text="work", notes=notes)


@pipeline
def exit_failure(notes: str):
    with dsl.ExitHandler(tell(notes=notes)):
        failed = fail(notes=notes)
        say(text=failed.output, notes=notes)


@pipeline
def exit_plain(notes: str):
    with dsl.ExitHandler(say(text="bye", notes=notes)):
        add(a=1, b=1, notes=notes)


@pipeline
def ignored_failure(notes: str):
    failed = fail(notes=notes)
    patient(upstream=failed.output, notes=notes).ignore_upstream_failure()


@pipeline
def failure_beside(notes: str):
    fail(notes=notes)
    say(text="beside", notes=notes)


@pipeline
def retried(notes: str, counter: str) -> int:
    return flaky(counter=counter, notes=notes).set_retry(num_retries=3, backoff_duration="0s").output


@pipeline
def retried_with_backoff(notes: str, counter: str) -> int:
    task = flaky(counter=counter, notes=notes)
    task.set_retry(num_retries=2, backoff_duration="1s", backoff_factor=1.0, backoff_max_duration="1s")
    return add(a=task.output, b=1, notes=notes).output


@pipeline
def retried_in_vain(notes: str, counter: str):
    flaky(counter=counter, notes=notes).set_retry(num_retries=1, backoff_duration="0s")


@dsl.pipeline
def inner_collected(items: List[int], notes: str) -> List[int]:
    with dsl.ParallelFor(items) as item:
        added = add(a=item, b=1, notes=notes)
    return dsl.Collected(added.output)


@pipeline
def collected_in_nested(notes: str) -> int:
    return total(values=inner_collected(items=[1, 2, 3], notes=notes).output, notes=notes).output


@dsl.pipeline
def inner_made(words: List[str], notes: str) -> List[Dataset]:
    with dsl.ParallelFor(words) as word:
        made = make(text=word, notes=notes)
    return dsl.Collected(made.outputs["data"])


@pipeline
def artifacts_collected_in_nested(notes: str) -> List[str]:
    return read_all(all=inner_made(words=["u", "vw"], notes=notes).output, notes=notes).output


@pipeline
def for_nested_collected(notes: str) -> int:
    with dsl.ParallelFor([1, 2]) as a:
        with dsl.ParallelFor([10, 20]) as b:
            added = add(a=a, b=b, notes=notes)
    return total(values=dsl.Collected(added.output), notes=notes).output


@pipeline
def for_empty(notes: str) -> int:
    with dsl.ParallelFor(numbers(count=0, notes=notes).output) as item:
        added = add(a=item, b=1, notes=notes)
    return total(values=dsl.Collected(added.output), notes=notes).output


@pipeline
def for_named_output(notes: str) -> int:
    with dsl.ParallelFor(named_numbers(notes=notes).outputs["items"]) as item:
        added = add(a=item, b=1, notes=notes)
    return total(values=dsl.Collected(added.output), notes=notes).output


@pipeline
def for_pipelines(notes: str) -> int:
    with dsl.ParallelFor([1, 2], parallelism=1) as item:
        with dsl.ParallelFor([3, 4]) as other:
            inner_sum(a=item, b=other, notes=notes)
    return add(a=1, b=1, notes=notes).output


@dsl.pipeline
def inner_exit(word: str, notes: str):
    with dsl.ExitHandler(report(name="inner", notes=notes)):
        say(text=word, notes=notes)
        fail(notes=notes)


@pipeline
def exit_nested(notes: str):
    with dsl.ExitHandler(report(name="outer", notes=notes)):
        inner_exit(word="within", notes=notes)
        say(text="beside", notes=notes)


@pipeline
def exit_for(notes: str):
    with dsl.ExitHandler(report(name="loop", notes=notes)):
        with dsl.ParallelFor([1, 2]) as item:
            add(a=item, b=0, notes=notes)


@pipeline
def reimported(notes: str, uri: str) -> str:
    data = dsl.importer(
        artifact_uri=uri, artifact_class=Dataset, reimport=True, metadata={"length": "9", "from": uri}
    )
    return read(data=data.output, notes=notes).output


@pipeline
def one_of_artifacts(notes: str, x: int = 2) -> str:
    with dsl.If(x == 1):
        one = make(text="one", notes=notes)
    with dsl.Else():
        other = make(text="other", notes=notes)
    return read(data=dsl.OneOf(one.outputs["data"], other.outputs["data"]), notes=notes).output


@dsl.pipeline
def inner_one_of(x: int, notes: str) -> Dataset:
    with dsl.If(x == 1):
        one = make(text="one", notes=notes)
    with dsl.Else():
        other = make(text="other", notes=notes)
    return dsl.OneOf(one.outputs["data"], other.outputs["data"])


@pipeline
def one_of_artifacts_in_a_loop(notes: str) -> List[str]:
    with dsl.ParallelFor([1, 2]) as item:
        chosen = inner_one_of(x=item, notes=notes)
    return read_all(all=dsl.Collected(chosen.output), notes=notes).output


@pipeline
def placeholders(notes: str):
    is_filled_in(text=dsl.PIPELINE_JOB_NAME_PLACEHOLDER, notes=notes)
    is_filled_in(text=dsl.PIPELINE_TASK_NAME_PLACEHOLDER, notes=notes)


@pipeline
def placeholders_in_strings(notes: str):
    is_filled_in(text=f"run {dsl.PIPELINE_JOB_NAME_PLACEHOLDER}", notes=notes)


@pipeline
def left_out(notes: str, text: Optional[str] = None) -> str:
    return maybe(notes=notes, text=text, number=2).output


@pipeline
def quoted(notes: str, text: str = "it's"):
    with dsl.If(text == "it's"):
        say(text="same", notes=notes)
    with dsl.Else():
        say(text="different", notes=notes)


@pipeline
def on_kubernetes(notes: str) -> int:
    from kfp import kubernetes

    added = add(a=1, b=1, notes=notes)
    kubernetes.set_image_pull_policy(added, "Always")
    kubernetes.use_secret_as_env(added, secret_name="login", secret_key_to_env={"password": "PASSWORD"})
    kubernetes.add_node_selector(added, label_key="disk", label_value="fast")
    return added.output


def arguments(name, directory):
    """What a pipeline is given, with files in a directory."""
    given = {"notes": str(directory / "notes")}
    if name in ("imported", "reimported"):
        given["uri"] = str(directory / "imported.txt")
        (directory / "imported.txt").write_text("imported")
    if name.startswith("retried"):
        given["counter"] = str(directory / "counter")
    return given


def run_locally(name):
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root=str(directory / "root"))
        try:
            outputs = PIPELINES[name](**arguments(name, directory)).outputs
            succeeded = True
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
            succeeded, outputs = False, {}
        notes = directory / "notes"
        ran = sorted(notes.read_text().splitlines()) if notes.exists() else []
    return {"succeeded": succeeded, "outputs": outputs, "ran": ran}


if __name__ == "__main__":
    here = pathlib.Path(__file__).resolve().parent
    if sys.argv[1] == "compile":
        (here / "compiled").mkdir(exist_ok=True)
        for name, value in PIPELINES.items():
            compiler.Compiler().compile(value, str(here / "compiled" / f"{name}.yaml"))
    else:
        record = here / "kfp-local.json"
        names = sys.argv[2:] or list(PIPELINES)
        recorded = json.loads(record.read_text()) if sys.argv[2:] else {}
        recorded.update({name: run_locally(name) for name in names})
        record.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")
