"""Real servers and ours answer the same requests: success alike, and mistakes as recorded."""

import csv
import http.client
import json
import os
import pathlib
import struct
import unittest

import numpy
import tritonclient.grpc
import tritonclient.http
from prometheus_client.parser import text_string_to_metric_families
from tritonclient.utils import InferenceServerException

import servers

MODEL = os.environ["KFP_MODEL"]
TABLE = pathlib.Path(__file__).resolve().parents[3] / "pipelines/iris/iris.csv"
INFER = f"/v2/models/{servers.NAME}/infer"
ROWS = [[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]]


def ask(server, method, path, body=None, headers=None):
    """Status, content type and body of an answer."""
    connection = http.client.HTTPConnection(server.http, timeout=60)
    try:
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        # KServe's server takes other bodies for the binary form.
        connection.request(method, path, body, headers or {"content-type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.getheader("content-type", ""), answer.read()
    finally:
        connection.close()


def tensor(**changes):
    return {"name": "features", "shape": [2, 4], "datatype": "FP32", "data": ROWS, **changes}


def request(**changes):
    return {"inputs": [tensor(**changes)]}


def binary(values, header=None, size=None):
    """A body in the binary form, and its headers."""
    data = struct.pack(f"<{len(values)}f", *values)[:size]
    described = tensor(parameters={"binary_data_size": 32})
    del described["data"]
    head = json.dumps({"inputs": [described], "parameters": {"binary_data_output": True}}).encode()
    length = len(head) if header is None else header
    return head + data, {"Inference-Header-Content-Length": str(length)}


FLAT = [value for row in ROWS for value in row]

# What is asked, then the status of KServe's server, MLServer, Triton and ours.
MISTAKES = [
    ("unknown model ready", ("GET", "/v2/models/nope/ready"), 404, 404, 400, 404),
    ("unknown model metadata", ("GET", "/v2/models/nope"), 404, 404, 404, 404),
    ("unknown model infer", ("POST", "/v2/models/nope/infer", request()), 404, 404, 404, 404),
    ("version 7", ("GET", f"/v2/models/{servers.NAME}/versions/7"), 501, 404, 404, 404),
    ("element count", ("POST", INFER, request(data=[1.0])), 500, 500, 500, 400),
    ("wrong shape", ("POST", INFER, request(shape=[4, 2])), 500, 500, 400, 400),
    ("wrong name", ("POST", INFER, request(name="Z")), 200, 200, 400, 400),
    ("wrong datatype", ("POST", INFER, request(datatype="FP64")), 200, 200, 400, 400),
    ("unknown datatype", ("POST", INFER, request(datatype="FP33")), 400, 422, 400, 400),
    ("text for numbers", ("POST", INFER, request(data=["a"] * 8)), 500, 500, 500, 400),
    ("no inputs", ("POST", INFER, {"inputs": []}), 500, 500, 400, 400),
    ("empty object", ("POST", INFER, {}), 422, 422, 500, 400),
    ("broken JSON", ("POST", INFER, "{"), 422, 422, 500, 400),
    ("unknown output", ("POST", INFER, {**request(), "outputs": [{"name": "no"}]}), 200, 200, 400, 400),
    ("GET on infer", ("GET", INFER), 405, 405, 405, 405),
    ("binary a byte short", ("POST", INFER, *binary(FLAT, size=31)), 500, 422, 400, 400),
    ("header beyond the body", ("POST", INFER, *binary(FLAT, header=100000)), 400, 422, 400, 400),
]


class Serving(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.context = servers.running(MODEL)
        cls.servers = cls.context.__enter__()
        cls.addClassCleanup(cls.context.__exit__, None, None, None)
        cls.ours = cls.servers["ours"]
        with open(TABLE, newline="", encoding="utf-8") as table:
            lines = list(csv.reader(table))[1:]
        cls.table = numpy.array([line[:4] for line in lines], dtype=numpy.float32)

    def through(self, client, server, **arguments):
        """The label and the probabilities of every row of the table, by a client of Triton's."""
        library = {"http": tritonclient.http, "grpc": tritonclient.grpc}[client]
        features = library.InferInput("features", list(self.table.shape), "FP32")
        features.set_data_from_numpy(self.table, **arguments)
        wanted = None
        if arguments:
            wanted = [library.InferRequestedOutput(name, **arguments) for name in ("label", "probabilities")]
        with library.InferenceServerClient(getattr(server, client)) as connection:
            self.assertTrue(connection.is_server_live())
            self.assertTrue(connection.is_server_ready())
            self.assertTrue(connection.is_model_ready(servers.NAME))
            # KServe's server takes a body without a type for the binary form, which Triton's client leaves out for JSON.
            headers = {"content-type": "application/json"} if arguments == {"binary_data": False} else None
            answer = connection.infer(servers.NAME, [features], outputs=wanted, request_id="42", headers=headers)
            response = answer.get_response()
        self.assertEqual("42", response["id"] if client == "http" else response.id)
        if client == "grpc" and not response.raw_output_contents:
            # KServe's server answers with typed lists, which Triton's client does not read.
            label, probabilities = response.outputs
            label = numpy.array(label.contents.int64_contents)
            probabilities = numpy.array(probabilities.contents.fp32_contents, dtype=numpy.float32)
        else:
            label, probabilities = answer.as_numpy("label"), answer.as_numpy("probabilities")
        return label.reshape(-1), probabilities.reshape(-1, servers.CLASSES)

    def assert_alike(self, answers):
        label, probabilities = answers.pop("ours")
        self.assertEqual(len(self.table), len(label))
        for kind, (their_label, their_probabilities) in answers.items():
            with self.subTest(server=kind):
                numpy.testing.assert_array_equal(label, their_label)
                numpy.testing.assert_array_equal(probabilities, their_probabilities)

    def test_all_servers_score_every_row_alike_over_rest(self):
        self.assert_alike(
            {kind: self.through("http", server, binary_data=False) for kind, server in self.servers.items()}
        )

    def test_all_servers_score_every_row_alike_over_grpc(self):
        self.assert_alike({kind: self.through("grpc", server) for kind, server in self.servers.items()})

    def test_triton_and_ours_score_every_row_alike_in_the_binary_form(self):
        # MLServer does not read it.
        kinds = ("ours", "triton")
        answers = {kind: self.through("http", self.servers[kind], binary_data=True) for kind in kinds}
        self.assert_alike(answers)

    def test_success_answers_are_equal_once_extras_are_dropped(self):
        def normal(answer):
            outputs = [
                {key: output[key] for key in ("name", "shape", "datatype")} | {"data": numpy.ravel(output["data"]).tolist()}
                for output in answer["outputs"]
            ]
            return {"id": answer["id"], "model_name": answer["model_name"], "outputs": outputs}

        def flattened(shape):
            return shape[:1] if shape[1:] == [1] else shape

        for data in (ROWS, FLAT):
            answers = {}
            for kind, server in self.servers.items():
                status, _, body = ask(server, "POST", INFER, {**request(data=data), "id": "7"})
                self.assertEqual(200, status, (kind, body))
                answers[kind] = normal(json.loads(body))
                for output in answers[kind]["outputs"]:
                    # MLServer makes a column of a list.
                    output["shape"] = flattened(output["shape"])
                    output["data"] = [float(numpy.float32(value)) for value in output["data"]]
            for kind, answer in answers.items():
                with self.subTest(server=kind):
                    self.assertEqual(answers["ours"], answer)

    def test_metadata_is_tritons(self):
        def tensors(kind, side):
            _, _, body = ask(self.servers[kind], "GET", f"/v2/models/{servers.NAME}")
            keys = ("name", "datatype", "shape")
            return [{key: tensor[key] for key in keys} for tensor in json.loads(body)[side]]

        for side in ("inputs", "outputs"):
            self.assertEqual(tensors("triton", side), tensors("ours", side))
            self.assertEqual(tensors("mlserver", side), tensors("ours", side))

    def test_health_is_200_everywhere(self):
        paths = ["/v2", "/v2/health/live", "/v2/health/ready", f"/v2/models/{servers.NAME}/ready"]
        for kind, server in self.servers.items():
            for path in paths:
                with self.subTest(server=kind, path=path):
                    self.assertEqual(200, ask(server, "GET", path)[0])

    def test_mistakes_get_the_recorded_status_and_ours_a_json_error(self):
        for name, asked, *expected in MISTAKES:
            for kind, status in zip(("kserve", "mlserver", "triton", "ours"), expected):
                with self.subTest(mistake=name, server=kind):
                    found, content_type, body = ask(self.servers[kind], *asked)
                    self.assertEqual(status, found, body[:300])
                    if kind == "ours":
                        self.assertEqual("application/json", content_type)
                        self.assertTrue(json.loads(body)["error"])

    def test_ours_refuses_the_same_mistakes_over_grpc(self):
        def infer(model=servers.NAME, name="features", shape=(2, 4), datatype="FP32", version="", **more):
            kinds = {"FP32": numpy.float32, "FP64": numpy.float64}
            features = tritonclient.grpc.InferInput(name, list(shape), datatype)
            features.set_data_from_numpy(numpy.zeros(shape, dtype=kinds[datatype]))
            with tritonclient.grpc.InferenceServerClient(self.ours.grpc) as client:
                return client.infer(model, [features], model_version=version, **more)

        self.assertEqual((2,), infer().as_numpy("label").shape)
        unknown = [tritonclient.grpc.InferRequestedOutput("no")]
        for arguments, status in [
            ({"model": "nope"}, "NOT_FOUND"),
            ({"version": "7"}, "NOT_FOUND"),
            ({"name": "Z"}, "INVALID_ARGUMENT"),
            ({"datatype": "FP64"}, "INVALID_ARGUMENT"),
            ({"shape": (4, 2)}, "INVALID_ARGUMENT"),
            ({"outputs": unknown}, "INVALID_ARGUMENT"),
        ]:
            with self.subTest(**arguments), self.assertRaises(InferenceServerException) as caught:
                infer(**arguments)
            self.assertEqual(f"StatusCode.{status}", caught.exception.status())

    def test_kserves_first_protocol_is_spoken_at_both(self):
        for kind in ("kserve", "ours"):
            with self.subTest(server=kind):
                server = self.servers[kind]
                _, _, body = ask(server, "GET", "/v1/models")
                self.assertEqual({"models": [servers.NAME]}, json.loads(body))
                _, _, body = ask(server, "GET", f"/v1/models/{servers.NAME}")
                self.assertEqual({"name": servers.NAME, "ready": True}, json.loads(body))
                path = f"/v1/models/{servers.NAME}:predict"
                status, _, body = ask(server, "POST", path, {"instances": ROWS})
                self.assertEqual(200, status, body)
                self.assertEqual(len(ROWS), len(json.loads(body)["predictions"]))
        status, _, body = ask(self.ours, "POST", path, [ROWS])
        self.assertEqual(400, status, body)

    def test_metrics_have_the_names_of_kserve(self):
        families = {}
        for kind in ("kserve", "ours"):
            self.assertEqual(200, ask(self.servers[kind], "POST", INFER, request())[0])
            _, _, body = ask(self.servers[kind], "GET", "/metrics")
            families[kind] = {family.name: family for family in text_string_to_metric_families(body.decode())}
        stages = [name for name in families["kserve"] if name.startswith("request_") and name.endswith("_seconds")]
        self.assertEqual(4, len(stages))
        for name in stages:
            theirs, own = families["kserve"][name], families["ours"][name]
            self.assertEqual(theirs.type, own.type)
            labels = {frozenset(sample.labels) - {"le"} for sample in own.samples}
            self.assertEqual({frozenset({"model_name"})}, labels)
        counted = families["ours"]["model_infer_request_success"].samples[0]
        self.assertGreaterEqual(counted.value, 1)


if __name__ == "__main__":
    unittest.main()
