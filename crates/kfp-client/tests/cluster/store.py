"""The real engine of the metadata store behind gRPC-web: store.py RECORDING.

The engine is the C++ library in the wheel ml-metadata, with a database in memory. It is filled with what a real KFP was
recorded to have in its store. The first line printed is the port; it serves until its standard input ends.
"""
import http.server
import json
import struct
import sys
import threading

from google.protobuf import json_format
from ml_metadata.metadata_store.pywrap.metadata_store_extension import metadata_store as engine
from ml_metadata.proto import metadata_store_pb2 as pb, metadata_store_service_pb2 as service

config = pb.ConnectionConfig()
config.fake_database.SetInParent()
store = engine.CreateMetadataStore(config.SerializeToString(), pb.MigrationOptions().SerializeToString())
lock = threading.Lock()


def call(name, request):
    with lock:
        answer, message, code = getattr(engine, name)(store, request.SerializeToString())
    assert not code, (name, code, message)
    return getattr(service, name.replace("Request", "") + "Response").FromString(answer)


def parsed(value, message, **changes):
    """A recorded message for a request: what only the store sets is left out."""
    value = {key: part for key, part in value.items()
             if key not in ("id", "type_id", "type", "create_time_since_epoch", "last_update_time_since_epoch")}
    json_format.ParseDict(value, message)
    for name, change in changes.items():
        setattr(message, name, change)
    return message


def type_id(kind, name):
    request = getattr(service, f"Put{kind}TypeRequest")()
    getattr(request, f"{kind.lower()}_type").name = name
    return call(f"Put{kind}Type", request).type_id


def fill(recording):
    context = executions = artifacts = None
    numbers = {}
    for line in open(recording):
        line = json.loads(line)
        name, answer = line.get("call"), line.get("response")
        if name == "GetContextByTypeAndName":
            request = service.PutContextsRequest()
            parsed(answer["context"], request.contexts.add(), type_id=type_id("Context", answer["context"]["type"]))
            context = call("PutContexts", request).context_ids[0]
        elif name == "GetExecutionsByContext":
            executions = {}
            for one in answer.get("executions", []):
                request = service.PutExecutionsRequest()
                parent = one["custom_properties"].get("parent_dag_id")
                if parent:
                    parent["int_value"] = executions[parent["int_value"]]
                parsed(one, request.executions.add(), type_id=type_id("Execution", one["type"]))
                executions[one["id"]] = call("PutExecutions", request).execution_ids[0]
        elif name == "GetArtifactsByContext":
            artifacts = {}
            for one in answer.get("artifacts", []):
                request = service.PutArtifactsRequest()
                parsed(one, request.artifacts.add(), type_id=type_id("Artifact", one["type"]))
                # A cached run has the artifacts of the run before.
                if one["id"] not in numbers:
                    numbers[one["id"]] = call("PutArtifacts", request).artifact_ids[0]
                artifacts[one["id"]] = numbers[one["id"]]
        elif name == "GetEventsByExecutionIDs":
            request = service.PutEventsRequest()
            for one in answer.get("events", []):
                one = {**one, "artifact_id": artifacts[one["artifact_id"]], "execution_id": executions[one["execution_id"]]}
                json_format.ParseDict(one, request.events.add())
            call("PutEvents", request)
            request = service.PutAttributionsAndAssociationsRequest()
            for number in artifacts.values():
                request.attributions.add(artifact_id=number, context_id=context)
            for number in executions.values():
                request.associations.add(execution_id=number, context_id=context)
            call("PutAttributionsAndAssociations", request)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        # Every run is one of a server that has no tasks of its own.
        self.answer(200, "application/json", b'{"run_id": "r", "state": "SUCCEEDED"}')

    def do_POST(self):
        name = self.path.rsplit("/", 1)[-1]
        body = self.rfile.read(int(self.headers["content-length"]))
        assert self.headers["content-type"] == "application/grpc-web+proto", self.headers
        flag, length = struct.unpack(">BI", body[:5])
        assert flag == 0 and length == len(body) - 5, body[:5]
        with lock:
            answer, message, code = getattr(engine, name)(store, body[5:])
        if isinstance(message, bytes):
            message = message.decode()
        trailers = f"grpc-status: {code}\r\ngrpc-message: {message}\r\n".encode()
        data = b"" if code else struct.pack(">BI", 0, len(answer)) + answer
        self.answer(200, "application/grpc-web+proto", data + struct.pack(">BI", 0x80, len(trailers)) + trailers)

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


fill(sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
