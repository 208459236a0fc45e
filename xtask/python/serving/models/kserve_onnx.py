"""A model's ONNX file behind KServe's Python server: `kserve_onnx.py NAME FILE HTTP_PORT GRPC_PORT`."""

import sys
import uuid

import numpy
import onnxruntime
from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer

DATATYPES = {"label": "INT64", "probabilities": "FP32"}


class Onnx(Model):
    def __init__(self, name, file):
        super().__init__(name)
        self.session = onnxruntime.InferenceSession(file)
        self.ready = True

    async def predict(self, payload, headers=None, response_headers=None):
        is_v2 = isinstance(payload, InferRequest)
        rows = payload.inputs[0].as_numpy() if is_v2 else numpy.array(payload["instances"])
        rows = rows.astype(numpy.float32)
        answers = dict(zip(DATATYPES, self.session.run(list(DATATYPES), {"features": rows})))
        if not is_v2:
            return {"predictions": answers["label"].tolist()}
        outputs = []
        for name, values in answers.items():
            output = InferOutput(name, list(values.shape), DATATYPES[name])
            output.set_data_from_numpy(values, binary_data=False)
            outputs.append(output)
        return InferResponse(payload.id or str(uuid.uuid4()), self.name, outputs)


if __name__ == "__main__":
    name, file, http_port, grpc_port = sys.argv[1:]
    server = ModelServer(http_port=int(http_port), grpc_port=int(grpc_port), workers=1)
    server.start([Onnx(name, file)])
