"""Compiles a pipeline whose task logs metrics with the official SDK: metrics.py OUTPUT."""
import sys

from kfp import compiler, dsl


@dsl.component(base_image="python:3.11")
def measure(metrics: dsl.Output[dsl.Metrics], report: dsl.Output[dsl.ClassificationMetrics]):
    metrics.log_metric("accuracy", 0.875)
    metrics.log_metric("epochs", 12)
    metrics.metadata["comment"] = "not a number"
    report.log_roc_curve([0.0, 0.25, 1.0], [0.0, 0.5, 1.0], [1.0, 0.75, 0.0])
    report.log_confusion_matrix(["cat", "dog"], [[9, 1], [0, 10]])


@dsl.pipeline(name="measured")
def measured():
    measure()


compiler.Compiler().compile(measured, sys.argv[1])
