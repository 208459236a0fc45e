//! A forest as a directory: `MANIFEST.json` describes it, `model.json` holds the trees.
//!
//! Other formats and other versions of this one are refused.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::forest::{Forest, Node, Tree};

const MANIFEST: &str = "MANIFEST.json";
const TREES: &str = "model.json";
const VERSION: u32 = 1;

#[derive(Deserialize, Serialize)]
struct Manifest {
    format: String,
    version: u32,
    producer: String,
    classes: Vec<String>,
    features: Vec<String>,
    trees: usize,
}

#[derive(Deserialize)]
struct Kind {
    format: String,
    version: u32,
}

impl Forest {
    /// The name of the format in the manifest.
    pub const FORMAT: &str = "kfp-component/random-forest";

    /// Writes the forest into a directory.
    pub fn save(&self, directory: impl AsRef<Path>) -> Result<()> {
        let manifest = Manifest {
            format: Self::FORMAT.to_owned(),
            version: VERSION,
            producer: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
            classes: self.classes.clone(),
            features: self.features.clone(),
            trees: self.trees.len(),
        };
        write(
            &directory.as_ref().join(MANIFEST),
            serde_json::to_vec_pretty(&manifest)?,
        )?;
        write(
            &directory.as_ref().join(TREES),
            serde_json::to_vec(&self.trees)?,
        )
    }

    /// Reads a directory written by [`save`](Forest::save).
    pub fn load(directory: impl AsRef<Path>) -> Result<Self> {
        let read = |file| read(&directory.as_ref().join(file));
        let manifest = read(MANIFEST)?;
        let Kind { format, version } = serde_json::from_slice(&manifest)?;
        if (format.as_str(), version) != (Self::FORMAT, VERSION) {
            return Err(format!("the model is of format `{format}` {version}, but this program reads `{}` {VERSION}", Self::FORMAT).into());
        }
        let manifest: Manifest = serde_json::from_slice(&manifest)?;
        let trees: Vec<Tree> = serde_json::from_slice(&read(TREES)?)?;
        let forest = Self {
            features: manifest.features,
            classes: manifest.classes,
            trees,
        };
        if forest.trees.len() != manifest.trees
            || !forest.trees.iter().all(|tree| forest.is_walkable(tree))
        {
            return Err(format!("{TREES} does not match {MANIFEST}").into());
        }
        Ok(forest)
    }

    /// Whether every path through the tree ends at a class: children come after their parents.
    fn is_walkable(&self, tree: &Tree) -> bool {
        let fits = |(at, node): (usize, &Node)| match *node {
            Node::Leaf { class } => class < self.classes.len(),
            Node::Split {
                feature,
                then,
                otherwise,
                ..
            } => {
                feature < self.features.len()
                    && [then, otherwise]
                        .iter()
                        .all(|&child| at < child && child < tree.len())
            }
        };
        !tree.is_empty() && tree.iter().enumerate().all(fits)
    }
}

fn write(path: &Path, content: Vec<u8>) -> Result<()> {
    fs::write(path, content)
        .map_err(|error| format!("could not write `model` to {}: {error}", path.display()).into())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| {
        format!("could not read the model from {}: {error}", path.display()).into()
    })
}
