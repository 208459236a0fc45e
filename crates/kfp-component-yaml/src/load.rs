//! A component from whichever file holds it: a component.yaml or pipeline IR, kfp 2's own way to share one.
//!
//! ```
//! use kfp_component_yaml::{ir, load, read};
//! let written = "
//! name: Row count
//! inputs: [{name: table, type: Dataset}]
//! implementation: {container: {image: 'wc:1', command: [wc, -l, {inputPath: table}]}}
//! ";
//! let compiled = ir::compile(&read::read(written).unwrap()).unwrap().to_yaml();
//! let component = load::load(&compiled, None).unwrap();
//! assert_eq!(component.format, load::Format::Pipeline);
//! assert_eq!(component.file.inputs[0].kind.as_ref().unwrap().value.name(), Some("Dataset"));
//! ```

use std::fmt;

use crate::document::DocumentKind;
use crate::ir;
use crate::read::{self, ComponentFile, Problem};
use crate::rules;
use kfp_ir::COMPONENT_PREFIX;
use kfp_pyyaml::{Position, Tree};

/// A component and the kind of file it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The component; of IR, what would compile to it.
    pub file: ComponentFile,
    /// What the file is.
    pub format: Format,
}

/// The kinds of files that hold components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A component.yaml, which both SDKs load.
    ComponentYaml,
    /// Pipeline IR, which kfp 2 alone loads.
    Pipeline,
}

/// Why a file does not give a component.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// The SDKs would not load it: what they say, the first first.
    Problems(Vec<Problem>),
    /// The file holds several components, or none of the name asked for.
    Choose {
        /// The name asked for.
        wanted: Option<String>,
        /// The names that can be asked for, in the file's order.
        components: Vec<String>,
    },
    /// The file is a document of another kind.
    Foreign(DocumentKind),
}

impl LoadError {
    /// What to do about it, as one sentence without a full stop.
    pub fn help(&self) -> String {
        match self {
            Self::Problems(_) => "lint the file for all that is wrong with it".into(),
            Self::Choose { components, .. } if components.is_empty() => {
                "give a file with a component that runs a container".into()
            }
            Self::Choose { components, .. } => {
                format!("name one of its components: {}", components.join(", "))
            }
            Self::Foreign(kind) => kind.help(),
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problems(problems) => match problems.first() {
                Some(first) => first.fmt(f),
                None => f.write_str("the file cannot be loaded"),
            },
            Self::Choose {
                wanted: Some(wanted),
                ..
            } => write!(f, "the file has no component `{wanted}`"),
            Self::Choose { components, .. } if components.is_empty() => {
                f.write_str("the compiled pipeline has no component that runs a container")
            }
            Self::Choose { components, .. } => write!(
                f,
                "the file is a compiled pipeline of {} components",
                components.len()
            ),
            Self::Foreign(kind) => write!(f, "the file is {kind}, not a component"),
        }
    }
}

impl std::error::Error for LoadError {}

/// Loads the component of a component.yaml or of pipeline IR.
///
/// `component` names one of several in IR, with or without the `comp-` of its key, as declared or as kfp 2 sanitises
/// it. Without it, IR gives the component that the file is named after, as kfp 2 does, or else its only one. A
/// component.yaml holds one component, whose name is then checked.
///
/// # Errors
/// [`LoadError::Problems`] if the SDKs would not load the file, [`LoadError::Choose`] if it does not hold exactly one
/// component that is meant, and [`LoadError::Foreign`] if it is something else altogether.
pub fn load(text: &str, component: Option<&str>) -> Result<Loaded, LoadError> {
    let problem = |problem| LoadError::Problems(vec![problem]);
    let documents = kfp_pyyaml::load_all(text).map_err(|error| problem(error.into()))?;
    let Some(tree) = documents.first() else {
        let message = "'NoneType' object has no attribute 'items'";
        return Err(problem(Problem::new(
            &rules::NOT_A_COMPONENT,
            "AttributeError",
            message,
            Position::START,
        )));
    };
    match DocumentKind::of(tree) {
        DocumentKind::Component => {
            let file = read::read(text).map_err(LoadError::Problems)?;
            let declared = file.name.as_ref().map_or("name", |name| &name.value);
            match component {
                Some(wanted) if !is_same(wanted, declared) => Err(LoadError::Choose {
                    wanted: Some(wanted.into()),
                    components: vec![declared.into()],
                }),
                _ => Ok(Loaded {
                    file,
                    format: Format::ComponentYaml,
                }),
            }
        }
        DocumentKind::Pipeline => {
            ir::check_load(tree, documents.get(1)).map_err(problem)?;
            let name = choose(tree, component)?;
            let file = ir::decompile::component(tree, &name, text).map_err(problem)?;
            Ok(Loaded {
                file,
                format: Format::Pipeline,
            })
        }
        foreign => Err(LoadError::Foreign(foreign)),
    }
}

fn choose(tree: &Tree, wanted: Option<&str>) -> Result<String, LoadError> {
    let components = ir::decompile::names(tree);
    let main = ir::decompile::main_name(tree);
    let chosen = match wanted {
        Some(wanted) => components.iter().find(|name| is_same(wanted, name)),
        None if components.len() == 1 => components.first(),
        None => components.iter().find(|name| Some(*name) == main.as_ref()),
    };
    chosen.cloned().ok_or_else(|| LoadError::Choose {
        wanted: wanted.map(str::to_owned),
        components,
    })
}

fn is_same(wanted: &str, name: &str) -> bool {
    let bare = wanted.strip_prefix(COMPONENT_PREFIX).unwrap_or(wanted);
    [wanted, bare]
        .iter()
        .any(|wanted| *wanted == name || ir::component_name(wanted) == ir::component_name(name))
}
