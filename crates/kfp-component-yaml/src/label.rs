//! How a component.yaml names its image, and how an image carries its component.yaml.
//!
//! Replaces one scalar and nothing else; refuses a file where that cannot be proved.

use std::{fmt, ops::Range};

use kfp_pyyaml::{NodeId, Tree, Value};

/// The image label that holds the component.yaml of the program inside.
pub const COMPONENT: &str = "dev.kfp-comp.component";

/// What stands for the image in that label: an image cannot name its own digest.
const THIS_IMAGE: &str = "this-image";

/// Why an image could not be put into a component.yaml.
#[derive(Debug)]
pub struct PinError(String);

impl fmt::Display for PinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the image of component.yaml cannot be replaced: {}",
            self.0
        )
    }
}

impl std::error::Error for PinError {}

/// The text with its image replaced by `image`. Comments, quotes elsewhere and line ends stay.
///
/// # Errors
/// If the text has no image, names it through an alias, or would not read back the same but for the image; or if
/// `image` is not an image reference.
pub fn with_image(text: &str, image: &str) -> Result<String, PinError> {
    Document::read(text)?.with_image(image)
}

/// The label's value for a component.yaml: the file with a placeholder in the image's place.
///
/// # Errors
/// As [`with_image`].
pub fn unpinned(text: &str) -> Result<String, PinError> {
    with_image(text, THIS_IMAGE)
}

/// The component.yaml that the label of `image` holds.
///
/// # Errors
/// As [`with_image`], and if the label was not written by [`unpinned`].
pub fn pinned(label: &str, image: &str) -> Result<String, PinError> {
    let document = Document::read(label)?;
    if document.image() != Some(THIS_IMAGE) {
        return Err(PinError(format!(
            "the label `{COMPONENT}` was not written by this tool"
        )));
    }
    document.with_image(image)
}

/// The image that a component.yaml names.
///
/// # Errors
/// If the text is not a component.yaml with a container.
pub fn image(text: &str) -> Result<String, PinError> {
    Document::read(text)?
        .image()
        .map(str::to_owned)
        .ok_or_else(|| PinError("it is not a string".to_owned()))
}

/// What a component.yaml says the component is for.
///
/// # Errors
/// If the text is not a component.yaml with a container.
pub fn description(text: &str) -> Result<Option<String>, PinError> {
    let Document { tree, .. } = Document::read(text)?;
    Ok(tree
        .get(tree.root(), "description")
        .and_then(|node| tree.text(node))
        .map(str::to_owned))
}

/// A component.yaml and where its image stands.
///
/// It keeps the tree and not a `ComponentFile`: that two trees are equal proves that nothing else has changed, even what
/// no SDK looks at.
struct Document<'t> {
    text: &'t str,
    tree: Tree,
    image: NodeId,
}

/// The container of pipeline IR that holds one component.
fn only_executor(tree: &Tree) -> Option<NodeId> {
    let executors = tree.get(tree.get(tree.root(), "deploymentSpec")?, "executors")?;
    match tree.value(executors) {
        Value::Map(entries) => match entries.as_slice() {
            [(_, executor)] => tree.get(*executor, "container"),
            _ => None,
        },
        _ => None,
    }
}

impl<'t> Document<'t> {
    fn read(text: &'t str) -> Result<Self, PinError> {
        let documents = kfp_pyyaml::load_all(text).map_err(|error| PinError(error.to_string()))?;
        let [tree] = <[Tree; 1]>::try_from(documents)
            .map_err(|_| PinError("it is not one document".to_owned()))?;
        let container = ["implementation", "container"]
            .into_iter()
            .try_fold(tree.root(), |node, key| tree.get(node, key));
        let image = container
            .or_else(|| only_executor(&tree))
            .and_then(|container| tree.get(container, "image"))
            .ok_or_else(|| PinError("there is no `implementation.container.image`".to_owned()))?;
        Ok(Self { text, tree, image })
    }

    fn image(&self) -> Option<&str> {
        self.tree.text(self.image)
    }

    fn with_image(&self, image: &str) -> Result<String, PinError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._/:@[]".contains(c);
        let begins = |c: char| c.is_ascii_alphanumeric() || c == '[';
        if !image.starts_with(begins) || !image.chars().all(plain) {
            return Err(PinError(format!("`{image}` is not an image reference")));
        }
        let range = self.range()?;
        // The address of an IPv6 registry would begin a list.
        let quote = if image.starts_with('[') { "\"" } else { "" };
        let new = format!(
            "{}{quote}{image}{quote}{}",
            &self.text[..range.start],
            &self.text[range.end..]
        );
        if !self.is_same_but_for_image(&Document::read(&new)?, image) {
            return Err(PinError("the file would not read back the same".to_owned()));
        }
        Ok(new)
    }

    /// The bytes of the image's scalar, quotes included; it must be one that can be cut out of its line.
    fn range(&self) -> Result<Range<usize>, PinError> {
        let range = self.tree.position(self.image).offset..self.tree.node(self.image).end;
        let scalar = self.text.get(range.clone()).unwrap_or_default();
        if self.tree.is_aliased(self.image) {
            Err(PinError("an alias stands for it".to_owned()))
        } else if self.image().is_none()
            || scalar.is_empty()
            || scalar.contains('\n')
            || scalar.starts_with(['|', '>'])
        {
            Err(PinError("it is not a string on one line".to_owned()))
        } else {
            Ok(range)
        }
    }

    fn is_same_but_for_image(&self, other: &Document, image: &str) -> bool {
        let (a, b) = (Node(self, self.tree.root()), Node(other, other.tree.root()));
        other.image() == Some(image) && a.same(b)
    }
}

