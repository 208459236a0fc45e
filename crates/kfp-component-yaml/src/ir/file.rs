//! What kfp 2 makes of a compiled file: it loads a few fields by hand, and parses the whole when it compiles.

use super::Refusal;
use super::kind::outer_name;
use super::name::component_name;
use super::parse::Parser;
use super::proto::{PIPELINE, PLATFORMS};
use crate::read::Problem;
use crate::rules;
use kfp_ir::{ArtifactType, COMPONENT_PREFIX, EXECUTOR_PREFIX, ParameterType, SCHEMA_VERSION};
use kfp_pyyaml::{NodeId, Position, Tree, Value};

/// Checks an IR document and the platform document after it.
pub(crate) fn check(tree: &Tree, platforms: Option<&Tree>) -> Result<(), Refusal> {
    let file = File { tree };
    file.load(platforms)
        .map_err(|problem| Refusal::load(file.with_version_help(problem)))?;
    file.compile()
        .map_err(|problem| Refusal::compile(file.with_version_help(problem)))
}

/// Checks only what kfp 2 checks when it loads the file.
pub(crate) fn check_load(tree: &Tree, platforms: Option<&Tree>) -> Result<(), Problem> {
    File { tree }.load(platforms)
}

struct File<'t> {
    tree: &'t Tree,
}

type Checked<T> = Result<T, Problem>;

