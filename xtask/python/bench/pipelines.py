"""The iris pipeline and a loop with kfp.local, from Python functions: pipelines.py iris|loop ROOT [URL] [--cache]

Nothing is installed for a task and kfp is there already: this is the fastest that kfp.local runs Python components.
"""

import functools
import sys

from kfp import dsl, local
from kfp.dsl import ClassificationMetrics, Dataset, Input, Metrics, Model, Output

component = functools.partial(dsl.component, install_kfp_package=False, base_image="python:3.11")


@component
def ingest(url: str, data: Output[Dataset]):
    import urllib.request

    with urllib.request.urlopen(url) as response, open(data.path, "wb") as file:
        file.write(response.read())


@component
def preprocess(
    data: Input[Dataset],
    label: str,
    x_train: Output[Dataset],
    x_test: Output[Dataset],
    y_train: Output[Dataset],
    y_test: Output[Dataset],
):
    import pandas
    from sklearn.model_selection import train_test_split

    rows = pandas.read_csv(data.path)
    x, y = rows.drop(columns=[label]), rows[[label]]
    parts = train_test_split(x, y, test_size=0.2, random_state=42, stratify=y)
    for output, part in zip((x_train, x_test, y_train, y_test), parts):
        part.to_csv(output.path, index=False)


@component
def train(
    x_train: Input[Dataset],
    x_test: Input[Dataset],
    y_train: Input[Dataset],
    y_test: Input[Dataset],
    trees: int,
    model: Output[Model],
    metrics: Output[Metrics],
    classes: Output[ClassificationMetrics],
):
    import pickle

    import pandas
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import accuracy_score, confusion_matrix

    xs, xt, ys, yt = (pandas.read_csv(part.path) for part in (x_train, x_test, y_train, y_test))
    forest = RandomForestClassifier(n_estimators=trees, random_state=42).fit(xs, ys.iloc[:, 0])
    predicted = forest.predict(xt)
    with open(model.path, "wb") as file:
        pickle.dump(forest, file)
    metrics.log_metric("accuracy_score", float(accuracy_score(yt.iloc[:, 0], predicted)))
    classes.log_confusion_matrix(list(forest.classes_), confusion_matrix(yt.iloc[:, 0], predicted).tolist())


@dsl.pipeline(name="iris-pipeline")
def iris(url: str):
    data = ingest(url=url).outputs["data"]
    parts = preprocess(data=data, label="variety").outputs
    train(x_train=parts["x_train"], x_test=parts["x_test"], y_train=parts["y_train"], y_test=parts["y_test"], trees=2)


@component
def wait(seconds: int):
    import time

    time.sleep(seconds)


@dsl.pipeline(name="loop")
def loop():
    with dsl.ParallelFor([1, 1, 1, 1], parallelism=4) as item:
        wait(seconds=item)


what, root, *rest = sys.argv[1:]
cached = {"enable_caching": True, "cache_root": f"{root}/cache"} if "--cache" in rest else {}
local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root=root, **cached)
if what == "iris":
    iris(url=rest[0])
else:
    loop()
