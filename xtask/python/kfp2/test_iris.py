"""The iris pipeline in the DSL of kfp 2: compiled from files and from URLs, it is the same package, and it loads again."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import support
import yaml
from kfp import components

PIPELINE = support.ROOT / "pipelines/iris/kfp2.py"


def compiled(component=None):
    with tempfile.TemporaryDirectory() as folder:
        package = pathlib.Path(folder) / "iris.yaml"
        environment = {**os.environ, **({"IRIS_COMPONENT": component} if component else {})}
        subprocess.run([sys.executable, str(PIPELINE), str(package)], check=True, env=environment, capture_output=True)
        return package.read_text(encoding="utf-8")


class Iris(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.text = compiled()
        self.package = yaml.safe_load(self.text)

    def test_has_the_three_components_with_our_commands(self):
        executors = self.package["deploymentSpec"]["executors"]
        commands = {name: executor["container"]["command"] for name, executor in executors.items()}
        self.assertEqual(commands, {f"exec-{name}": [f"/{name}"] for name in support.NAMES})

    def test_passes_the_memos_arguments(self):
        tasks = self.package["root"]["dag"]["tasks"]
        url = tasks["data-ingestion"]["inputs"]["parameters"]["url"]
        self.assertEqual(url, {"componentInputParameter": "url"})
        label = tasks["data-preprocess"]["inputs"]["parameters"]["label_colname"]
        self.assertEqual(label, {"runtimeValue": {"constant": "variety"}})
        trees = tasks["train-eval"]["inputs"]["parameters"]["number_of_estimators"]
        self.assertEqual(trees, {"componentInputParameter": "trees"})
        self.assertEqual(self.package["root"]["inputDefinitions"]["parameters"]["trees"]["defaultValue"], 2.0)

    def test_hands_on_artifacts_of_the_types_the_ui_draws(self):
        artifacts = self.package["components"]["comp-train-eval"]["outputDefinitions"]["artifacts"]
        titles = {name: artifact["artifactType"]["schemaTitle"] for name, artifact in artifacts.items()}
        self.assertEqual(titles["metrics"], "system.Metrics")
        self.assertEqual(titles["confusion_matrix"], "system.ClassificationMetrics")

    def test_is_the_same_from_urls(self):
        with support.serving(support.ROOT / "components") as url:
            self.assertEqual(compiled(url + "/{name}/component.yaml"), self.text)

    def test_loads_again(self):
        self.assertEqual(components.load_component_from_text(self.text).name, "iris-pipeline")


if __name__ == "__main__":
    unittest.main()
