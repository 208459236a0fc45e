"""The iris pipeline for KFP 1, in the DSL of kfp 1.8.

    python kfp1.py [PACKAGE.yaml]

compiles it. IRIS_COMPONENT is the path or URL of each component.yaml, with {name} for the component; by default those of this
repository are used.
"""

import os
import pathlib
import sys

from kfp import compiler, components, dsl

IRIS_URL = "https://gist.githubusercontent.com/netj/8836201/raw/6f9306ad21398ea43cba4f7d537619d0e07d5ae3/iris.csv"
HERE = pathlib.Path(__file__).resolve().parent
COMPONENT = os.environ.get("IRIS_COMPONENT") or str(HERE.parents[1] / "components" / "{name}" / "component.yaml")


def load(name, file="component.yaml"):
    source = COMPONENT.replace("{name}", name).replace("component.yaml", file)
    if "://" in source:
        return components.load_component_from_url(source)
    return components.load_component_from_file(source)


data_ingestion_op = load("data-ingestion")
data_preprocess_op = load("data-preprocess")
# In this file the metrics and the confusion matrix have the names that KFP 1 draws.
train_eval_op = load("train-eval", "component.v1.yaml")


@dsl.pipeline(
    name="Iris pipeline",
    description="An example pipeline of training a classification model on the Iris dataset",
)
def iris_pipeline(url: str = IRIS_URL, trees: int = 2):
    ingested = data_ingestion_op(url=url)
    processed = data_preprocess_op(ingested_data=ingested.outputs["data"], label_colname="variety")
    train_eval_op(
        x_train=processed.outputs["x_train"],
        x_test=processed.outputs["x_test"],
        y_train=processed.outputs["y_train"],
        y_test=processed.outputs["y_test"],
        number_of_estimators=trees,
    )


if __name__ == "__main__":
    package = sys.argv[1] if len(sys.argv) > 1 else "iris-kfp1.yaml"
    compiler.Compiler().compile(pipeline_func=iris_pipeline, package_path=package)
    print(package)
