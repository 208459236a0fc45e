//! The protobuf messages an IR file is made of, as far as their JSON form is checked.

use kfp_ir::ParameterType;

/// What a field holds.
pub(super) enum Shape {
    Text,
    Bool,
    Integer,
    Number,
    Enum(&'static [&'static str]),
    Duration,
    /// `google.protobuf.Struct`
    Struct,
    /// `google.protobuf.Value`
    Any,
    Message(&'static Message),
    Map(&'static Shape),
    List(&'static Shape),
}

pub(super) struct Message {
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field],
}

pub(super) struct Field {
    /// Its name in JSON; the protobuf name is the same in snake case.
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// The group of fields of which one at most may be given.
    pub(super) group: Option<&'static str>,
}

const fn field(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        shape,
        group: None,
    }
}

const fn one_of(group: &'static str, name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        shape,
        group: Some(group),
    }
}

const fn message(name: &'static str, fields: &'static [Field]) -> Message {
    Message { name, fields }
}

use Shape::{Any, Bool, Duration, Enum, Integer, List, Map, Message as Of, Number, Struct, Text};

const PRIMITIVE_TYPE: Shape = Enum(&["PRIMITIVE_TYPE_UNSPECIFIED", "INT", "DOUBLE", "STRING"]);
const PARAMETER_TYPE: Shape = Enum(&{
    let mut names = ["PARAMETER_TYPE_ENUM_UNSPECIFIED"; 1 + ParameterType::ALL.len()];
    let mut at = 0;
    while at < ParameterType::ALL.len() {
        names[at + 1] = ParameterType::ALL[at].name();
        at += 1;
    }
    names
});
const STRATEGY: Shape = Enum(&[
    "TRIGGER_STRATEGY_UNSPECIFIED",
    "ALL_UPSTREAM_TASKS_SUCCEEDED",
    "ALL_UPSTREAM_TASKS_COMPLETED",
]);
const PASSTHROUGH: Shape = Enum(&[
    "NONE",
    "RESOURCES",
    "ENV",
    "KUBERNETES_AFFINITY",
    "KUBERNETES_TOLERATIONS",
    "KUBERNETES_NODE_SELECTOR",
    "KUBERNETES_VOLUMES",
]);

