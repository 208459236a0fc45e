"""The iris pipeline for KFP 2, in the DSL of kfp 2.

    python kfp2.py [PACKAGE.yaml]

compiles it. IRIS_COMPONENT is the path or URL of each component.yaml, with {name} for the component; by default those of this
repository are used.
"""

import os
import pathlib
import sys
from typing import NamedTuple

from kfp import compiler, components, dsl

IRIS_URL = "https://gist.githubusercontent.com/netj/8836201/raw/6f9306ad21398ea43cba4f7d537619d0e07d5ae3/iris.csv"
HERE = pathlib.Path(__file__).resolve().parent
COMPONENT = os.environ.get("IRIS_COMPONENT") or str(HERE.parents[1] / "components" / "{name}" / "component.yaml")


def load(name):
    source = COMPONENT.replace("{name}", name)
    if "://" in source:
        return components.load_component_from_url(source)
    return components.load_component_from_file(source)


data_ingestion_op = load("data-ingestion")
data_preprocess_op = load("data-preprocess")
train_eval_op = load("train-eval")


class Trained(NamedTuple):
    """The outputs of the pipeline, so that they can be read without a cluster."""

    model: dsl.Model
    metrics: dsl.Metrics
    confusion_matrix: dsl.ClassificationMetrics


@dsl.pipeline(
    name="iris-pipeline",
    description="An example pipeline of training a classification model on the Iris dataset",
)
def iris_pipeline(url: str = IRIS_URL, trees: int = 2) -> Trained:
    ingested = data_ingestion_op(url=url)
    processed = data_preprocess_op(ingested_data=ingested.outputs["data"], label_colname="variety")
    trained = train_eval_op(
        x_train=processed.outputs["x_train"],
        x_test=processed.outputs["x_test"],
        y_train=processed.outputs["y_train"],
        y_test=processed.outputs["y_test"],
        number_of_estimators=trees,
    )
    return Trained(
        model=trained.outputs["model"],
        metrics=trained.outputs["metrics"],
        confusion_matrix=trained.outputs["confusion_matrix"],
    )


if __name__ == "__main__":
    package = sys.argv[1] if len(sys.argv) > 1 else "iris-kfp2.yaml"
    compiler.Compiler().compile(pipeline_func=iris_pipeline, package_path=package)
    print(package)
