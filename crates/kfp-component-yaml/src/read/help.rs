//! What to write instead of what the schema refuses, for each of the mistakes that public files show most.

use super::decode::Class;
use crate::suggest::nearest;
use kfp_pyyaml::{NodeId, Tree, Value};

/// The key that is being read: its class of the schema and its name.
pub(super) type Key = (&'static str, &'static str);

/// Instead of a key that the class does not have.
pub(super) fn unknown_key(class: &Class, key: &str) -> Option<String> {
    let known = || class.fields.iter().map(|field| field.key);
    let own = match (class.name, key) {
        ("ComponentSpec", "apiVersion" | "kind") => {
            Some("remove `apiVersion` and `kind`: a component.yaml is not a Kubernetes object")
        }
        ("ComponentSpec", "spec") => Some("move what is below `spec` one level up"),
        (
            "ComponentSpec",
            "labels" | "annotations" | "author" | "authors" | "license" | "licence" | "tags"
            | "icon" | "maintainer" | "url" | "documentation" | "display_name" | "displayName",
        ) => Some("move it below `metadata.annotations`, with a quoted text as its value"),
        ("ComponentSpec", "container" | "graph") => Some("move it below `implementation`"),
        ("ComponentSpec" | "ContainerImplementation", "image" | "command" | "args" | "env") => {
            Some("move it below `implementation.container`")
        }
        ("MetadataSpec", "name") => Some("move the name to the top level, beside `inputs`"),
        ("MetadataSpec", "namespace" | "generateName" | "uid" | "creationTimestamp") => {
            Some("remove it: a component.yaml is not a Kubernetes object")
        }
        ("MetadataSpec", _) => {
            Some("move it below `metadata.annotations`, with a quoted text as its value")
        }
        ("ComponentSpec" | "InputSpec" | "OutputSpec", "desc" | "doc" | "help" | "summary") => {
            Some("did you mean `description`?")
        }
        ("InputSpec", "required") => {
            Some("remove it: an input is required unless it has `optional: true` or a `default`")
        }
        ("InputSpec", "value") => Some("write `default`: callers pass values"),
        ("InputSpec", "enum" | "options" | "choices" | "min" | "max" | "allowed_values") => {
            Some("say it in the `description`: KFP does not check values")
        }
        ("OutputSpec", "default" | "optional" | "value") => {
            Some("remove it: an output has neither a default nor is it optional")
        }
        ("OutputSpec", "path") => {
            Some("remove it, and pass `{outputPath: …}` to the program, which then writes there")
        }
        ("ContainerSpec", "resources" | "limits" | "requests") => Some(
            "set it on the task, in the pipeline: `task.set_memory_limit('1Gi')`, `task.set_cpu_limit('1')`",
        ),
        ("ContainerSpec", "imagePullPolicy") => Some(
            "set it on the task, in the pipeline: `kubernetes.set_image_pull_policy(task, 'Always')`",
        ),
        ("ContainerSpec", "volumeMounts" | "volumes") => {
            Some("mount it on the task, in the pipeline: `kubernetes.mount_pvc(task, …)`")
        }
        ("ContainerSpec", "envFrom" | "secrets") => {
            Some("set it on the task, in the pipeline: `kubernetes.use_secret_as_env(task, …)`")
        }
        ("ContainerSpec", "securityContext") => {
            Some("set it on the task, in the pipeline: `kubernetes.set_security_context(task, …)`")
        }
        ("ContainerSpec", "workingDir" | "working_dir") => Some(
            "set the working directory in the image, or begin with `command: [sh, -c, cd … && …]`",
        ),
        ("ContainerSpec", "entrypoint") => Some("write the program as `command`"),
        ("ContainerSpec", "ports" | "livenessProbe" | "readinessProbe" | "name" | "lifecycle") => {
            Some("remove it: a component's container runs once and serves nobody")
        }
        ("ContainerImplementation", "github") => Some(
            "write `container` with `image` and `command`: a notebook of the Machine Learning Exchange is not a component",
        ),
        ("ContainerImplementation", "graph") => {
            Some("keep either `container` or `graph`: a component is one of them")
        }
        _ => None,
    };
    own.map(str::to_owned).or_else(|| {
        let known = nearest(key, known())?;
        Some(format!("did you mean `{known}`?"))
    })
}