#[derive(Clone, Copy)]
struct Node<'a>(&'a Document<'a>, NodeId);

impl Node<'_> {
    /// Whether the two hold the same values, the images left out. Depth is bounded by the reader.
    fn same(self, other: Self) -> bool {
        let (Self(a, id_a), Self(b, id_b)) = (self, other);
        if id_a == a.image && id_b == b.image {
            return true;
        }
        match (a.tree.value(id_a), b.tree.value(id_b)) {
            (Value::List(x), Value::List(y)) => {
                x.len() == y.len() && x.iter().zip(y).all(|(x, y)| Self(a, *x).same(Self(b, *y)))
            }
            (Value::Map(x), Value::Map(y)) => {
                x.len() == y.len()
                    && x.iter().zip(y).all(|((k, v), (l, w))| {
                        Self(a, *k).same(Self(b, *l)) && Self(a, *v).same(Self(b, *w))
                    })
            }
            (x, y) => x == y,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PINNED: &str =
        "ghcr.io/acme/a@sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    fn file(image: &str) -> String {
        format!(
            "# Größe — mine\r\nname: A  # kept\r\nimplementation:\r\n  container:\r\n    image: {image}   # why\r\n    \
             command: ['/a', \"x\"]\r\n"
        )
    }

    #[test]
    fn only_the_image_changes_however_it_is_quoted() {
        for old in ["a:1.0", "'a:1.0'", "\"a:1.0\"", "a"] {
            assert_eq!(
                with_image(&file(old), PINNED).unwrap(),
                file(PINNED),
                "{old}"
            );
        }
        let flow = "{name: A, implementation: {container: {image: a, command: [/a]}}}";
        assert_eq!(
            with_image(flow, PINNED).unwrap(),
            flow.replace("image: a", &format!("image: {PINNED}"))
        );
    }

    #[test]
    fn an_image_at_an_ipv6_address_is_quoted() {
        let pinned = PINNED.replace("ghcr.io", "[::1]:5711");
        let text = with_image(&file("a:1.0"), &pinned).unwrap();
        assert_eq!(text, file(&format!("\"{pinned}\"")));
        assert_eq!(image(&text).unwrap(), pinned);
        assert_eq!(with_image(&text, PINNED).unwrap(), file(PINNED));
    }

    #[test]
    fn an_image_alone_gives_the_component_back() {
        let label = unpinned(&file("a:1.0")).unwrap();
        assert_eq!(pinned(&label, PINNED).unwrap(), file(PINNED));
        assert_eq!(image(&file(PINNED)).unwrap(), PINNED);
    }

    #[test]
    fn the_image_of_pipeline_ir_is_that_of_its_one_component() {
        let ir = |image: &str| {
            format!(
                "deploymentSpec:\n  executors:\n    exec-a:\n      container:\n        image: {image}\nroot: {{}}\n"
            )
        };
        let label = unpinned(&ir("a:1.0")).unwrap();
        assert_eq!(pinned(&label, PINNED).unwrap(), ir(PINNED));
        let two = ir("a:1.0").replace("root", "    exec-b:\n      container: {image: b}\nroot");
        assert!(image(&two).is_err());
    }

    #[test]
    fn a_label_of_another_tool_is_refused() {
        assert!(pinned(&file("a:1.0"), PINNED).is_err());
        assert!(pinned("<html>", PINNED).is_err());
    }

    #[test]
    fn what_cannot_be_replaced_is_refused() {
        for text in [
            "name: A\n",
            "implementation: {graph: {}}\n",
            "implementation:\n  container:\n    image: >-\n      a\n      b\n",
            "x: &i a:1\nimplementation:\n  container:\n    image: *i\n",
            "implementation:\n  container:\n    image: [a]\n",
            "implementation: [",
        ] {
            assert!(with_image(text, PINNED).is_err(), "{text}");
        }
        for image in ["", "a b", "a: b", "a # b", "'a'", "*a", "a\n", "{a}"] {
            assert!(with_image(&file("a"), image).is_err(), "{image}");
        }
    }

    #[test]
    fn an_anchor_used_elsewhere_would_change_more_than_the_image() {
        let text = "implementation:\n  container:\n    image: &i a\n    command: [*i]\n";
        assert!(with_image(text, PINNED).is_err());
    }
}
