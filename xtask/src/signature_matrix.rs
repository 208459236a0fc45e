//! Generated components that cover what a signature can say, each with the values to send to it.
//!
//! They are written below the target directory, as a separate workspace. Their bodies print what arrived, so that a test
//! compares this with what it sent through an SDK.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::process::{build as build_program, cargo, command, read, run};
use crate::workspace;

/// One component: its source, and what the tests need to know about it.
struct Member {
    name: String,
    source: String,
    /// What to send, one object per run; an argument that is not in it is omitted.
    cases: Vec<Value>,
    /// What arrives if the argument is omitted.
    omitted: Value,
    /// Whether kfp.local fails to start it if its argument is omitted.
    crashes_local: bool,
    /// Its artifact inputs.
    artifacts: Vec<String>,
    /// The values of its output parameters.
    results: Value,
    /// The names of its artifact outputs.
    files: Vec<String>,
    /// Whether it takes a list of artifacts, which KFP 1 does not have.
    takes_list: bool,
}

impl Member {
    fn new(name: &str, source: String, cases: Vec<Value>) -> Self {
        Self {
            name: format!("signature-{name}"),
            source,
            cases,
            omitted: json!({}),
            crashes_local: false,
            artifacts: Vec::new(),
            results: json!({}),
            files: Vec::new(),
            takes_list: false,
        }
    }

    fn description(&self, root: &Path) -> Value {
        json!({
            "name": self.name,
            "component": root.join("components").join(&self.name).join("component.yaml"),
            "program": workspace::target().join("debug").join(&self.name),
            "cases": self.cases,
            "omitted": self.omitted,
            "crashes_local": self.crashes_local,
            "artifacts": self.artifacts,
            "results": self.results,
            "files": self.files,
            "takes_list": self.takes_list,
        })
    }
}

