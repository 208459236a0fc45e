"""The iris pipeline in the DSL of kfp 1.8: compiled from files and from URLs, it is the same workflow."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import support
import yaml

PIPELINE = support.ROOT / "pipelines/iris/kfp1.py"
# What differs from one compilation to the next.
VOLATILE = ["pipelines.kubeflow.org/pipeline_compilation_time"]


def compiled(component=None):
    with tempfile.TemporaryDirectory() as folder:
        package = pathlib.Path(folder) / "iris.yaml"
        environment = {**os.environ, **({"IRIS_COMPONENT": component} if component else {})}
        subprocess.run([sys.executable, str(PIPELINE), str(package)], check=True, env=environment, capture_output=True)
        workflow = yaml.safe_load(package.read_text(encoding="utf-8"))
    for name in VOLATILE:
        del workflow["metadata"]["annotations"][name]
    return workflow


class Iris(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.workflow = compiled()
        self.templates = {template["name"]: template for template in self.workflow["spec"]["templates"]}

    def test_has_the_three_components_with_our_commands(self):
        commands = [template["container"]["command"][0] for template in self.templates.values() if "container" in template]
        self.assertEqual(commands, [f"/{name}" for name in support.NAMES])

    def test_passes_the_memos_arguments(self):
        def arguments(name):
            container = self.templates[name]["container"]
            return container["command"] + container.get("args", [])

        ingestion = arguments("data-ingestion")
        self.assertEqual(ingestion[ingestion.index("--url") + 1], "{{inputs.parameters.url}}")
        preprocess = arguments("data-preprocess")
        self.assertEqual(preprocess[preprocess.index("--label-colname") + 1], "variety")
        train = arguments("train-eval")
        self.assertEqual(train[train.index("--number-of-estimators") + 1], "{{inputs.parameters.trees}}")

    def test_gives_kfp_1_the_metrics_and_the_confusion_matrix_it_draws(self):
        artifacts = [artifact["name"] for artifact in self.templates["train-eval"]["outputs"]["artifacts"]]
        self.assertIn("mlpipeline-metrics", artifacts)
        self.assertIn("mlpipeline-ui-metadata", artifacts)

    def test_runs_in_order(self):
        tasks = {task["name"]: task for task in self.templates["iris-pipeline"]["dag"]["tasks"]}
        self.assertEqual(tasks["data-preprocess"]["dependencies"], ["data-ingestion"])
        self.assertEqual(tasks["train-eval"]["dependencies"], ["data-preprocess"])

    def test_is_the_same_from_urls(self):
        with support.serving(support.ROOT / "components") as url:
            workflow = compiled(url + "/{name}/component.yaml")
        self.assertEqual(without_addresses(workflow), without_addresses(self.workflow))


def without_addresses(value):
    """1.8 notes in an annotation where a component came from, if it was a URL."""
    if isinstance(value, dict):
        return {key: without_addresses(item) for key, item in value.items() if "component_ref" not in key}
    if isinstance(value, list):
        return [without_addresses(item) for item in value]
    return value


if __name__ == "__main__":
    unittest.main()
