//! Every file of a catalog that follows from its releases: the index, and the layouts other readers know.
//!
//! Nothing here is anybody's source: the same releases always make the same files.

use serde_json::{Value, json};

use super::{ComponentIndex, File, Index, Name, Release, Summary, component_index_path};

/// A component and what its page shows beside the index.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its releases.
    pub index: ComponentIndex,
    /// The README of its latest release.
    pub readme: Option<String>,
}

/// A catalog's whole content but for the files in its releases' folders.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// What the catalog is called.
    pub title: String,
    /// Where it is served.
    pub url: Option<String>,
    /// By name.
    pub members: Vec<Member>,
}

impl Contents {
    /// The files, children before those that name them.
    pub fn files(&self) -> Vec<File> {
        let mut files = Vec::new();
        for member in &self.members {
            let index = member.index.to_json();
            let shown = json!({ "index": member.index, "readme": member.readme });
            let path = component_index_path(&member.index.name);
            files.push(script(
                path.replace(".json", ".js"),
                "kfpComponent",
                &shown.to_string(),
            ));
            files.push(File { path, text: index });
            registry(&member.index, &mut files);
        }
        files.push(File {
            path: "registry/packages/index.html".into(),
            text: text(&self.packages()),
        });
        files.push(File {
            path: "component_library.yaml".into(),
            text: self.tangle(),
        });
        if let Some(url) = &self.url {
            files.push(File {
                path: "elyra/url-catalog.json".into(),
                text: text(&self.elyra(url)),
            });
        }
        let index = self.index().to_json();
        files.push(script("index.js".into(), "kfpCatalog", &index));
        files.push(File {
            path: "index.json".into(),
            text: index,
        });
        files
    }

    /// The whole catalog in brief.
    pub fn index(&self) -> Index {
        Index {
            title: self.title.clone(),
            url: self.url.clone(),
            components: self.summaries().collect(),
            ..Index::default()
        }
    }

    fn summaries(&self) -> impl Iterator<Item = Summary> {
        self.members
            .iter()
            .filter_map(|member| member.index.summarise())
    }

    /// The latest releases a stranger should see.
    fn offered(&self) -> impl Iterator<Item = (&ComponentIndex, &Release)> {
        self.members.iter().filter_map(|member| {
            let release = member.index.latest()?;
            (!release.yanked && release.deprecated.is_none()).then_some((&member.index, release))
        })
    }

    /// A whole URL where the catalog knows its own, else a path from its root.
    fn locate(&self, path: &str) -> String {
        match &self.url {
            Some(url) => format!("{}/{path}", url.trim_end_matches('/')),
            None => path.to_owned(),
        }
    }

    fn packages(&self) -> Value {
        let packages: Vec<Value> = self
            .members
            .iter()
            .map(|member| package(&member.index))
            .collect();
        json!({ "packages": packages })
    }

    /// Tangle's library: folders by category, each component by URL and by the hash of its text.
    fn tangle(&self) -> String {
        let mut folders: Vec<(&str, String)> = Vec::new();
        for (index, release) in self.offered() {
            let Some(file) = &release.component_v1 else {
                continue;
            };
            let folder = index.categories.first().map_or("Other", String::as_str);
            let entry = [
                ("url", self.locate(file.url.as_str())),
                ("name", index.display_name.clone()),
                ("author", index.maintainers.join(", ")),
                ("digest", file.sha256.to_string()),
            ];
            let lines = entry.iter().filter(|(_, value)| !value.is_empty());
            let lines: Vec<String> = lines
                .map(|(key, value)| format!("    {key}: {}\n", quoted(value)))
                .collect();
            let mut item = lines.concat();
            item.replace_range(2..3, "-");
            match folders.iter_mut().find(|(name, _)| *name == folder) {
                Some((_, items)) => items.push_str(&item),
                None => folders.push((folder, item)),
            }
        }
        folders.sort();
        if folders.is_empty() {
            return "annotations: {}\nfolders: []\n".to_owned();
        }
        let folders: Vec<String> = folders
            .iter()
            .map(|(name, items)| format!("- name: {}\n  components:\n{items}", quoted(name)))
            .collect();
        let folders = folders.concat();
        format!("annotations: {{}}\nfolders:\n{folders}")
    }

    /// Elyra's URL catalog. Its categories have at most 18 characters.
    fn elyra(&self, url: &str) -> Value {
        let title = if self.title.is_empty() {
            "Components"
        } else {
            &self.title
        };
        let paths: Vec<String> = self
            .offered()
            .map(|(_, release)| self.locate(release.component.url.as_str()))
            .collect();
        json!({
            "schema_name": "url-catalog",
            "display_name": title,
            "metadata": {
                "description": format!("Components of {url}"),
                "runtime_type": "KUBEFLOW_PIPELINES",
                "categories": [title.chars().take(18).collect::<String>().trim_end()],
                "paths": paths,
            },
        })
    }
}

/// What KFP's `RegistryClient` asks for below `registry/`. What it takes for folders are pages there.
fn registry(index: &ComponentIndex, files: &mut Vec<File>) {
    let name = &index.name;
    let folder = format!("registry/packages/{name}");
    let mut put = |path: String, value: &Value| {
        files.push(File {
            path,
            text: text(value),
        });
    };
    put(format!("{folder}/index.html"), &package(index));
    let (mut tags, mut versions) = (Vec::new(), Vec::new());
    for release in &index.versions {
        let (tag, version) = (tag(name, release), version(name, release));
        put(format!("{folder}/tags/{}", release.version), &tag);
        put(
            format!("{folder}/versions/sha256:{}", release.component.sha256),
            &version,
        );
        tags.push(tag);
        versions.push(version);
    }
    put(
        format!("{folder}/tags/index.html"),
        &json!({ "tags": tags }),
    );
    put(
        format!("{folder}/versions/index.html"),
        &json!({ "versions": versions }),
    );
}

/// The copies of a component.yaml under its other names.
pub fn aliases(name: &Name, release: &Release, component_yaml: &str) -> [File; 3] {
    let hex = &release.component.sha256;
    [
        format!("sha256/{hex}.yaml"),
        format!("registry/{name}/{}", release.version),
        format!("registry/{name}/sha256:{hex}"),
    ]
    .map(|path| File {
        path,
        text: component_yaml.to_owned(),
    })
}

fn package(index: &ComponentIndex) -> Value {
    json!({
        "name": format!("packages/{}", index.name),
        "createTime": index.versions.first().map(|release| &release.released),
        "updateTime": index.versions.last().map(|release| &release.released),
        "description": index.summary,
    })
}

fn tag(name: &Name, release: &Release) -> Value {
    json!({
        "name": format!("packages/{name}/tags/{}", release.version),
        "version": format!("packages/{name}/versions/sha256:{}", release.component.sha256),
    })
}

fn version(name: &Name, release: &Release) -> Value {
    json!({
        "name": format!("packages/{name}/versions/sha256:{}", release.component.sha256),
        "createTime": release.released,
        "relatedTags": [tag(name, release)],
    })
}

fn text(value: &Value) -> String {
    format!("{value:#}\n")
}

/// A JSON string is a double-quoted YAML string.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Data as a call, for pages opened from `file://`, where browsers refuse to fetch.
fn script(path: String, function: &str, json: &str) -> File {
    File {
        path,
        text: format!("{function}({});\n", json.trim_end()),
    }
}