/// A parameter type; its default, as written in the signature and as it arrives; and values to send.
struct Type {
    name: &'static str,
    rust: &'static str,
    items: &'static str,
    default: (&'static str, Value),
    values: Vec<Value>,
}

fn types() -> Vec<Type> {
    let plain = |name, rust, default, values| Type {
        name,
        rust,
        items: "",
        default,
        values,
    };
    vec![
        plain(
            "string",
            "String",
            ("\"a \\\"b\\\" {c}: 'd'\"", json!("a \"b\" {c}: 'd'")),
            vec![
                json!("plain"),
                json!("--other"),
                json!("-3"),
                json!("größe 猫 🦀"),
                json!("two\nlines: \"quoted\" 'too' \\ {json: [1]}"),
                json!("null"),
                json!(" "),
            ],
        ),
        Type {
            name: "choice",
            rust: "Criterion",
            items: "/// How to measure impurity.\n#[derive(Choice)]\nenum Criterion {\n    Gini,\n    #[choice(name = \"cross-entropy\")]\n    Entropy,\n}\n\n",
            default: ("\"gini\"", json!("gini")),
            values: vec![json!("gini"), json!("cross-entropy")],
        },
        plain(
            "i64",
            "i64",
            ("-7", json!(-7)),
            vec![json!(0), json!(-3), json!(9_007_199_254_740_991_i64)],
        ),
        plain("u8", "u8", ("200", json!(200)), vec![json!(0), json!(255)]),
        plain(
            "usize",
            "usize",
            ("10_000", json!(10000)),
            vec![json!(1), json!(1_000_000)],
        ),
        plain(
            "f64",
            "f64",
            ("0.25", json!(0.25)),
            vec![
                json!(0.5),
                json!(-3.0),
                json!(1e-07),
                json!(1.5e300),
                json!(0.1),
            ],
        ),
        plain(
            "bool",
            "bool",
            ("true", json!(true)),
            vec![json!(true), json!(false)],
        ),
        plain(
            "strings",
            "Vec<String>",
            ("[\"a\", \"b: c\"]", json!(["a", "b: c"])),
            vec![json!([]), json!(["größe", "--x", "\"q\" 'r'", "<&>"])],
        ),
        plain(
            "integers",
            "Vec<i64>",
            ("[1, -2]", json!([1, -2])),
            vec![json!([]), json!([3, -4, 0])],
        ),
        plain(
            "json",
            "Json",
            (
                "\"{\\\"depth\\\": 4, \\\"name\\\": \\\"é\\\"}\"",
                json!({"depth": 4, "name": "é"}),
            ),
            vec![
                json!({}),
                json!({"b": [1, 2.5, "x"], "a": {"deep": true, "größe": "<&>"}}),
            ],
        ),
        plain(
            "map",
            "std::collections::BTreeMap<String, f64>",
            ("\"{\\\"a\\\": 0.5}\"", json!({"a": 0.5})),
            vec![json!({}), json!({"x": 1.0, "ß y": -0.25})],
        ),
    ]
}

/// The source of a component with one parameter.
fn source(ty: &Type, attribute: &str, rust: &str, arrived: &str) -> String {
    include_str!("../signatures/parameter.rs")
        .replace("// ITEMS\n", ty.items)
        .replace("// ATTRIBUTE", attribute)
        .replace("RUST", rust)
        .replace("ARRIVED", arrived)
}

/// Every type: required, optional and with a default.
fn parameters() -> Vec<Member> {
    let mut members = Vec::new();
    for ty in types() {
        let sent: Vec<Value> = ty
            .values
            .iter()
            .map(|value| json!({"value": value}))
            .collect();
        let or_nothing: Vec<Value> = sent.iter().cloned().chain([json!({})]).collect();
        let member = |kind: &str, source: String, cases: Vec<Value>| Member {
            files: vec!["copy".into()],
            ..Member::new(&format!("{}-{kind}", ty.name), source, cases)
        };
        let plain = "Parameter::to_value(&value)?";
        members.push(member("required", source(&ty, "", ty.rust, plain), sent));
        let maybe = "value.as_ref().map(Parameter::to_value).transpose()?";
        let rust = format!("Option<{}>", ty.rust);
        members.push(Member {
            omitted: json!({"value": null}),
            crashes_local: matches!(ty.name, "i64" | "u8" | "usize"),
            ..member(
                "optional",
                source(&ty, "", &rust, maybe),
                or_nothing.clone(),
            )
        });
        let attribute = format!("#[arg(default = {})]", ty.default.0);
        members.push(Member {
            omitted: json!({"value": ty.default.1}),
            ..member(
                "default",
                source(&ty, &attribute, ty.rust, plain),
                or_nothing,
            )
        });
    }
    members
}

/// Artifacts, outputs, names that need care, and a component without arguments.
fn others() -> Vec<Member> {
    let inputs = [
        "artifact", "dataset", "model", "metrics", "html", "markdown",
    ];
    let contents = inputs
        .iter()
        .map(|name| ((*name).to_owned(), json!(format!("the {name}: ß"))));
    let required = Value::Object(contents.collect());
    let mut all = required.clone();
    all["maybe"] = json!("perhaps");
    let text = |text: &str| text.to_owned();
    vec![
        Member {
            artifacts: inputs.into_iter().chain(["maybe"]).map(text).collect(),
            omitted: json!({"maybe": null}),
            files: vec!["copy".into()],
            ..Member::new(
                "reads",
                include_str!("../signatures/reads.rs").into(),
                vec![required, all],
            )
        },
        Member {
            results: json!({
                "a_string": "größe: \"x\"", "an_integer": 42, "a_float": 0.5, "a_boolean": true,
                "a_list": ["a", "ß"], "an_object": {"depth": 4, "deep": [1, true]},
            }),
            files: [
                "artifact",
                "dataset",
                "model",
                "html",
                "markdown",
                "metrics",
                "mlpipeline_ui_metadata",
            ]
            .map(text)
            .into(),
            ..Member::new(
                "writes",
                include_str!("../signatures/writes.rs").into(),
                vec![json!({"text": "as given"})],
            )
        },
        Member::new(
            "nothing",
            include_str!("../signatures/nothing.rs").into(),
            vec![json!({})],
        ),
        Member {
            takes_list: true,
            ..Member::new(
                "joins",
                include_str!("../signatures/joins.rs").into(),
                vec![],
            )
        },
        Member {
            results: json!({"image": "made"}),
            ..Member::new(
                "names",
                include_str!("../signatures/names.rs").into(),
                vec![json!({"type": "t", "values": [1], "input": "i", "name": "n", "x_1": -1})],
            )
        },
    ]
}

/// Writes, generates and builds the components; returns the file that describes them.
pub(crate) fn build() -> Result<PathBuf> {
    let root = root();
    let members: Vec<Member> = parameters().into_iter().chain(others()).collect();
    let sdk = workspace::root();
    write(
        &root.join("Cargo.toml"),
        "[workspace]\nresolver = \"3\"\nmembers = [\"components/*\"]\n\n[profile.dev]\ndebug = \"line-tables-only\"\n",
    )?;
    // The versions of the repository, so that dependencies its build has compiled are used again.
    write(
        &root.join("Cargo.lock"),
        &fs::read_to_string(sdk.join("Cargo.lock"))?,
    )?;
    for member in &members {
        let directory = root.join("components").join(&member.name);
        let manifest = format!(
            "[package]\nname = \"{}\"\nversion = \"0.1.0\"\nedition = \"2024\"\nlicense = \"MIT\"\n\n[dependencies]\nkfp-component = {{ path = '{}' }}\nserde_json = {{ version = \"1\", features = [\"preserve_order\"] }}\n",
            member.name,
            sdk.join("crates/kfp-component").display()
        );
        write(&directory.join("Cargo.toml"), &manifest)?;
        write(&directory.join("src/main.rs"), &member.source)?;
    }
    let program = build_program("kfp-comp", "dev")?;
    let mut generate = command(&program.to_string_lossy());
    run(generate.args(["--quiet", "generate"]).current_dir(&root))?;
    run(cargo("build")
        .args(["--quiet", "--workspace", "--target-dir"])
        .arg(workspace::target())
        .current_dir(&root))?;
    let descriptions: Vec<Value> = members
        .iter()
        .map(|member| member.description(&root))
        .collect();
    let file = root.join("signatures.json");
    write(&file, &serde_json::to_string_pretty(&descriptions)?)?;
    Ok(file)
}

/// Some of them as static programs, which run in an empty image.
pub(crate) fn static_programs(names: &[&str]) -> Result<Vec<PathBuf>> {
    let version = read(command("rustc").arg("-vV"))?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc names no host")?;
    let flags = format!(
        "CARGO_TARGET_{}_RUSTFLAGS",
        host.to_uppercase().replace('-', "_")
    );
    let mut build = cargo("build");
    build
        .args(["--quiet", "--target", host, "--target-dir"])
        .arg(workspace::target());
    build
        .env(flags, "-C target-feature=+crt-static")
        .current_dir(root());
    for name in names {
        build.args(["--package", name]);
    }
    run(&mut build)?;
    let directory = workspace::target().join(host).join("debug");
    Ok(names.iter().map(|name| directory.join(name)).collect())
}

/// One of them, built as for publishing.
pub(crate) fn released(name: &str) -> Result<PathBuf> {
    build()?;
    let mut build = cargo("build");
    build
        .args(["--quiet", "--release", "--package", name, "--target-dir"])
        .arg(workspace::target());
    run(build.current_dir(root()))?;
    Ok(workspace::target().join("release").join(name))
}

fn root() -> PathBuf {
    workspace::target().join("signatures")
}

/// Writes a file unless it has this text: cargo rebuilds what is newer.
fn write(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|found| found == text) {
        return Ok(());
    }
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).with_context(|| directory.display().to_string())?;
    }
    fs::write(path, text).with_context(|| path.display().to_string())
}
