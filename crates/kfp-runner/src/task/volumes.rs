//! Paths on volumes, for programs that run without a container which could show them a volume where it is mounted.

use std::{collections::BTreeMap, path::PathBuf};

use kfp_pipeline::{ContainerSpec, executor::Inputs};
use serde_json::Value;

/// Directories, by the path a container would see them at.
type Volumes = BTreeMap<String, PathBuf>;

/// Words of the command line that are paths on a volume, or options with such a path, as they are here.
pub(super) fn in_command(mut container: ContainerSpec, volumes: &Volumes) -> ContainerSpec {
    for word in container
        .command
        .iter_mut()
        .skip(1)
        .chain(&mut container.args)
    {
        let (option, path) = match word.split_once('=') {
            Some((option, path)) if option.starts_with("--") => (format!("{option}="), path),
            _ => (String::new(), word.as_str()),
        };
        if let Some(path) = local(path, volumes) {
            *word = option + &path;
        }
    }
    container
}

/// Input parameters that are paths on a volume, as they are here.
pub(super) fn in_inputs(mut inputs: Inputs, volumes: &Volumes) -> Inputs {
    for value in inputs.parameters.values_mut() {
        if let Value::String(text) = value
            && let Some(path) = local(text, volumes)
        {
            *text = path;
        }
    }
    inputs
}

fn local(text: &str, volumes: &Volumes) -> Option<String> {
    // The inner mount first: a longer path is sorted after its beginning.
    volumes.iter().rev().find_map(|(path, directory)| {
        let rest = text.strip_prefix(path.trim_end_matches('/'))?;
        let is_inside = rest.is_empty() || rest.starts_with('/');
        is_inside.then(|| format!("{}{rest}", directory.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_below_a_mount_are_those_of_its_directory() {
        let volumes = Volumes::from([
            ("/data".to_owned(), PathBuf::from("/home/ann/claims/a")),
            (
                "/data/cache".to_owned(),
                PathBuf::from("/home/ann/claims/b"),
            ),
        ]);
        let container = ContainerSpec {
            command: vec!["/data/program".into(), "/data".into()],
            args: [
                "/data/x",
                "--to=/data/y",
                "/database",
                "a=/data/z",
                "/data/cache/w",
                "{{$.inputs.parameters['p']}}",
            ]
            .map(str::to_owned)
            .into(),
            ..ContainerSpec::default()
        };
        let container = in_command(container, &volumes);
        assert_eq!(container.command, ["/data/program", "/home/ann/claims/a"]);
        assert_eq!(
            container.args[..5],
            [
                "/home/ann/claims/a/x",
                "--to=/home/ann/claims/a/y",
                "/database",
                "a=/data/z",
                "/home/ann/claims/b/w"
            ]
        );
        let mut inputs = Inputs::default();
        inputs.parameters.insert("p".into(), "/data/file".into());
        inputs.parameters.insert("n".into(), 3.into());
        let inputs = in_inputs(inputs, &volumes);
        assert_eq!(inputs.parameters["p"], "/home/ann/claims/a/file");
    }
}