impl File<'_> {
    /// A file of another schema version fails at one of its fields, which is not what is wrong with it.
    fn with_version_help(&self, problem: Problem) -> Problem {
        let version = self.tree.get(self.tree.root(), "schemaVersion");
        match version.map(|version| self.tree.repr(version)) {
            Some(version) if version != SCHEMA_VERSION && problem.help.is_none() => {
                problem.with_help(format!(
                    "compile it again with kfp 2: the file has schema version {version}, which other releases write, \
                     and kfp 2 reads {SCHEMA_VERSION}"
                ))
            }
            _ => problem,
        }
    }

    fn load(&self, platforms: Option<&Tree>) -> Checked<()> {
        let root = self.tree.root();
        let info = self.key(root, "pipelineInfo").map_err(|problem| Problem {
            rule: &rules::NO_IMPLEMENTATION,
            ..problem
        })?;
        let name_node = self.key(info, "name")?;
        let Some(name) = self.tree.text(name_node) else {
            return Err(self.no_attribute(name_node, "lower"));
        };
        let name = component_name(name);
        let components = self.key(root, "components")?;
        let dag = self.key(root, "root")?;
        let component = self
            .optional(components, &format!("{COMPONENT_PREFIX}{name}"))?
            .unwrap_or(dag);
        for (side, is_input) in [("inputDefinitions", true), ("outputDefinitions", false)] {
            let Some(definitions) = self.optional(component, side)? else {
                continue;
            };
            for kind in ["parameters", "artifacts"] {
                let Some(ports) = self.optional(definitions, kind)? else {
                    continue;
                };
                if !matches!(self.tree.value(ports), Value::Map(_)) {
                    let message = format!("'{}' object is not a mapping", self.tree.class(ports));
                    return Err(Problem::type_error(
                        &rules::BAD_IR,
                        message,
                        self.tree.position(ports),
                    ));
                }
                for &(_, port) in self.tree.entries(ports) {
                    self.port(port, is_input)?;
                }
            }
        }
        self.executor(&format!("{EXECUTOR_PREFIX}{name}"))?;
        match platforms {
            Some(platforms) => Parser::new(platforms).message(platforms.root(), &PLATFORMS, 0),
            None => Ok(()),
        }
    }

    fn port(&self, port: NodeId, is_input: bool) -> Checked<()> {
        let tree = self.tree;
        let position = tree.position(port);
        if !matches!(tree.value(port), Value::Map(_)) {
            let message = format!("argument of type '{}' is not iterable", tree.class(port));
            return Err(Problem::type_error(&rules::BAD_IR, message, position));
        }
        if let Some(parameter) = tree.get(port, "parameterType") {
            let name = tree.repr(parameter);
            if ParameterType::ALL.iter().all(|ty| ty.name() != name) {
                let message = format!("Unknown type {name} found in IR.");
                return Err(Problem::new(
                    &rules::BAD_IR,
                    "ValueError",
                    message,
                    tree.position(parameter),
                ));
            }
            let optional = tree
                .get(port, "isOptional")
                .map(|optional| tree.value(optional));
            let default = tree
                .get(port, "defaultValue")
                .map(|default| tree.value(default));
            let has_default = default.is_some_and(|default| *default != Value::Null);
            if is_input && has_default && optional == Some(&Value::Bool(false)) {
                let message =
                    "`optional` argument to InputSpec must be True if `default` is not None.";
                return Err(Problem::new(
                    &rules::BAD_IR,
                    "ValueError",
                    message,
                    position,
                ));
            }
            return Ok(());
        }
        let artifact = self.key(port, "artifactType")?;
        let (title, version) = (
            self.key(artifact, "schemaTitle")?,
            self.key(artifact, "schemaVersion")?,
        );
        let Some(name) = tree.text(title) else {
            return Err(Problem::new(
                &rules::BAD_IR,
                "ValueError",
                "",
                tree.position(title),
            ));
        };
        let version = match tree.value(version) {
            Value::Str(text) => text.as_str(),
            value if is_falsy(value) => "",
            _ => {
                let class = tree.class(version);
                let message = format!("can only concatenate str (not \"{class}\") to str");
                let position = tree.position(version);
                return Err(Problem::type_error(&rules::BAD_IR, message, position));
            }
        };
        let version = if version.is_empty() {
            ArtifactType::VERSION
        } else {
            version
        };
        check_artifact(name, version)
            .map_err(|message| Problem::type_error(&rules::BAD_IR, message, tree.position(title)))
    }

    /// A container under the component's name is looked into; anything else is parsed as a pipeline at once.
    fn executor(&self, label: &str) -> Checked<()> {
        let tree = self.tree;
        let executors = self.key(self.key(tree.root(), "deploymentSpec")?, "executors")?;
        let executor = match self.optional(executors, label)? {
            Some(executor) if !matches!(tree.value(executor), Value::Null) => executor,
            _ => return Parser::new(tree).message(tree.root(), &PIPELINE, 0),
        };
        if is_falsy(tree.value(executor)) {
            return Ok(());
        }
        let container = self.key(executor, "container")?;
        self.key(container, "image")?;
        for side in ["command", "args"] {
            let Some(list) = tree.get(container, side) else {
                continue;
            };
            let items: Vec<NodeId> = match tree.value(list) {
                Value::List(items) => items.clone(),
                Value::Map(entries) => entries.iter().map(|(key, _)| *key).collect(),
                Value::Str(_) => continue,
                value if is_falsy(value) => continue,
                _ => {
                    let message = format!("'{}' object is not iterable", tree.class(list));
                    return Err(Problem::type_error(
                        &rules::BAD_IR,
                        message,
                        tree.position(list),
                    ));
                }
            };
            if let Some(item) = items.iter().find(|item| tree.text(**item).is_none()) {
                let message = format!(
                    "Unexpected argument \"{}\" of type <class '{}'>.",
                    tree.repr(*item),
                    tree.class(*item)
                );
                return Err(Problem::type_error(
                    &rules::BAD_IR,
                    message,
                    tree.position(*item),
                ));
            }
        }
        Ok(())
    }

    fn compile(&self) -> Checked<()> {
        let tree = self.tree;
        Parser::serializing(tree).message(tree.root(), &PIPELINE, 0)?;
        let info = self.key(tree.root(), "pipelineInfo")?;
        let name = self.key(info, "name")?;
        if tree.text(name) == Some("") {
            return Err(missing("name", tree.position(name)));
        }
        let dag = self.key(tree.root(), "root")?;
        if matches!(tree.value(dag), Value::Null) {
            return Err(missing("root", tree.position(dag)));
        }
        let sides = ["inputDefinitions", "outputDefinitions"]
            .into_iter()
            .filter_map(|side| tree.get(dag, side));
        for definitions in sides {
            for &(_, parameter) in tree
                .get(definitions, "parameters")
                .map_or(&[][..], |ports| tree.entries(ports))
            {
                let kind = self.key(parameter, "parameterType")?;
                if !is_known_enumerator(tree.value(kind)) {
                    return Err(missing("parameterType", tree.position(kind)));
                }
            }
            for &(_, artifact) in tree
                .get(definitions, "artifacts")
                .map_or(&[][..], |ports| tree.entries(ports))
            {
                self.key(self.key(artifact, "artifactType")?, "schemaTitle")?;
            }
        }
        Ok(())
    }

    /// `node[key]`
    fn key(&self, id: NodeId, key: &str) -> Checked<NodeId> {
        let position = self.tree.position(id);
        if !matches!(self.tree.value(id), Value::Map(_)) {
            let message = format!("'{}' object is not subscriptable", self.tree.class(id));
            return Err(Problem::type_error(&rules::BAD_IR, message, position));
        }
        self.tree.get(id, key).ok_or_else(|| missing(key, position))
    }

    /// `node.get(key)`
    fn optional(&self, id: NodeId, key: &str) -> Checked<Option<NodeId>> {
        if matches!(self.tree.value(id), Value::Map(_)) {
            Ok(self.tree.get(id, key))
        } else {
            Err(self.no_attribute(id, "get"))
        }
    }

    fn no_attribute(&self, id: NodeId, attribute: &str) -> Problem {
        let message = format!(
            "'{}' object has no attribute '{attribute}'",
            self.tree.class(id)
        );
        Problem::new(
            &rules::BAD_IR,
            "AttributeError",
            message,
            self.tree.position(id),
        )
    }
}

