"""The iris pipeline with a deploy step: the model of the training is wired to it, and it is never taken from a cache."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import support
import yaml

PIPELINE = support.ROOT / "pipelines/iris/deploy.py"


class IrisDeploy(unittest.TestCase):
    def setUp(self):
        with tempfile.TemporaryDirectory() as folder:
            package = pathlib.Path(folder) / "iris-deploy.yaml"
            subprocess.run([sys.executable, str(PIPELINE), str(package)], check=True, capture_output=True)
            self.package = yaml.safe_load(package.read_text(encoding="utf-8"))
        self.task = self.package["root"]["dag"]["tasks"]["deploy-kserve"]

    def test_the_trained_model_is_deployed(self):
        model = self.task["inputs"]["artifacts"]["model"]["taskOutputArtifact"]
        self.assertEqual(model, {"outputArtifactKey": "model", "producerTask": "iris-pipeline"})
        command = self.package["deploymentSpec"]["executors"]["exec-deploy-kserve"]["container"]["command"]
        self.assertEqual(command, ["/deploy-kserve"])

    def test_the_cluster_is_looked_at_each_time(self):
        self.assertFalse(self.task["cachingOptions"].get("enableCache", False))


if __name__ == "__main__":
    unittest.main()
