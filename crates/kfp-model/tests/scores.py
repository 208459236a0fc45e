"""Checks an ONNX file and prints what ONNX Runtime answers: python scores.py MODEL ROWS, with rows of 32-bit floats."""

import json
import sys

import numpy
import onnx
import onnxruntime

path, rows = sys.argv[1:]
model = onnx.load(path)
onnx.checker.check_model(model, full_check=True)
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
(features,) = session.get_inputs()
rows = numpy.fromfile(rows, "<f4").reshape(-1, features.shape[1])


def scores(rows):
    return session.run(["label", "probabilities"], {features.name: rows})


labels, probabilities = scores(rows)
# One row at a time, trees are added up by several threads rather than rows.
for at in range(min(len(rows), 200)):
    alone = scores(rows[at : at + 1])
    assert (alone[0][0], *alone[1][0]) == (labels[at], *probabilities[at]), at

describe = lambda value: [value.name, value.type, value.shape]
json.dump(
    {
        "labels": labels.tolist(),
        "probabilities": probabilities.ravel().tolist(),
        "inputs": [describe(value) for value in session.get_inputs()],
        "outputs": [describe(value) for value in session.get_outputs()],
        "metadata": session.get_modelmeta().custom_metadata_map,
        "ir_version": model.ir_version,
        "opsets": {opset.domain: opset.version for opset in model.opset_import},
        "operators": sorted(node.op_type for node in model.graph.node),
    },
    sys.stdout,
)
