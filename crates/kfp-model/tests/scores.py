"""Checks ONNX files and prints what ONNX Runtime answers: python scores.py (MODEL ROWS)..., with rows of 32-bit floats."""

import json
import sys

import numpy
import onnx
import onnxruntime


def describe(values):
    return [[value.name, value.type, value.shape] for value in values]


def answer(path, rows):
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
    return {
        "labels": labels.tolist(),
        "probabilities": probabilities.ravel().tolist(),
        "inputs": describe(session.get_inputs()),
        "outputs": describe(session.get_outputs()),
        "metadata": session.get_modelmeta().custom_metadata_map,
        "ir_version": model.ir_version,
        "opsets": {opset.domain: opset.version for opset in model.opset_import},
    }


files = iter(sys.argv[1:])
json.dump([answer(model, rows) for model, rows in zip(files, files)], sys.stdout)
