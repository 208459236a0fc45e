"""What `kfp-comp deploy print` writes, as KServe's own Python models read it."""

import os
import subprocess
import unittest

import kserve
import kubernetes.client
import yaml

# kubernetes' reader looks for classes among its own.
for name in dir(kserve.models):
    if name.startswith(("V1beta1", "V1alpha1")):
        setattr(kubernetes.client.models, name, getattr(kserve.models, name))

URI = "s3://models/iris/1"
ACCOUNT = ["--service-account", "models", "--min-replicas", "0", "--max-replicas", "3"]
AMOUNTS = ["--cpu", "500m", "--memory", "256Mi", "--mode", "standard"]
PRINTED = {
    "plain": ["print", URI, "--name", "iris"],
    "everything": ["print", URI, "--name", "iris", *ACCOUNT, *AMOUNTS],
    "triton": ["print", URI, "--name", "iris", "--runtime", "kserve-tritonserver"],
    "xgboost": ["print", URI, "--name", "iris", "--format", "xgboost:2", "--protocol", "v1"],
    "image": ["print", URI, "--name", "iris", "--image", "example.com/serve@sha256:ab", *AMOUNTS],
    "minio": ["print", "minio://mlpipeline/iris", "--name", "iris"],
}


def printed(arguments):
    """The documents that the program prints."""
    command = [os.environ["KFP_COMP"], "deploy", *arguments]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return list(yaml.safe_load_all(run.stdout))


def read_and_written(kind, document):
    """The document after the models of that kind have read and written it."""
    client = kubernetes.client.ApiClient()
    model = client._ApiClient__deserialize(document, kind)
    return client.sanitize_for_serialization(model)


class Manifests(unittest.TestCase):
    def test_services_are_read_without_losing_a_key(self):
        for name, arguments in PRINTED.items():
            with self.subTest(name):
                (document,) = printed(arguments)
                written = read_and_written("V1beta1InferenceService", document)
                # The models give it a name, which KServe fills in.
                model = written["spec"]["predictor"].get("model", {})
                self.assertEqual(model.pop("name", ""), "")
                self.assertEqual(written, document)

    def test_a_runtime_is_read_without_losing_a_key(self):
        (document,) = printed(["serving-runtime", "own", "--image", "example.com/serve@sha256:ab"])
        kind = "V1alpha1ServingRuntime"
        self.assertEqual(read_and_written(kind, document), document)

    def test_a_login_is_read_without_losing_a_key(self):
        secret, account = printed(["storage-login", "models"])
        self.assertEqual(read_and_written("V1Secret", secret), secret)
        self.assertEqual(read_and_written("V1ServiceAccount", account), account)

    def test_a_key_that_the_models_do_not_know_would_be_lost(self):
        (document,) = printed(PRINTED["plain"])
        document["spec"]["predictor"]["model"]["storageUrl"] = "x"
        written = read_and_written("V1beta1InferenceService", document)
        self.assertNotIn("storageUrl", written["spec"]["predictor"]["model"])


if __name__ == "__main__":
    unittest.main()
