"""Our component.yaml files in kfp 2: they load, compile, and what kfp.local passes arrives as it was sent."""

import contextlib
import io
import json
import pathlib
import subprocess
import tempfile
import unittest
from unittest import mock

import support
from kfp import compiler, components, dsl, local
from kfp.local import docker_task_handler, status

TYPES = {"Dataset": dsl.Dataset, "Model": dsl.Model, "Metrics": dsl.Metrics, "HTML": dsl.HTML, "Markdown": dsl.Markdown}


def importing(values, component, folder):
    """A pipeline that imports the artifacts among the arguments and calls the component with all of them."""
    kinds = {name: spec.type for name, spec in (component.component_spec.inputs or {}).items()}

    @dsl.pipeline(name="probe")
    def probe():
        arguments = dict(values)
        for name in values:
            if kinds[name].startswith("system."):
                path = pathlib.Path(folder) / f"imported-{name}"
                path.write_text(values[name], encoding="utf-8")
                kind = TYPES.get(kinds[name].split("@")[0].removeprefix("system."), dsl.Artifact)
                arguments[name] = dsl.importer(artifact_uri=str(path), artifact_class=kind).output
        component(**arguments)

    return probe


class EveryComponent(unittest.TestCase):
    def test_loads_and_compiles_and_loads_again(self):
        for name, path in support.component_files().items():
            with self.subTest(component=name), tempfile.TemporaryDirectory() as folder:
                component = components.load_component_from_file(str(path))
                package = pathlib.Path(folder) / "package.yaml"
                compiler.Compiler().compile(component, str(package))
                again = components.load_component_from_file(str(package))
                self.assertEqual(again.name, name)
                container = again.pipeline_spec.deployment_spec["executors"][f"exec-{name}"]["container"]
                self.assertEqual(container["command"][0], f"/{name}")


class Locally(unittest.TestCase):
    """kfp.local makes the command line, the executor input and reads the outputs; only the container is left out."""

    def run_locally(self, pipeline, folder, more=(), misses_it=False):
        logs = []

        def run_natively(handler):
            done = subprocess.run(
                [support.program(handler.full_command[0]), *handler.full_command[1:], *more], capture_output=True, text=True, encoding="utf-8"
            )
            logs.append(done.stdout + done.stderr)
            self.exit_code = done.returncode
            return status.Status.SUCCESS if done.returncode == 0 or misses_it else status.Status.FAILURE

        local.init(local.DockerRunner(), pipeline_root=str(pathlib.Path(folder) / "root"))
        with mock.patch.object(docker_task_handler.DockerTaskHandler, "run", run_natively):
            with contextlib.redirect_stdout(io.StringIO()):
                task = pipeline()
        return "".join(logs), task


class WhatWasSentArrives(Locally):
    def test_for_every_signature(self):
        for member in support.signatures():
            component = components.load_component_from_file(member["component"])
            for case in member["cases"]:
                with self.subTest(member=member["name"], case=case), tempfile.TemporaryDirectory() as folder:
                    pipeline = importing(case, component, folder)
                    if member["crashes_local"] and not case:
                        # Known of 2.17: the value is converted before anybody asks whether there is one.
                        with self.assertRaisesRegex(TypeError, "NoneType"):
                            self.run_locally(pipeline, folder)
                        continue
                    log, _ = self.run_locally(pipeline, folder)
                    found, wanted = support.arrived(log), support.expected(member, case)
                    self.assertTrue(support.same(found, wanted), f"{found} arrived for {wanted}")

    def test_and_every_output_is_there_for_the_next_task(self):
        for member in support.signatures():
            if member["artifacts"]:
                continue  # kfp.local takes artifacts inside a pipeline only
            component = components.load_component_from_file(member["component"])
            with self.subTest(member=member["name"]), tempfile.TemporaryDirectory() as folder:
                _, task = self.run_locally(lambda: component(**member["cases"][0]), folder)
                found = {name: task.outputs[name] for name in member["results"]}
                self.assertTrue(support.same(found, member["results"]), f"{found}")
                for name in member["files"]:
                    self.assertTrue(pathlib.Path(task.outputs[name].path).exists(), name)

    def test_and_a_failure_is_one_even_where_the_runner_missed_the_exit_code(self):
        # It takes a container that is gone by the time it asks for one that succeeded.
        member = support.signatures()[0]
        component = components.load_component_from_file(member["component"])
        call = lambda: component(**member["cases"][0])
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(Exception, "did not finish; its log says why"):
                self.run_locally(call, folder, more=["--unknown"], misses_it=True)
            self.assertEqual(self.exit_code, 2)

    def test_and_metrics_are_metadata(self):
        (member,) = [member for member in support.signatures() if member["name"] == "signature-writes"]
        component = components.load_component_from_file(member["component"])
        with tempfile.TemporaryDirectory() as folder:
            _, task = self.run_locally(lambda: component(**member["cases"][0]), folder)
            self.assertEqual(task.outputs["metrics"].metadata["accuracy"], 0.93)
            matrix = task.outputs["mlpipeline_ui_metadata"].metadata["confusionMatrix"]
            self.assertEqual([spec["displayName"] for spec in matrix["annotationSpecs"]], ["a", "b"])
            self.assertEqual([row["row"] for row in matrix["rows"]], [[2, 1], [0, 3]])


class AListOfArtifacts(Locally):
    """What the tasks of a loop wrote, collected: kfp 2 compiles and runs it, and so does the local engine."""

    def setUp(self):
        joins = components.load_component_from_file(support.taking_a_list()["component"])
        (member,) = [member for member in support.signatures() if member["name"] == "signature-writes"]
        writes = components.load_component_from_file(member["component"])

        @dsl.pipeline(name="loop")
        def loop() -> dsl.Dataset:
            with dsl.ParallelFor(["b", "a", "c"]) as text:
                written = writes(text=text)
            return joins(parts=dsl.Collected(written.outputs["artifact"])).outputs["joined"]

        self.loop = loop

    def test_arrives_in_the_order_of_the_loop(self):
        with tempfile.TemporaryDirectory() as folder:
            _, task = self.run_locally(self.loop, folder)
            self.assertEqual(pathlib.Path(task.outputs["Output"].path).read_text(encoding="utf-8"), "b,a,c")

    def test_arrives_in_that_order_from_the_local_engine(self):
        with tempfile.TemporaryDirectory() as folder:
            package = pathlib.Path(folder) / "loop.yaml"
            compiler.Compiler().compile(self.loop, str(package))
            workspace = pathlib.Path(support.taking_a_list()["component"]).parents[2]
            done = subprocess.run(
                [support.ROOT / "target/debug/kfp-comp", "run", str(package), "--json"],
                cwd=workspace,
                capture_output=True,
                text=True,
                encoding="utf-8",
            )
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            (joined,) = json.loads(done.stdout.splitlines()[-1])["outputs"]["artifacts"]["Output"]
            self.assertEqual(pathlib.Path(joined["uri"]).read_text(encoding="utf-8"), "b,a,c")


if __name__ == "__main__":
    unittest.main()