pub(super) static PIPELINE: Message = message(
    "ml_pipelines.PipelineSpec",
    &[
        field("pipelineInfo", Of(&INFO)),
        field("deploymentSpec", Struct),
        field("sdkVersion", Text),
        field("schemaVersion", Text),
        field("components", Map(&Of(&COMPONENT))),
        field("root", Of(&COMPONENT)),
        field("defaultPipelineRoot", Text),
    ],
);
static INFO: Message = message(
    "ml_pipelines.PipelineInfo",
    &[
        field("name", Text),
        field("displayName", Text),
        field("description", Text),
    ],
);
static COMPONENT: Message = message(
    "ml_pipelines.ComponentSpec",
    &[
        field("inputDefinitions", Of(&INPUTS)),
        field("outputDefinitions", Of(&OUTPUTS)),
        one_of("implementation", "dag", Of(&DAG)),
        one_of("implementation", "executorLabel", Text),
        field("singlePlatformSpecs", List(&Of(&SINGLE_PLATFORM))),
        field("taskConfigPassthroughs", List(&Of(&TASK_CONFIG))),
    ],
);
static INPUTS: Message = message(
    "ml_pipelines.ComponentInputsSpec",
    &[
        field("artifacts", Map(&Of(&INPUT_ARTIFACT))),
        field("parameters", Map(&Of(&INPUT_PARAMETER))),
    ],
);
static INPUT_ARTIFACT: Message = message(
    "ml_pipelines.ComponentInputsSpec.ArtifactSpec",
    &[
        field("artifactType", Of(&ARTIFACT_TYPE)),
        field("isArtifactList", Bool),
        field("isOptional", Bool),
        field("description", Text),
    ],
);
static ARTIFACT_TYPE: Message = message(
    "ml_pipelines.ArtifactTypeSchema",
    &[
        one_of("kind", "schemaTitle", Text),
        one_of("kind", "schemaUri", Text),
        one_of("kind", "instanceSchema", Text),
        field("schemaVersion", Text),
    ],
);
static INPUT_PARAMETER: Message = message(
    "ml_pipelines.ComponentInputsSpec.ParameterSpec",
    &[
        field("type", PRIMITIVE_TYPE),
        field("parameterType", PARAMETER_TYPE),
        field("defaultValue", Any),
        field("isOptional", Bool),
        field("description", Text),
        field("literals", List(&Any)),
    ],
);
static OUTPUTS: Message = message(
    "ml_pipelines.ComponentOutputsSpec",
    &[
        field("artifacts", Map(&Of(&OUTPUT_ARTIFACT))),
        field("parameters", Map(&Of(&OUTPUT_PARAMETER))),
    ],
);
static OUTPUT_ARTIFACT: Message = message(
    "ml_pipelines.ComponentOutputsSpec.ArtifactSpec",
    &[
        field("artifactType", Of(&ARTIFACT_TYPE)),
        field("properties", Map(&Of(&VALUE_OR_PARAMETER))),
        field("customProperties", Map(&Of(&VALUE_OR_PARAMETER))),
        field("metadata", Struct),
        field("isArtifactList", Bool),
        field("description", Text),
    ],
);
static OUTPUT_PARAMETER: Message = message(
    "ml_pipelines.ComponentOutputsSpec.ParameterSpec",
    &[
        field("type", PRIMITIVE_TYPE),
        field("parameterType", PARAMETER_TYPE),
        field("description", Text),
    ],
);
static VALUE_OR_PARAMETER: Message = message(
    "ml_pipelines.ValueOrRuntimeParameter",
    &[
        one_of("value", "constantValue", Of(&OLD_VALUE)),
        one_of("value", "runtimeParameter", Text),
        one_of("value", "constant", Any),
    ],
);
static OLD_VALUE: Message = message(
    "ml_pipelines.Value",
    &[
        one_of("value", "intValue", Integer),
        one_of("value", "doubleValue", Number),
        one_of("value", "stringValue", Text),
    ],
);
static DAG: Message = message(
    "ml_pipelines.DagSpec",
    &[
        field("tasks", Map(&Of(&TASK))),
        field("outputs", Of(&DAG_OUTPUTS)),
    ],
);
static TASK: Message = message(
    "ml_pipelines.PipelineTaskSpec",
    &[
        field("taskInfo", Of(&NAME)),
        field("inputs", Of(&TASK_INPUTS)),
        field("dependentTasks", List(&Text)),
        field("cachingOptions", Of(&CACHING)),
        field("componentRef", Of(&NAME)),
        field("triggerPolicy", Of(&TRIGGER)),
        one_of("iterator", "artifactIterator", Of(&ARTIFACT_ITERATOR)),
        one_of("iterator", "parameterIterator", Of(&PARAMETER_ITERATOR)),
        field("retryPolicy", Of(&RETRY)),
        field("iteratorPolicy", Of(&ITERATOR_POLICY)),
    ],
);
/// Both `PipelineTaskInfo` and `ComponentRef` are a name.
static NAME: Message = message("ml_pipelines.PipelineTaskInfo", &[field("name", Text)]);
static TASK_INPUTS: Message = message(
    "ml_pipelines.TaskInputsSpec",
    &[
        field("parameters", Map(&Of(&TASK_PARAMETER))),
        field("artifacts", Map(&Of(&TASK_ARTIFACT))),
    ],
);
static TASK_PARAMETER: Message = message(
    "ml_pipelines.TaskInputsSpec.InputParameterSpec",
    &[
        one_of("kind", "taskOutputParameter", Of(&TASK_OUTPUT_PARAMETER)),
        one_of("kind", "runtimeValue", Of(&VALUE_OR_PARAMETER)),
        one_of("kind", "componentInputParameter", Text),
        one_of("kind", "taskFinalStatus", Of(&PRODUCER)),
        field("parameterExpressionSelector", Text),
    ],
);
static TASK_OUTPUT_PARAMETER: Message = message(
    "ml_pipelines.TaskInputsSpec.InputParameterSpec.TaskOutputParameterSpec",
    &[
        field("producerTask", Text),
        field("outputParameterKey", Text),
    ],
);
static PRODUCER: Message = message(
    "ml_pipelines.TaskInputsSpec.InputParameterSpec.TaskFinalStatus",
    &[field("producerTask", Text)],
);
static TASK_ARTIFACT: Message = message(
    "ml_pipelines.TaskInputsSpec.InputArtifactSpec",
    &[
        one_of("kind", "taskOutputArtifact", Of(&TASK_OUTPUT_ARTIFACT)),
        one_of("kind", "componentInputArtifact", Text),
    ],
);
static TASK_OUTPUT_ARTIFACT: Message = message(
    "ml_pipelines.TaskInputsSpec.InputArtifactSpec.TaskOutputArtifactSpec",
    &[
        field("producerTask", Text),
        field("outputArtifactKey", Text),
    ],
);
static CACHING: Message = message(
    "ml_pipelines.PipelineTaskSpec.CachingOptions",
    &[field("enableCache", Bool), field("cacheKey", Text)],
);
static TRIGGER: Message = message(
    "ml_pipelines.PipelineTaskSpec.TriggerPolicy",
    &[field("condition", Text), field("strategy", STRATEGY)],
);
static ARTIFACT_ITERATOR: Message = message(
    "ml_pipelines.ArtifactIteratorSpec",
    &[
        field("items", Of(&ARTIFACT_ITEMS)),
        field("itemInput", Text),
    ],
);
static ARTIFACT_ITEMS: Message = message(
    "ml_pipelines.ArtifactIteratorSpec.ItemsSpec",
    &[field("inputArtifact", Text)],
);
static PARAMETER_ITERATOR: Message = message(
    "ml_pipelines.ParameterIteratorSpec",
    &[
        field("items", Of(&PARAMETER_ITEMS)),
        field("itemInput", Text),
    ],
);
static PARAMETER_ITEMS: Message = message(
    "ml_pipelines.ParameterIteratorSpec.ItemsSpec",
    &[
        one_of("kind", "raw", Text),
        one_of("kind", "inputParameter", Text),
    ],
);
static RETRY: Message = message(
    "ml_pipelines.PipelineTaskSpec.RetryPolicy",
    &[
        field("maxRetryCount", Integer),
        field("backoffDuration", Duration),
        field("backoffFactor", Number),
        field("backoffMaxDuration", Duration),
    ],
);
static ITERATOR_POLICY: Message = message(
    "ml_pipelines.PipelineTaskSpec.IteratorPolicy",
    &[field("parallelismLimit", Integer)],
);
static DAG_OUTPUTS: Message = message(
    "ml_pipelines.DagOutputsSpec",
    &[
        field("artifacts", Map(&Of(&DAG_ARTIFACT))),
        field("parameters", Map(&Of(&DAG_PARAMETER))),
    ],
);
static DAG_ARTIFACT: Message = message(
    "ml_pipelines.DagOutputsSpec.DagOutputArtifactSpec",
    &[field("artifactSelectors", List(&Of(&ARTIFACT_SELECTOR)))],
);
static ARTIFACT_SELECTOR: Message = message(
    "ml_pipelines.DagOutputsSpec.ArtifactSelectorSpec",
    &[
        field("producerSubtask", Text),
        field("outputArtifactKey", Text),
    ],
);
static DAG_PARAMETER: Message = message(
    "ml_pipelines.DagOutputsSpec.DagOutputParameterSpec",
    &[
        one_of("kind", "valueFromParameter", Of(&PARAMETER_SELECTOR)),
        one_of("kind", "valueFromOneof", Of(&PARAMETER_SELECTORS)),
    ],
);
static PARAMETER_SELECTOR: Message = message(
    "ml_pipelines.DagOutputsSpec.ParameterSelectorSpec",
    &[
        field("producerSubtask", Text),
        field("outputParameterKey", Text),
    ],
);
static PARAMETER_SELECTORS: Message = message(
    "ml_pipelines.DagOutputsSpec.ParameterSelectorsSpec",
    &[field("parameterSelectors", List(&Of(&PARAMETER_SELECTOR)))],
);
static TASK_CONFIG: Message = message(
    "ml_pipelines.TaskConfigPassthrough",
    &[field("field", PASSTHROUGH), field("applyToTask", Bool)],
);