/// Whether the comment on top has a word for a parameter type, which protobuf takes by name or any number.
fn is_known_enumerator(kind: &Value) -> bool {
    let number = match kind {
        Value::Null => 0,
        Value::Bool(truth) => i128::from(*truth),
        Value::Int(number) => *number,
        Value::Str(name) => match name.parse() {
            Ok(number) => number,
            Err(_) => return name != "PARAMETER_TYPE_ENUM_UNSPECIFIED",
        },
        _ => return true,
    };
    (1..=8).contains(&number)
}

fn missing(key: &str, position: Position) -> Problem {
    Problem::new(&rules::BAD_IR, "KeyError", format!("'{key}'"), position)
}

/// What Python's `if` takes for false.
fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) | Value::Int(0) => true,
        Value::Float(number) => *number == 0.0,
        Value::Str(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        Value::Bool(true) | Value::Int(_) | Value::BigInt(_) | Value::Other(_) => false,
    }
}

fn check_artifact(title: &str, version: &str) -> Result<(), String> {
    let bundled = format!("{title}@{version}");
    // A title such as `List[int]` passes for a parameter's type, whatever the version after it.
    if matches!(outer_name(&bundled), "List" | "Dict") {
        return Ok(());
    }
    if title.is_empty() || bundled.matches('@').count() != 1 {
        return Err(format!(
            "Artifacts must have both a schema_title and a schema_version, separated by `@`. Got: {bundled}"
        ));
    }
    match title.split('.').collect::<Vec<_>>().as_slice() {
        ["system" | "google", _] => {}
        [_, _] => {
            return Err(format!(
                "Artifact schema_title must belong to `system` or `google` namespace. Got: {title}"
            ));
        }
        _ => {
            return Err(format!(
                "Artifact schema_title must have both a namespace and a name, separated by a `.` as in `{}`. Got: {title}",
                ArtifactType::ANY
            ));
        }
    }
    if version.split('.').count() != 3 {
        return Err(format!(
            "Artifact schema_version must use three-part semantic versioning. Got: {version}"
        ));
    }
    Ok(())
}
