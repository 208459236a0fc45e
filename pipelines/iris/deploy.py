"""The iris pipeline of kfp2.py with one step more: the trained model is put behind KServe.

    python deploy.py [PACKAGE.yaml]

compiles it. On a laptop nothing can be deployed: no pod can read a model from here.
"""

import sys

from kfp import compiler, dsl

from kfp2 import IRIS_URL, iris_pipeline, load

deploy_kserve_op = load("deploy-kserve")


@dsl.pipeline(
    name="iris-deploy",
    description="Trains a classification model on the Iris dataset, and serves it",
)
def iris_deploy(
    url: str = IRIS_URL,
    endpoint: str = "iris",
    service_account: str = "models",
    dry_run: bool = False,
) -> str:
    trained = iris_pipeline(url=url)
    deployed = deploy_kserve_op(
        model=trained.outputs["model"],
        endpoint=endpoint,
        service_account=service_account,
        dry_run=dry_run,
    )
    # What the cluster serves is looked at each time.
    deployed.set_caching_options(False)
    return deployed.outputs["url"]


if __name__ == "__main__":
    package = sys.argv[1] if len(sys.argv) > 1 else "iris-deploy.yaml"
    compiler.Compiler().compile(pipeline_func=iris_deploy, package_path=package)
    print(package)
