"""A model's ONNX file behind Triton's Python backend; the file stands beside this one."""

import os
import pathlib
import sys

# Triton's interpreter does not read it.
sys.path.insert(0, os.environ["PYTHONPATH"])

import onnxruntime
import triton_python_backend_utils as backend


class TritonPythonModel:
    def initialize(self, _):
        file = pathlib.Path(__file__).with_name("model.onnx")
        self.session = onnxruntime.InferenceSession(str(file))

    def execute(self, requests):
        responses = []
        for request in requests:
            rows = backend.get_input_tensor_by_name(request, "features").as_numpy()
            label, probabilities = self.session.run(["label", "probabilities"], {"features": rows})
            tensors = [backend.Tensor("label", label), backend.Tensor("probabilities", probabilities)]
            responses.append(backend.InferenceResponse(output_tensors=tensors))
        return responses
