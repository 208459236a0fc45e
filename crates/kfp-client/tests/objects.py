"""A server of S3's API with some objects in it. It prints its address, and serves until its standard input ends."""
import sys

import boto3
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
s3 = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1",
                  aws_access_key_id="key", aws_secret_access_key="secret")
s3.create_bucket(Bucket="mlpipeline")
for key, content in {
    "runs/1/data": b"1,2\n",
    "runs/1/model/weights.bin": b"\0\1\2",
    "runs/1/model/nested/notes a+b.txt": b"hello",
    "runs/1/model-2": b"another",
}.items():
    s3.put_object(Bucket="mlpipeline", Key=key, Body=content)
# More than a page; not over the network, for that takes long.
backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
for number in range(1200):
    backend.put_object("mlpipeline", f"many/{number:04}", b"")
print(f"http://{host}:{port}", flush=True)
sys.stdin.read()
