"""Starts the servers that are compared: KServe's, MLServer, Triton and ours, each with the same model."""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent / "models"
NAME = "iris"
CLASSES = 3


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Server:
    """A running server: where it listens, and what it wrote."""

    def __init__(self, kind, folder, command, ports, environment=None):
        self.kind = kind
        self.http, self.grpc = (f"127.0.0.1:{port}" for port in ports)
        self.log = folder / f"{kind}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                env={**os.environ, **(environment or {})},
            )

    def wait(self, patience=120):
        """Until the model is ready."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.kind} ended:\n{self.log.read_text(errors='replace')[-4000:]}")
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                urllib.request.urlopen(f"http://{self.http}/v2/models/{NAME}/ready", timeout=5).close()
                return self
            time.sleep(0.02)
        raise RuntimeError(f"{self.kind} was not ready in {patience} s")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def onnx(model):
    return pathlib.Path(model) / "serving/onnx/model/1/model.onnx"


def ours(folder, model):
    http, grpc = free_ports(2)
    command = [os.environ["KFP_SERVE"], f"--model_name={NAME}", f"--model_dir={model}", "--host=127.0.0.1"]
    command += [f"--http_port={http}", f"--grpc_port={grpc}", "--drain-time=0s"]
    return Server("ours", folder, command, (http, grpc))


def mlserver(folder, model):
    http, grpc, metrics = free_ports(3)
    (folder / "mlserver").mkdir()
    settings = {
        "host": "127.0.0.1", "http_port": http, "grpc_port": grpc, "metrics_port": metrics, "parallel_workers": 0,
        "debug": False,
    }
    described = {
        "name": NAME,
        "implementation": "mlserver_onnx.Onnx",
        "inputs": [{"name": "features", "datatype": "FP32", "shape": [-1, 4]}],
        "outputs": [
            {"name": "label", "datatype": "INT64", "shape": [-1]},
            {"name": "probabilities", "datatype": "FP32", "shape": [-1, CLASSES]},
        ],
        "parameters": {"uri": str(onnx(model))},
    }
    (folder / "mlserver/settings.json").write_text(json.dumps(settings))
    (folder / "mlserver/model-settings.json").write_text(json.dumps(described))
    command = [pathlib.Path(os.environ["MLSERVER_PYTHON"]).with_name("mlserver"), "start", folder / "mlserver"]
    return Server("mlserver", folder, command, (http, grpc), {"PYTHONPATH": str(HERE)})


def kserve(folder, model):
    http, grpc = free_ports(2)
    command = [os.environ["KSERVE_PYTHON"], HERE / "kserve_onnx.py", NAME, onnx(model), http, grpc]
    return Server("kserve", folder, command, (http, grpc))


def triton(folder, model):
    """The server inside PyPI's nvidia-pytriton, which has Triton's Python backend only."""
    import pytriton

    package = pathlib.Path(pytriton.__file__).parent / "tritonserver"
    libraries = package.parents[1] / "nvidia_pytriton.libs"
    root = folder / "triton"
    version = root / "repository" / NAME / "1"
    version.mkdir(parents=True)
    shutil.copy(HERE / "triton_onnx.py", version / "model.py")
    shutil.copy(onnx(model), version)
    (version.parent / "config.pbtxt").write_text(
        f"""backend: "python"
max_batch_size: 0
input [{{ name: "features" data_type: TYPE_FP32 dims: [-1, 4] }}]
output [{{ name: "label" data_type: TYPE_INT64 dims: [-1] }},
        {{ name: "probabilities" data_type: TYPE_FP32 dims: [-1, {CLASSES}] }}]
instance_group [{{ kind: KIND_CPU }}]
"""
    )
    backends = root / "backends"
    shutil.copytree(package / "backends", backends)
    stub = f"python_backend_stubs/{sys.version_info.major}.{sys.version_info.minor}/triton_python_backend_stub"
    shutil.copy(package / stub, backends / "python")
    program = root / "tritonserver"
    shutil.copy(package / "bin/tritonserver", program)
    for file in (program, backends / "python/triton_python_backend_stub"):
        file.chmod(0o755)
    http, grpc, metrics = free_ports(3)
    command = [program, f"--model-repository={root / 'repository'}", f"--backend-directory={backends}"]
    command += ["--http-address=127.0.0.1", "--grpc-address=127.0.0.1"]
    command += [f"--http-port={http}", f"--grpc-port={grpc}", f"--metrics-port={metrics}"]
    environment = {"LD_LIBRARY_PATH": str(libraries), "PYTHONPATH": str(package.parents[1])}
    return Server("triton", folder, command, (http, grpc), environment)


@contextlib.contextmanager
def running(model):
    """All of them, by kind."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        started = []
        for start in (ours, mlserver, kserve, triton):
            server = start(pathlib.Path(folder), pathlib.Path(model))
            stack.callback(server.stop)
            started.append(server)
        yield {server.kind: server.wait() for server in started}
