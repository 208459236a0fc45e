//! What cargo said about a workspace, kept until something changes that it read.
//!
//! Asking cargo takes longer than running a small pipeline. The answer without dependencies follows from the manifests,
//! from which files and directories there are beside them, from cargo's own settings and from its environment.

use std::{
    collections::BTreeMap,
    env, fs,
    io::Write as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use cargo_metadata::{Metadata, MetadataCommand};
use serde::{Deserialize, Serialize};

/// What changes the answer without a file being changed.
const VARIABLES: [&str; 6] = [
    "CARGO",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_HOME",
    "CARGO_TARGET_DIR",
    "HOME",
    "RUSTUP_TOOLCHAIN",
];
/// A file that changed as recently as this could change again without its time telling.
const SETTLED: Duration = Duration::from_millis(100);

/// An answer and what it follows from.
#[derive(Deserialize, Serialize)]
struct Kept {
    version: String,
    directory: PathBuf,
    environment: Vec<Option<String>>,
    /// Every path that was looked at; none if nothing is there.
    files: BTreeMap<PathBuf, Option<Stamp>>,
    metadata: String,
}

/// What tells a file or directory from its earlier self: size, times of the last change of content and of anything, in
/// nanoseconds, and inode.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
struct Stamp(u64, i64, i64, u64);

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000) + rest;
        Some(Self(
            metadata.len(),
            nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            metadata.ino(),
        ))
    }
}

/// What cargo said earlier about the workspace of a directory, if nothing has changed.
pub(crate) fn read(file: &Path, directory: &Path) -> Option<Metadata> {
    let kept: Kept = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    let is_same = kept.directory == directory
        && kept.version == env!("CARGO_PKG_VERSION")
        && kept.environment == environment()
        && kept
            .files
            .iter()
            .all(|(path, stamp)| Stamp::of(path) == *stamp);
    if !is_same {
        return None;
    }
    MetadataCommand::parse(kept.metadata).ok()
}

/// Keeps what cargo said after it was asked at `began`, unless something it read is so new that a further change could
/// go unnoticed. That it cannot be kept costs only time.
pub(crate) fn write(file: &Path, directory: &Path, metadata: &Metadata, began: SystemTime) {
    let Some(paths) = paths(directory, metadata) else {
        return;
    };
    let began = began
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .saturating_sub(SETTLED);
    let began = i64::try_from(began.as_nanos()).unwrap_or(i64::MAX);
    let files: BTreeMap<PathBuf, Option<Stamp>> = paths
        .into_iter()
        .map(|path| (path.clone(), Stamp::of(&path)))
        .collect();
    if files.values().flatten().any(|stamp| stamp.2 > began) {
        return;
    }
    let Ok(metadata) = serde_json::to_string(metadata) else {
        return;
    };
    let kept = Kept {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        directory: directory.to_owned(),
        environment: environment(),
        files,
        metadata,
    };
    let _ = persist(file, &kept);
}

fn persist(file: &Path, kept: &Kept) -> std::io::Result<()> {
    let parent = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let mut temporary = tempfile::NamedTempFile::new_in(parent)?;
    temporary.write_all(&serde_json::to_vec(kept)?)?;
    temporary.persist(file)?;
    Ok(())
}

fn environment() -> Vec<Option<String>> {
    VARIABLES.iter().map(|name| env::var(name).ok()).collect()
}

/// Everything the answer follows from; nothing if that cannot be told.
fn paths(directory: &Path, metadata: &Metadata) -> Option<Vec<PathBuf>> {
    let root = metadata.workspace_root.as_std_path();
    let manifest = root.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).ok()?;
    if patterns(&text).any(|(_, rest)| rest.contains('/')) {
        return None;
    }
    // Where a first member may appear.
    let mut paths: Vec<PathBuf> = patterns(&text)
        .map(|(folder, _)| root.join(folder))
        .collect();
    paths.push(manifest);
    // Where cargo looks for the manifest, for a workspace around it, and for its settings.
    for directory in directory.ancestors() {
        paths.extend(
            ["Cargo.toml", ".cargo/config.toml", ".cargo/config"].map(|name| directory.join(name)),
        );
    }
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    if let Some(home) = home.or_else(|| Some(env::home_dir()?.join(".cargo"))) {
        paths.extend([home.join("config.toml"), home.join("config")]);
    }
    for package in metadata.workspace_packages() {
        let manifest = package.manifest_path.as_std_path();
        let folder = manifest.parent()?;
        paths.push(manifest.to_owned());
        // A new member beside this one, and new programs, tests, examples and benchmarks that no manifest names.
        paths.extend(folder.parent().map(Path::to_owned));
        paths.push(folder.to_owned());
        paths.extend(
            ["src", "src/bin", "tests", "examples", "benches"].map(|name| folder.join(name)),
        );
    }
    Some(paths)
}

/// The patterns of paths in a manifest: the folder that one looks through, and what stands from its first wildcard on. If
/// that goes on below a folder, as in `a/*/b`, directories decide that no member is in.
fn patterns(manifest: &str) -> impl Iterator<Item = (&str, &str)> {
    quoted(manifest).into_iter().filter_map(|text| {
        let (start, rest) = text.split_at(text.find(['*', '?', '['])?);
        Some((
            start.rsplit_once('/').map_or("", |(folder, _)| folder),
            rest,
        ))
    })
}

/// What stands in quotes in a TOML file, and not in a comment, where an apostrophe quotes nothing.
fn quoted(toml: &str) -> Vec<&str> {
    let mut texts = Vec::new();
    let mut rest = toml;
    while let Some(at) = rest.find(['"', '\'', '#']) {
        let (mark, behind) = rest[at..].split_at(1);
        let end = if mark == "#" { "\n" } else { mark };
        let Some((text, after)) = behind.split_once(end) else {
            break;
        };
        if mark != "#" {
            texts.push(text);
        }
        rest = after;
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_may_end_a_path_and_nothing_else() {
        let is_deep = |manifest| patterns(manifest).any(|(_, rest)| rest.contains('/'));
        assert!(!is_deep("members = [\"crates/*\", 'xtask'] # a/*"));
        assert!(is_deep("members = [\"crates/*/sub\"]"));
        assert!(is_deep("# Acme's\nmembers = [\"crates/*/sub\"]"));
        assert!(is_deep("members = [\"**\", \"a?/b\"]"));
    }
}
