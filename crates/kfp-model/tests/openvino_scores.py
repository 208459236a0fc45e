"""Prints what OpenVINO answers: python openvino_scores.py MODEL ROWS, with rows of 32-bit floats."""

import json
import sys

import numpy
import openvino

path, rows = sys.argv[1:]
model = openvino.compile_model(path, "CPU")
rows = numpy.fromfile(rows, "<f4").reshape(-1, model.input("features").partial_shape[1].get_length())
answer = model({"features": rows})
json.dump(
    {name: answer[name].ravel().tolist() for name in ("label", "probabilities")},
    sys.stdout,
)
