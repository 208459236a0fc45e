"""What people do with the official client: official.py ENDPOINT PIPELINE. It prints how many calls it made."""
import sys
import urllib.request

import click.testing
import kfp
import kfp_server_api
from kfp.cli import cli
from kfp import dsl

endpoint, package = sys.argv[1:]
calls = 0


def call(method, *args, **kwargs):
    global calls
    calls += 1
    return method(*args, **kwargs)


def refused(status, method, *args, **kwargs):
    try:
        call(method, *args, **kwargs)
    except kfp_server_api.ApiException as error:
        assert error.status == status, error
    else:
        raise AssertionError(f"{method.__name__} was not refused")


client = call(kfp.Client, host=endpoint)
assert call(client.get_kfp_healthz).multi_user is False

# Pipelines and versions.
pipeline = call(client.upload_pipeline, package, pipeline_name="measure", description="both clients")
refused(409, client.upload_pipeline, package, pipeline_name="measure")
version = call(client.upload_pipeline_version, package, "v2", pipeline_id=pipeline.pipeline_id)
assert call(client.get_pipeline, pipeline.pipeline_id).display_name == "measure"
assert call(client.get_pipeline_id, "measure") == pipeline.pipeline_id
assert call(client.get_pipeline_id, "nobody") is None
assert call(client.list_pipelines, page_size=1, sort_by="created_at desc").total_size == 1
versions = call(client.list_pipeline_versions, pipeline.pipeline_id).pipeline_versions
assert len(versions) == 2
assert call(client.get_pipeline_version, pipeline.pipeline_id, version.pipeline_version_id).display_name == "v2"

# Experiments.
experiment = call(client.create_experiment, "both", description="clients")
assert call(client.create_experiment, "both").experiment_id == experiment.experiment_id
assert call(client.get_experiment, experiment_name="both").description == "clients"
assert call(client.get_experiment, experiment_id=experiment.experiment_id).display_name == "both"
assert len(call(client.list_experiments).experiments) == 2

# Runs.
reference = dict(pipeline_id=pipeline.pipeline_id, version_id=version.pipeline_version_id)
run = call(client.run_pipeline, experiment.experiment_id, "good", params={"how": "well", "rows": 8}, **reference)
run = call(client.wait_for_run_completion, run.run_id, timeout=60, sleep_duration=1)
assert run.state == "SUCCEEDED", run
failed = call(client.run_pipeline, experiment.experiment_id, "bad", params={"how": "fail"}, **reference)
assert call(client.wait_for_run_completion, failed.run_id, timeout=60, sleep_duration=1).state == "FAILED"
refused(400, client.run_pipeline, experiment.experiment_id, "typo", params={"hwo": "well"}, **reference)
refused(400, client.terminate_run, failed.run_id)
assert call(client.get_run, run.run_id).finished_at.year > 1970
assert call(client.list_runs, experiment_id=experiment.experiment_id, page_size=1).next_page_token
call(client.archive_run, run.run_id)
assert call(client.get_run, run.run_id).storage_state == "ARCHIVED"
call(client.unarchive_run, run.run_id)

# Schedules.
schedule = call(
    client.create_recurring_run, experiment.experiment_id, "nightly", cron_expression="0 0 5 * * *",
    params={"how": "well"}, enabled=False, **reference)
every = call(
    client.create_recurring_run, experiment.experiment_id, "each hour", interval_second=3600, no_catchup=True,
    params={"how": "well"}, **reference)
assert len(call(client.list_recurring_runs, experiment_id=experiment.experiment_id).recurring_runs) == 2
call(client.enable_recurring_run, schedule.recurring_run_id)
assert call(client.get_recurring_run, schedule.recurring_run_id).status == "ENABLED"
call(client.disable_recurring_run, schedule.recurring_run_id)
call(client.delete_recurring_run, every.recurring_run_id)

# The end of everything.
call(client.archive_experiment, experiment.experiment_id)
call(client.unarchive_experiment, experiment.experiment_id)
call(client.delete_run, failed.run_id)
call(client.delete_experiment, experiment.experiment_id)
refused(400, client.delete_pipeline, pipeline.pipeline_id)
call(client.delete_pipeline_version, pipeline.pipeline_id, version.pipeline_version_id)

# From here on the requests are not compared: the clients compile nothing alike.
try:
    urllib.request.urlopen(endpoint + "/end-of-comparison")
except urllib.error.HTTPError:
    pass


@dsl.container_component
def greet(name: str):
    return dsl.ContainerSpec(image="busybox", command=["echo", name])


@dsl.pipeline
def greetings(name: str = "you"):
    greet(name=name)


call(client.upload_pipeline_from_pipeline_func, greetings)
result = call(client.create_run_from_pipeline_func, greetings, arguments={"name": "them"})
assert call(result.wait_for_run_completion, timeout=60).state == "SUCCEEDED"
result = call(client.create_run_from_pipeline_package, package, arguments={"how": "well"}, experiment_name="other")
assert call(client.wait_for_run_completion, result.run_id, timeout=60, sleep_duration=1).state == "SUCCEEDED"

# The official command line is a client, too.
runner = click.testing.CliRunner()
for words in ["pipeline list", "pipeline get " + pipeline.pipeline_id, "experiment list", "run list",
              "run get " + result.run_id, "run archive " + result.run_id, "recurring-run list"]:
    calls += 1
    shown = runner.invoke(cli.cli, ["--endpoint", endpoint, "--output", "json", *words.split()], obj={})
    assert shown.exit_code == 0, (words, shown.output, shown.exception)
print("calls", calls)
