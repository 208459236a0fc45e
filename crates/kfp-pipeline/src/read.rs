//! A compiled pipeline read from text.

use std::collections::BTreeMap;

use kfp_ir::{
    PipelineSpec,
    document::{self, Way, typed},
};
use kfp_pyyaml::{Position, Tree, Value as Yaml};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    problem::Problem,
    rule::{self, Rule},
};

/// A pipeline as a file holds it: the specification, settings for platforms, and where in the text each stands.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The pipeline itself.
    pub spec: PipelineSpec,
    /// What the second document says.
    pub platforms: Platforms,
    /// Where everything is, unless that was dropped.
    tree: Option<Tree>,
}

/// Settings for platforms, which kfp-kubernetes writes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platforms {
    /// By platform; `kubernetes` is the only one there is.
    #[serde(default)]
    pub platforms: BTreeMap<String, Platform>,
}

/// Settings for one platform.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Platform {
    /// Settings of executors.
    #[serde(default)]
    pub deployment_spec: PlatformDeployment,
    /// Settings of the whole pipeline.
    #[serde(default)]
    pub pipeline_config: Map<String, Value>,
}

/// Settings of executors.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformDeployment {
    /// By label, then by setting: `imagePullPolicy`, `secretAsEnv`.
    #[serde(default)]
    pub executors: BTreeMap<String, Map<String, Value>>,
}

impl Pipeline {
    /// Reads what `kfp dsl compile` of kfp 2 writes: one document, or two with settings for platforms.
    ///
    /// ```
    /// let text = "
    /// pipelineInfo: {name: nothing}
    /// root: {dag: {}}
    /// schemaVersion: 2.1.0
    /// ";
    /// let pipeline = kfp_pipeline::Pipeline::read(text)?;
    /// assert_eq!(pipeline.spec.pipeline_info.name, "nothing");
    /// # Ok::<(), kfp_pipeline::Problem>(())
    /// ```
    ///
    /// # Errors
    /// If the text is not YAML, or is something else than a pipeline of this version.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let mut documents = kfp_pyyaml::load_all(text)
            .map_err(|error| foreign(error.message, error.position))?
            .into_iter();
        let (tree, second) = match (documents.next(), documents.next(), documents.next()) {
            (None, ..) => return Err(foreign("the file is empty", Position::START)),
            (Some(tree), second, None) => (tree, second),
            (Some(_), _, Some(third)) => {
                let position = third.position(third.root());
                let message = "a pipeline is one YAML document, or two with settings for platforms";
                return Err(foreign(message, position));
            }
        };
        recognise(&tree)?;
        let spec: PipelineSpec = typed(&tree, tree.root())?;
        if !spec.schema_version.starts_with("2.1.") {
            let position = Way::root()
                .key("schemaVersion")
                .position(&tree, tree.root());
            let message = format!(
                "the pipeline has schema version `{}`; this program knows 2.1",
                spec.schema_version
            );
            let is_newer = spec.schema_version.as_str() > "2.1";
            let hint = if is_newer {
                "install a newer version of this program, or compile it with an older kfp: `pip install 'kfp<3'`"
            } else {
                "compile it with a current kfp 2: `pip install --upgrade 'kfp>=2'`"
            };
            return Err(Problem {
                hint: Some(hint.into()),
                ..problem(message, position)
            });
        }
        let platforms = second
            .as_ref()
            .filter(|tree| *tree.value(tree.root()) != Yaml::Null)
            .map(|tree| typed(tree, tree.root()))
            .transpose()?
            .unwrap_or_default();
        Ok(Self {
            spec,
            platforms,
            tree: Some(tree),
        })
    }

    /// A problem at a place in the file.
    pub fn problem(&self, rule: &'static Rule, way: &Way, message: String) -> Problem {
        Problem {
            rule,
            message,
            hint: None,
            position: self.position(way),
        }
    }

    /// Where in the file something stands; the nearest position above it if it is not there.
    pub fn position(&self, way: &Way) -> Position {
        match &self.tree {
            Some(tree) => way.position(tree, tree.root()),
            None => Position::START,
        }
    }

    /// The pipeline without its positions, which take more memory than all the rest. From then on, everything is at the
    /// beginning of the file.
    #[must_use]
    pub fn without_positions(self) -> Self {
        Self { tree: None, ..self }
    }
}

/// The documents of a compiled pipeline as JSON, which is how the API server takes them.
///
/// ```
/// let documents = kfp_pipeline::documents("{pipelineInfo: {name: a}}\n---\n{platforms: {}}")?;
/// assert_eq!(documents[0]["pipelineInfo"]["name"], "a");
/// assert_eq!(documents.len(), 2);
/// # Ok::<(), kfp_pipeline::Problem>(())
/// ```
///
/// # Errors
/// If the text is not YAML, or has values that JSON has not.
pub fn documents(text: &str) -> Result<Vec<Value>, Problem> {
    let trees =
        kfp_pyyaml::load_all(text).map_err(|error| problem(error.message, error.position))?;
    let json = |tree: &Tree| Ok(document::json(tree, tree.root())?);
    trees.iter().map(json).collect()
}

/// Tells the other files people have from a pipeline.
fn recognise(tree: &Tree) -> Result<(), Problem> {
    let root = tree.root();
    let position = tree.position(root);
    let has = |key: &str| tree.get(root, key).is_some();
    let (message, hint) = if !matches!(tree.value(root), Yaml::Map(_)) {
        let message = format!(
            "a pipeline is a mapping; the file holds a {}",
            tree.class(root)
        );
        return Err(foreign(message, position));
    } else if has("apiVersion") && has("kind") {
        (
            "this is a Kubernetes resource, such as kfp 1.8 compiles pipelines to, not a pipeline of KFP 2",
            "compile the pipeline with kfp 2: `pip install 'kfp>=2'`, then `kfp dsl compile --py FILE.py --output FILE.yaml`",
        )
    } else if has("implementation") {
        (
            "this is a component.yaml, not a compiled pipeline",
            "a component of this workspace runs by its name: `kfp-comp run NAME`",
        )
    } else if !has("root") || !has("pipelineInfo") {
        (
            "this is not a compiled pipeline: it has no `root` and `pipelineInfo`",
            "compile the pipeline with kfp 2: `kfp dsl compile --py FILE.py --output FILE.yaml`",
        )
    } else {
        return Ok(());
    };
    Err(Problem {
        hint: Some(hint.into()),
        ..foreign(message, position)
    })
}

/// A document that is something else.
fn foreign(message: impl Into<String>, position: Position) -> Problem {
    Problem {
        rule: &rule::NOT_A_PIPELINE,
        ..problem(message, position)
    }
}

fn problem(message: impl Into<String>, position: Position) -> Problem {
    Problem {
        rule: &rule::BAD_PIPELINE,
        message: message.into(),
        hint: None,
        position,
    }
}

impl From<document::Error> for Problem {
    fn from(error: document::Error) -> Self {
        problem(error.message, error.position)
    }
}