/// Instead of a missing key.
pub(super) fn missing_key(class: &Class, missing: &[&str]) -> Option<String> {
    Some(match (class.name, missing) {
        ("InputSpec" | "OutputSpec", ["name"]) => {
            "give each its name: `- {name: rows, type: Integer}`".into()
        }
        ("ContainerSpec", ["image"]) => "name the image: `image: registry/name:tag`".into(),
        ("ContainerImplementation", _) => {
            "write `container:` below `implementation`, with `image` and `command` below it".into()
        }
        (_, missing) if !missing.is_empty() => {
            let keys: Vec<_> = missing.iter().map(|key| format!("`{key}`")).collect();
            format!("add {}", keys.join(" and "))
        }
        _ => return None,
    })
}

/// Instead of a value of another type than the key takes.
pub(super) fn wrong_kind(key: Key, tree: &Tree, id: NodeId) -> Option<String> {
    let value = tree.value(id);
    let shown = tree.repr(id);
    let is_placeholder = tree.entries(id).first().is_some_and(|(key, _)| {
        tree.text(*key).is_some_and(|key| {
            key.starts_with("input") || key.starts_with("output") || matches!(key, "concat" | "if")
        })
    });
    let quoted = |shown: &str| format!("quote it: `'{shown}'`");
    Some(match (key, value) {
        (("ContainerSpec", "env"), Value::List(_)) => {
            "write `env` as a mapping, not as Kubernetes' list: `env: {HOST: a}`".into()
        }
        (("ContainerSpec", "env" | "image"), Value::Map(_)) if is_placeholder => {
            "pass the input as an argument: KFP fills in placeholders in `command` and `args` only".into()
        }
        (("ContainerSpec", "env"), Value::Map(_)) => {
            "write a plain text; a secret or field of the pod is set on the task, in the pipeline: \
             `kubernetes.use_secret_as_env(task, …)`"
                .into()
        }
        (("ContainerSpec", "env"), Value::Null) => "write an empty text: `''`".into(),
        (("ContainerSpec", "image"), Value::Null) => "name the image: `image: registry/name:tag`".into(),
        (("ContainerSpec", "command" | "args"), Value::Str(text)) if text.contains('\n') => {
            "write a list: `command: [sh, -c, …]`, the script as its last item after `- |`".into()
        }
        (("ContainerSpec", key @ ("command" | "args")), Value::Str(text)) => {
            let words: Vec<_> = text.split_whitespace().collect();
            format!(
                "write a list with one item per argument: `{key}: [{}]`",
                words.join(", ")
            )
        }
        (("ContainerSpec", "command" | "args"), Value::Map(_)) => {
            "write a list: put `- ` in front of each argument".into()
        }
        (("ContainerSpec", "command" | "args"), Value::List(_)) => {
            "write the items of the inner list into the outer one: a command line has no lists in lists".into()
        }
        (("ContainerSpec", "command" | "args"), Value::Null) => {
            "write the argument after the `-`, or remove the item".into()
        }
        (("ContainerSpec", "fileOutputs"), Value::List(_)) => {
            "write a mapping of outputs to paths: `fileOutputs: {out: /tmp/out}`".into()
        }
        (("ComponentSpec", side @ ("inputs" | "outputs")), Value::Map(_)) => {
            let name = tree
                .entries(id)
                .first()
                .and_then(|(key, _)| tree.text(*key))
                .unwrap_or("rows");
            format!("write `{side}` as a list: `- {{name: {name}, type: String}}`")
        }
        (("ComponentSpec", "inputs" | "outputs"), Value::Str(_)) => {
            format!("write a mapping per item: `- {{name: {shown}, type: String}}`")
        }
        (("TaskSpec", "arguments") | ("GraphSpec", "outputValues"), _) => {
            "write a text, `{graphInput: {inputName: …}}` or `{taskOutput: {taskId: …, outputName: …}}`".into()
        }
        (("ComponentSpec", "metadata"), _) => {
            "write a mapping with `annotations` or `labels` below it".into()
        }
        (("ComponentSpec", "implementation"), _) => {
            "write `container:` below `implementation`, with `image` and `command` below it".into()
        }
        (("MetadataSpec", _), Value::Null) => "write a text, or remove the key".into(),
        (("MetadataSpec", _), Value::List(items)) => {
            let items: Vec<_> = items.iter().map(|item| tree.repr(*item)).collect();
            format!("write one text: `'{}'`", items.join(", "))
        }
        (("MetadataSpec", _), Value::Map(_)) => {
            "write the mapping as one quoted JSON text: annotations and labels are texts".into()
        }
        (("InputSpec", "default"), Value::List(_)) => {
            "write the list as a quoted JSON text: `default: '[1, 2]'`".into()
        }
        (("InputSpec", "default"), Value::Map(_)) => {
            "write the mapping as a quoted JSON text: `default: '{\"a\": 1}'`".into()
        }
        (("InputSpec", "optional"), Value::Str(_)) => {
            "write `true` or `false` without quotes".into()
        }
        (("InputSpec", "optional"), _) => "write `true` or `false`".into(),
        (("InputSpec" | "OutputSpec", "name" | "type"), Value::Null) => {
            "write the name after the colon".into()
        }
        (("InputSpec" | "OutputSpec", "annotations"), _) => "write a mapping".into(),
        (_, Value::Int(_) | Value::BigInt(_) | Value::Float(_) | Value::Other(_)) => {
            quoted(&shown_as_written(tree, id, &shown))
        }
        (_, Value::Bool(_)) => format!("quote it: `'{}'`", shown.to_lowercase()),
        (_, Value::List(_)) => "write one text, not a list".into(),
        (_, Value::Map(_)) => {
            "write one text: quote it if it contains a colon followed by a space".into()
        }
        (_, Value::Null) => "write a text after the colon, or remove the key".into(),
        (_, Value::Str(_)) => return None,
    })
}

