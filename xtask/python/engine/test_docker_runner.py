"""The iris pipeline and single components through kfp.local's DockerRunner, not as root, in the images of our Dockerfiles."""

import contextlib
import io
import json
import os
import pathlib
import runpy
import shutil
import tempfile
import unittest

import support
from kfp import components, local

USER = f"{os.getuid()}:{os.getgid()}" if os.getuid() else "65532:65532"
IRIS = support.ROOT / "pipelines/iris"


def component(name):
    return components.load_component_from_file(str(support.ROOT / "components" / name / "component.yaml"))


def member(name):
    (found,) = [member for member in support.signatures() if member["name"] == name]
    return components.load_component_from_file(found["component"])


class DockerRunner(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="kfp-"))
        self.root.chmod(0o777)
        self.addCleanup(shutil.rmtree, self.root)
        # A file is all they fetch, so they get no network.
        local.init(local.DockerRunner(user=USER, network_mode="none"), pipeline_root=str(self.root))

    def run_quietly(self, function, **arguments):
        """Its result and its log."""
        log = io.StringIO()
        with contextlib.redirect_stdout(log):
            task = function(**arguments)
        return task, log.getvalue()

    def test_runs_the_iris_pipeline_to_accuracy_and_confusion_matrix(self):
        shutil.copy(IRIS / "iris.csv", self.root)
        pipeline = runpy.run_path(str(IRIS / "kfp2.py"))["iris_pipeline"]
        task, _ = self.run_quietly(pipeline, url=f"file://{self.root}/iris.csv")
        for name, artifact in task.outputs.items():
            print(f"\n{name}: {artifact.path}\n  {json.dumps(artifact.metadata)}", end="")
        print()

        accuracy = task.outputs["metrics"].metadata["accuracy_score"]
        self.assertTrue(0.8 < accuracy <= 1, accuracy)
        matrix = task.outputs["confusion_matrix"].metadata["confusionMatrix"]
        labels = [spec["displayName"] for spec in matrix["annotationSpecs"]]
        self.assertEqual(labels, ["Setosa", "Versicolor", "Virginica"])
        rows = [row["row"] for row in matrix["rows"]]
        self.assertEqual([sum(row) for row in rows], [10, 10, 10])
        right = sum(rows[index][index] for index in range(3))
        self.assertAlmostEqual(right / 30, accuracy)

        metrics = json.loads(pathlib.Path(task.outputs["metrics"].path).read_text())
        self.assertEqual(metrics["metrics"][0]["name"], "accuracy_score")
        self.assertEqual(metrics["metrics"][0]["format"], "PERCENTAGE")
        model = pathlib.Path(task.outputs["model"].path)
        manifest = json.loads((model / "MANIFEST.json").read_text())
        self.assertEqual(task.outputs["model"].metadata["format"], f"{manifest['format']} {manifest['version']}")
        for file in manifest["files"]:
            self.assertEqual((model / file["path"]).stat().st_size, file["bytes"])
        owners = {path.stat().st_uid for path in self.root.rglob("*") if path.name != "iris.csv"}
        self.assertEqual(owners, {int(USER.split(":")[0])})

    def test_hands_a_file_over_unchanged(self):
        shutil.copy(IRIS / "iris.csv", self.root)
        task, _ = self.run_quietly(component("data-ingestion"), url=f"file://{self.root}/iris.csv")
        found = pathlib.Path(task.outputs["data"].path).read_bytes()
        self.assertEqual(found, (IRIS / "iris.csv").read_bytes())

    def test_never_reports_a_failed_component_as_success(self):
        # Now and then the runner misses the exit code, and fails at the executor output instead.
        ingest = component("data-ingestion")
        for attempt in range(50):
            log = io.StringIO()
            with self.subTest(attempt=attempt), contextlib.redirect_stdout(log):
                with self.assertRaisesRegex(Exception, "FAILURE|did not finish; its log says why"):
                    ingest(url=f"file://{self.root}/missing.csv")
                self.assertIn("error: ", log.getvalue())
                self.assertIn("missing.csv", log.getvalue().split("error: ", 1)[1])

    def arrives_in(self, name, **arguments):
        """What the component wrote of its arguments; the log of a quick container may be gone with it."""
        task, _ = self.run_quietly(member(name), **arguments)
        return json.loads(pathlib.Path(task.outputs["copy"].path).read_text())

    def test_starts_a_component_whose_optional_string_or_float_is_left_out(self):
        for name in ("signature-string-optional", "signature-f64-optional"):
            with self.subTest(component=name):
                self.assertEqual(self.arrives_in(name), {"value": None})

    def test_cannot_start_one_whose_optional_integer_is_left_out(self):
        # Known of 2.17, and why lint and generate ask for a default.
        with self.assertRaisesRegex(TypeError, "NoneType"):
            self.arrives_in("signature-i64-optional")
        self.assertEqual(self.arrives_in("signature-i64-optional", value=3), {"value": 3})


if __name__ == "__main__":
    unittest.main()
