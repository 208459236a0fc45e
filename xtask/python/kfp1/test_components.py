"""Our component.yaml files in kfp 1.8: they load, compile, and the arguments Argo would pass arrive as they were sent."""

import json
import pathlib
import subprocess
import tempfile
import unittest

import support
import yaml
from kfp import compiler, components, dsl

KINDS = {"Integer": 1, "Float": 0.5, "Boolean": True, "JsonArray": [1], "JsonObject": {"a": 1}}


def compile_task(call):
    """The Argo workflow of a pipeline that makes these tasks."""

    @dsl.pipeline(name="probe")
    def probe():
        call()

    with tempfile.TemporaryDirectory() as directory:
        package = pathlib.Path(directory) / "probe.yaml"
        compiler.Compiler().compile(probe, str(package))
        return yaml.safe_load(package.read_text(encoding="utf-8"))


def template(workflow):
    """The one container of a workflow."""
    (found,) = [template for template in workflow["spec"]["templates"] if "container" in template]
    return found


def sample(spec, required_only):
    """An argument for every input."""
    arguments = {}
    for entry in spec.inputs or []:
        if not (required_only and (entry.optional or entry.default is not None)):
            arguments[entry.name] = KINDS.get(entry.type, "text")
    return arguments


class EveryComponent(unittest.TestCase):
    def test_loads_and_compiles_with_all_and_with_only_required_arguments(self):
        for name, path in support.component_files().items():
            op = components.load_component_from_file(str(path))
            for required_only in (False, True):
                with self.subTest(component=name, required_only=required_only):
                    found = template(compile_task(lambda: op(**sample(op.component_spec, required_only))))
                    self.assertEqual(found["container"]["command"][0], f"/{name}")


class AListOfArtifacts(unittest.TestCase):
    def test_is_refused_because_kfp_1_has_none(self):
        with self.assertRaises(Exception):
            components.load_component_from_file(support.taking_a_list()["component"])


class WhatWasSentArrives(unittest.TestCase):
    """The template's arguments, fed to the real program with Argo's paths in a folder of the test."""

    def run_as_argo(self, member, task, folder):
        found = template(task)
        container = found["container"]
        for artifact in found.get("inputs", {}).get("artifacts", []):
            path = pathlib.Path(artifact["path"].replace("/tmp/", f"{folder}/", 1))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(artifact["raw"]["data"], encoding="utf-8")
        words = container["command"][1:] + container.get("args", [])
        words = [word.replace("/tmp/", f"{folder}/", 1) if word.startswith("/tmp/") else word for word in words]
        done = subprocess.run([member["program"], *words], capture_output=True, text=True, encoding="utf-8")
        self.assertEqual(done.returncode, 0, done.stderr)
        outputs = {artifact["name"].split("-", 1)[-1]: artifact for artifact in found["outputs"]["artifacts"]} if "outputs" in found else {}
        for artifact in outputs.values():
            path = pathlib.Path(artifact["path"].replace("/tmp/", f"{folder}/", 1))
            self.assertTrue(path.exists(), f"{path} was not written")
        return done.stdout

    def test_for_every_signature(self):
        for member in support.signatures():
            op = components.load_component_from_file(member["component"])
            for case in member["cases"]:
                with self.subTest(member=member["name"], case=case), tempfile.TemporaryDirectory() as folder:
                    log = self.run_as_argo(member, compile_task(lambda: op(**case)), folder)
                    found, wanted = support.arrived(log), support.expected(member, case)
                    self.assertTrue(support.same(found, wanted), f"{found} arrived for {wanted}")
                    for name, value in member["results"].items():
                        written = (pathlib.Path(folder) / "outputs" / name / "data").read_text(encoding="utf-8")
                        text = value if isinstance(value, str) else json.loads(written)
                        self.assertTrue(support.same(text if not isinstance(value, str) else written, value), written)

    def test_and_metrics_have_the_name_that_kfp_1_draws_in_the_file_for_it(self):
        (member,) = [member for member in support.signatures() if member["name"] == "signature-writes"]
        op = components.load_component_from_file(str(pathlib.Path(member["component"]).with_name("component.v1.yaml")))
        with tempfile.TemporaryDirectory() as folder:
            task = compile_task(lambda: op(**member["cases"][0]))
            self.assertIn("mlpipeline-metrics", [artifact["name"] for artifact in template(task)["outputs"]["artifacts"]])
            self.run_as_argo(member, task, folder)
            written = json.loads((pathlib.Path(folder) / "outputs" / "mlpipeline_metrics" / "data").read_text(encoding="utf-8"))
            self.assertEqual([(metric["name"], metric["numberValue"]) for metric in written["metrics"]], [("accuracy", 0.93)])


if __name__ == "__main__":
    unittest.main()