fn shown_as_written(tree: &Tree, id: NodeId, shown: &str) -> String {
    match tree.value(id) {
        Value::Other("datetime.date" | "datetime.datetime") => "2021-10-22".into(),
        _ => shown.to_owned(),
    }
}

/// Instead of a mapping among the arguments that is not a placeholder.
pub(super) fn unknown_placeholder(
    tree: &Tree,
    id: NodeId,
    known: &[&'static str],
) -> Option<String> {
    let entries = tree.entries(id);
    let (key, value) = entries.first()?;
    let key = tree.text(*key).unwrap_or_default();
    if entries.len() > 1 {
        let all_known = entries
            .iter()
            .all(|(key, _)| tree.text(*key).is_some_and(|key| known.contains(&key)));
        return Some(if all_known {
            "write each placeholder as an item of its own, with `- ` in front".into()
        } else {
            "quote the text: YAML takes a colon followed by a space for a mapping".into()
        });
    }
    let other = match key {
        "inputParameter" | "inputParam" | "parameter" | "param" | "value" => Some("inputValue"),
        "inputArtifact" | "inputFile" | "artifact" | "inputDir" | "inputDirectory" => {
            Some("inputPath")
        }
        "outputValue" | "outputParameter" | "outputArtifact" | "outputFile" | "outputDir"
        | "outputDirectory" => Some("outputPath"),
        _ => nearest(key, known.iter().copied()),
    };
    if let Some(known) = other {
        return Some(format!("did you mean `{known}`?"));
    }
    if key == "isPresent" {
        return Some("put it below `if`: `if: {cond: {isPresent: x}, then: […]}`".into());
    }
    if matches!(key, "cond" | "then" | "else") {
        return Some("put `cond`, `then` and `else` below `if`, indented further".into());
    }
    match tree.value(*value) {
        Value::Map(_) | Value::List(_) => None,
        _ => Some(format!(
            "quote the text: YAML takes a colon followed by a space for a mapping: `'{key}: {}'`",
            tree.repr(*value)
        )),
    }
}

/// Instead of a name that is not declared.
pub(super) fn undeclared<'n>(
    name: &str,
    side: &str,
    names: impl Iterator<Item = &'n str>,
) -> String {
    let names: Vec<&str> = names.collect();
    if name == "None" {
        return format!("put the name of an {side} in place of `None`, or remove the argument");
    }
    let near = nearest(name, names.iter().copied());
    match near {
        Some(near) => format!("did you mean `{near}`? Names are compared as they are written"),
        None if names.is_empty() => {
            format!("declare it: `{side}s: [{{name: {name}, type: String}}]`")
        }
        None => format!(
            "declare it below `{side}s`, or use one of {}",
            names.join(", ")
        ),
    }
}