pub(super) static PLATFORMS: Message = message(
    "ml_pipelines.PlatformSpec",
    &[field("platforms", Map(&Of(&SINGLE_PLATFORM)))],
);
static SINGLE_PLATFORM: Message = message(
    "ml_pipelines.SinglePlatformSpec",
    &[
        field("deploymentSpec", Of(&PLATFORM_DEPLOYMENT)),
        field("platform", Text),
        field("config", Struct),
        field("pipelineConfig", Of(&PIPELINE_CONFIG)),
    ],
);
static PLATFORM_DEPLOYMENT: Message = message(
    "ml_pipelines.PlatformDeploymentConfig",
    &[field("executors", Map(&Struct))],
);
static PIPELINE_CONFIG: Message = message(
    "ml_pipelines.PipelineConfig",
    &[
        field("resourceTtlOnCompletion", Integer),
        field("workspace", Of(&WORKSPACE)),
        field("resourceTtlOnSuccess", Integer),
        field("resourceTtlOnFailure", Integer),
        field("activeDeadlineSeconds", Integer),
    ],
);
static WORKSPACE: Message = message(
    "ml_pipelines.WorkspaceConfig",
    &[
        field("size", Text),
        field("kubernetes", Of(&KUBERNETES_WORKSPACE)),
    ],
);
static KUBERNETES_WORKSPACE: Message = message(
    "ml_pipelines.KubernetesWorkspaceConfig",
    &[field("pvcSpecPatch", Struct)],
);
