"""Prints what MLServer answers: python mlserver_scores.py FOLDER ROWS, with rows of 32-bit floats.

FOLDER has a model-settings.json, or is told apart by its file's name, as KServe's runtime leaves it to MLServer.
"""

import asyncio
import json
import pathlib
import sys

import numpy
from mlserver.codecs import NumpyCodec
from mlserver.repository import SchemalessModelRepository
from mlserver.settings import ModelParameters, ModelSettings
from mlserver.types import InferenceRequest

folder, rows = sys.argv[1:]


async def models():
    if (pathlib.Path(folder) / "model-settings.json").exists():
        return await SchemalessModelRepository(folder).list()
    implementation = "mlserver_xgboost.XGBoostModel"
    parameters = ModelParameters(uri=folder)
    return [ModelSettings(name="model", implementation=implementation, parameters=parameters)]


async def answer():
    (settings,) = await models()
    model = settings.implementation(settings)
    assert await model.load()
    values = numpy.fromfile(rows, "<f4").reshape(-1, 5)
    features = NumpyCodec.encode_input("features", values)
    response = await model.predict(InferenceRequest(inputs=[features]))
    (output,) = response.outputs
    values = NumpyCodec.decode_output(output)
    return {"name": model.name, "shape": output.shape, "probabilities": values.ravel().tolist()}


json.dump(asyncio.run(answer()), sys.stdout)
