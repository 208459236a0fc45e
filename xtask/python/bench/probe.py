"""The function the start-up is measured with, as kfp 2 starts it in a container."""

import json

from kfp import dsl
from kfp.dsl import Artifact, Output


def probe(value: str, copy: Output[Artifact]):
    with open(copy.path, "w") as file:
        file.write(json.dumps({"value": value}))
