//! The one table of what can be wrong with a pipeline. A code never changes its meaning.

use Severity::{Error, Info, Warning};
pub use kfp_component_yaml::lint::{Rule, Severity};

/// Defines rules as statics, and the list of them in this order.
macro_rules! define {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $severity:ident, $summary:literal, help: $help:literal, $explanation:literal;)*) => {
        $(
            $(#[$doc])*
            pub static $name: Rule = Rule {
                code: $code,
                severity: $severity,
                summary: $summary,
                help: $help,
                explanation: $explanation,
            };
        )*
        static RULES: &[&Rule] = &[$(&$name),*];
    };
}

define! {
    /// The file is a document of another kind, or not YAML.
    NOT_A_PIPELINE = "not-a-pipeline", Error, "the file is not a compiled pipeline of KFP 2",
        help: "compile the pipeline with kfp 2: `kfp dsl compile --py FILE.py --output FILE.yaml`",
        "A compiled pipeline is a YAML mapping with `pipelineInfo` and `root`.";
    /// The file cannot be read as a pipeline.
    BAD_PIPELINE = "bad-pipeline", Error, "the file is not a pipeline of KFP 2.1",
        help: "compile it with kfp 2: `kfp dsl compile --py FILE.py --output FILE.yaml`",
        "A compiled pipeline is a protobuf message written as YAML: unknown fields and values of another type are \
         refused by the API server too.";
    /// A task runs a component that is not in the file.
    MISSING_COMPONENT = "missing-component", Error, "a task runs a component that is not in the file",
        help: "compile the pipeline again",
        "Tasks name their components, and the file holds all of them. Hand-edited files are the usual cause.";
    /// A component has no executor, or one that is not in the file.
    MISSING_EXECUTOR = "missing-executor", Error, "nothing executes a component",
        help: "compile the pipeline again",
        "A component is either a graph of tasks, `dag`, or names an executor in `deploymentSpec`.";
    /// An executor that open-source KFP does not implement.
    UNSUPPORTED_EXECUTOR = "unsupported-executor", Error, "open-source KFP does not implement the executor",
        help: "write the step as a container component",
        "`resolver` and `customJob` exist on Google Cloud only.";
    /// A container without command and arguments.
    ENTRYPOINT = "image-entrypoint", Error, "a container has neither command nor arguments",
        help: "name the program: `command: [/program]`",
        "KFP starts its launcher in the image and gives it the command. The image's own ENTRYPOINT is not used.";
    /// A name that cannot be a file's.
    BAD_FILE_NAME = "bad-file-name", Error, "the name of a task or output cannot be a file's name",
        help: "use letters, digits, `-` and `_`",
        "Names become parts of paths and of addresses in object storage.";
    /// A default of another type than its parameter.
    DEFAULT_TYPE = "default-type", Error, "a default is of another type than its parameter",
        help: "write a default of the parameter's type",
        "The API server refuses the run.";
    /// A task or output refers to a task that is not in the graph.
    MISSING_TASK = "missing-task", Error, "the graph has no task of that name",
        help: "compile the pipeline again",
        "Tasks can wait for tasks of the same graph only, and take what those produce.";
    /// An output that nothing produces.
    MISSING_OUTPUT = "missing-output", Error, "an output is taken that nothing produces",
        help: "take an output that the component declares",
        "The driver finds no value, and the task that needs it fails.";
    /// A task is given what its component does not take.
    SURPLUS_INPUT = "surplus-input", Error, "a task is given an input that its component does not have",
        help: "compile the pipeline again with the component's current interface",
        "The interface in the file and the use of it disagree.";
    /// A task is not given what its component needs.
    MISSING_INPUT = "missing-input", Error, "a task is not given an input that it needs",
        help: "pass the input, or give it a default in the component",
        "Without a value and without a default the driver fails the task.";
    /// A value of another type than the input.
    INPUT_TYPE = "input-type", Error, "an input is given a value of another type",
        help: "pass a value of the input's type",
        "The driver compares types and fails the task: `input parameter type mismatch`.";
    /// A condition or selector that is not CEL.
    NOT_CEL = "not-cel", Error, "a condition or selector is not a CEL expression",
        help: "compare with a text without quotes: kfp does not escape them",
        "KFP's backend evaluates conditions as CEL and fails the task that has an invalid one. kfp.local takes it for \
         false, skips both branches and reports success.";
    /// Tasks wait for each other.
    TASK_CYCLE = "task-cycle", Error, "tasks wait for each other",
        help: "remove one of the dependencies",
        "None of them can ever start.";
    /// A component contains itself.
    COMPONENT_CYCLE = "component-cycle", Error, "a component contains itself",
        help: "write the recursion as a loop: `dsl.ParallelFor`",
        "KFP 2 has no recursion.";
    /// A pipeline of exit tasks.
    ONLY_EXIT_TASKS = "only-exit-tasks", Error, "the pipeline has exit tasks only",
        help: "add a task to run before them",
        "KFP's backend refuses to compile the workflow.";
    /// A pipeline that needs artifacts.
    PIPELINE_ARTIFACT = "pipeline-artifact", Error, "the pipeline needs an artifact, so it cannot run alone",
        help: "import the artifact within the pipeline: `dsl.importer(artifact_uri=…)`",
        "The API server accepts such a file and starts the run, which then fails in the driver: a run can be given \
         parameters only. kfp 2 can load the file as a component of another pipeline.";
    /// An importer with a condition.
    IMPORTER_CONDITION = "importer-condition", Error, "an importer has a condition",
        help: "put the condition around a task that takes the artifact",
        "KFP's backend refuses conditions on importers.";
    /// A loop over artifacts.
    ARTIFACT_LOOP = "artifact-loop", Error, "a loop over artifacts",
        help: "loop over a parameter, such as a list of names",
        "KFP's backend does not implement artifact iterators; kfp.local does.";
    /// Loop items that are not a list.
    LOOP_ITEMS = "loop-items", Error, "the items of a loop are not a list",
        help: "pass a list",
        "A loop runs once for each item of a JSON list.";
    /// An image whose name no registry takes.
    BAD_IMAGE = "bad-image", Error, "the name of an image is not one",
        help: "name it as `registry/repository:tag` or `registry/repository@sha256:…`",
        "No container engine can pull it, and nothing here stands for it.";
    /// A value that does not fit into an argument.
    LONG_ARGUMENT = "long-argument", Error, "a value is too long for an argument of a process",
        help: "pass it as an artifact, which is a file of any size",
        "Linux takes at most 131071 bytes in one argument. KFP passes each parameter as an argument, and all of them \
         together once more in the executor input.";
    /// Metadata that is too large.
    LARGE_METADATA = "large-metadata", Warning, "the metadata of an artifact is larger than 4 KiB",
        help: "keep large values in the artifact itself",
        "Metadata of all input artifacts travels in the executor input, which is one argument of at most 128 KiB.";
    /// An exit task with caching.
    CACHED_EXIT_TASK = "cached-exit-task", Warning, "an exit task may be taken from the cache",
        help: "switch it off for this task: `task.set_caching_options(False)`",
        "A cluster may take the outputs of an exit task from an earlier run, or even from another step of the same \
         run, instead of running it: then nothing is cleaned up and nobody is told.";
    /// A retry that a cluster may not make.
    RETRY_OF_PODS = "retry-of-pods", Warning, "a cluster may not try the task again",
        help: "see `retryPolicy` in the ConfigMap `workflow-controller-configmap` of the cluster",
        "KFP's own workflow settings say `retryPolicy: OnError`: pods that are lost are started again, programs that \
         exit with an error are not. A component that depends on a network should try again by itself.";
    /// A placeholder that stays as it is.
    NESTED_PLACEHOLDER = "nested-placeholder", Warning,
        "a constant of a pipeline has a placeholder inside a text, list or mapping",
        help: "pass the placeholder as an argument of its own and let the component join the texts",
        "The driver fills in a constant only where the whole text is one placeholder, kfp.local also within a text, \
         nobody within a list or mapping. What is left reaches the component as braces.";
    /// An interface that changed since the pipeline was compiled.
    CHANGED_INTERFACE = "changed-interface", Warning,
        "a component's interface is not the one the pipeline was compiled with",
        help: "compile the pipeline again with the component's current component.yaml",
        "The file holds a copy of each component's inputs and outputs. Where the component has changed since, an image \
         built from it does not understand the command line in the file.";
    /// An image that is not the locked one.
    OTHER_IMAGE = "other-image", Warning,
        "the pipeline names another image of a component than the lock file or the catalog",
        help: "compile the pipeline again, or run `kfp-comp add NAME` to lock the image that is meant",
        "`kfp-comp.lock` beside the pipeline says which image its components are; of a catalog, the image of any release is \
         right.";
    /// kfp.local does something else.
    KFP_LOCAL = "kfp-local", Info, "kfp.local does not run this as KFP's backend does",
        help: "run it with `kfp-comp run`, which follows the backend",
        "Constructs that KFP's backend implements and kfp.local 2.17 fails on or evaluates to something else: loops \
         over named outputs, `OneOf` of artifacts, optional parameters without default, lists collected from loops \
         within loops.";
}

/// Every rule: first what keeps a pipeline from running, then what it does otherwise than its author may think.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().copied()
}
