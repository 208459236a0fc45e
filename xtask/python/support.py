"""What the tests of both SDKs share."""

import contextlib
import functools
import http.server
import json
import os
import pathlib
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ["data-ingestion", "data-preprocess", "train-eval"]


def described():
    return json.loads(pathlib.Path(os.environ["KFP_SIGNATURES"]).read_text(encoding="utf-8"))


def signatures():
    """The generated components that both SDKs load, as `cargo xtask test` describes them."""
    return [member for member in described() if not member["takes_list"]]


def program(command):
    """The program that a container with this command would start: `/signature-reads`."""
    (found,) = [member["program"] for member in described() if f"/{member['name']}" == command]
    return found


def taking_a_list():
    """The one that takes a list of artifacts."""
    (member,) = [member for member in described() if member["takes_list"]]
    return member


def component_files():
    """Every component.yaml of the repository and of the signature matrix, by name."""
    files = {path.parent.name: path for path in sorted(ROOT.glob("components/*/component.yaml"))}
    assert set(NAMES) <= set(files), f"of {NAMES} there are {list(files)}"
    files.update((member["name"], pathlib.Path(member["component"])) for member in signatures())
    return files


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(directory):
    """A server on loopback for the files below a directory; yields its URL."""
    handler = functools.partial(Handler, directory=str(directory))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def arrived(log):
    """The values one of the signatures printed."""
    lines = [line for line in log.splitlines() if line.startswith("arrived: ")]
    assert len(lines) == 1, f"no values in the log:\n{log}"
    return json.loads(lines[0].removeprefix("arrived: "))


def same(left, right):
    """Equality as JSON has it: 3 is 3.0, but not true."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


def expected(member, case):
    """What should arrive: what was sent, and the defaults of what was not."""
    return {**member["omitted"], **case}
