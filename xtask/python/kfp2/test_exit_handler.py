"""A component that takes the final status of tasks: kfp 2 fills it in for an exit handler, and refuses it elsewhere."""

import pathlib
import tempfile
import unittest

import support
import yaml
from kfp import compiler, components, dsl

FILE = support.ROOT / "crates/kfp-component-yaml/tests/render/exit-handler.yaml"


@dsl.container_component
def work():
    return dsl.ContainerSpec(image="work", command=["true"])


class ExitHandler(unittest.TestCase):
    def test_the_compiler_fills_the_final_status_in(self):
        report = components.load_component_from_file(str(FILE))

        @dsl.pipeline(name="probe")
        def probe():
            with dsl.ExitHandler(report(options={"a": 1})):
                work()

        with tempfile.TemporaryDirectory() as folder:
            package = pathlib.Path(folder) / "probe.yaml"
            compiler.Compiler().compile(probe, str(package))
            spec = yaml.safe_load(package.read_text(encoding="utf-8"))
        inputs = spec["root"]["dag"]["tasks"]["my-component"]["inputs"]["parameters"]
        wanted = {"taskFinalStatus": {"producerTask": "exit-handler-1"}}
        self.assertEqual((inputs["status"], inputs["portable"]), (wanted, wanted))

    def test_the_compiler_refuses_it_in_any_other_task(self):
        report = components.load_component_from_file(str(FILE))
        with self.assertRaisesRegex(ValueError, "can only be used in an exit task"):

            @dsl.pipeline(name="probe")
            def probe():
                report(options={"a": 1})


if __name__ == "__main__":
    unittest.main()
