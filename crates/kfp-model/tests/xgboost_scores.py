"""Prints what XGBoost predicts: python xgboost_scores.py MODEL ROWS, with rows of 32-bit floats."""

import json
import os
import sys

# Waiting threads take the processor from other tests.
os.environ["OMP_NUM_THREADS"] = "1"

import numpy
import xgboost

path, rows = sys.argv[1:]
booster = xgboost.Booster()
booster.load_model(path)
rows = numpy.fromfile(rows, "<f4").reshape(-1, booster.num_features())
probabilities = booster.predict(xgboost.DMatrix(rows))
# As MLServer loads it.
regressor = xgboost.XGBRegressor()
regressor.load_model(path)
assert (regressor.predict(rows) == probabilities).all()
json.dump(
    {"probabilities": probabilities.ravel().tolist(), "shape": list(probabilities.shape)},
    sys.stdout,
)
