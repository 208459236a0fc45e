"""A component that takes the final status of tasks: kfp 1.8 never passes one, so the program finds its flag without a value."""

import pathlib
import tempfile
import unittest

import support
import yaml
from kfp import compiler, components, dsl

FILE = support.ROOT / "crates/kfp-component-yaml/tests/render/exit-handler.yaml"


class ExitHandler(unittest.TestCase):
    def test_no_final_status_is_passed(self):
        report = components.load_component_from_file(str(FILE))

        @dsl.pipeline(name="probe")
        def probe():
            report(options={"a": 1})

        with tempfile.TemporaryDirectory() as folder:
            package = pathlib.Path(folder) / "probe.yaml"
            compiler.Compiler().compile(probe, str(package))
            workflow = yaml.safe_load(package.read_text(encoding="utf-8"))
        (container,) = [it["container"] for it in workflow["spec"]["templates"] if "container" in it]
        self.assertEqual(container["args"][:3], ["--status", "--options", '{"a": 1}'])
        self.assertNotIn("--portable", container["args"])


if __name__ == "__main__":
    unittest.main()
