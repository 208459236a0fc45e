//! The verbs that read catalogs, and what they say of bad ones.

use std::{fs, path::Path};

use kfp_component_spec::catalog::{self, Draft, Member, Site, testing};
use kfp_registry::{
    Client, Content, Descriptor, Digest, Index, MEDIA_TYPE_CONFIG, MEDIA_TYPE_INDEX,
    MEDIA_TYPE_LAYER_GZIP, MEDIA_TYPE_MANIFEST, Manifest, Platform, Reference,
    testing::{DockerRegistry, FaultServer, Reply, Setup},
};
use serde_json::Value;

use crate::support::Place;

/// A catalog of these versions in a folder.
fn build(root: &Path, drafts: &[Draft]) {
    let put = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let mut members: Vec<Member> = Vec::new();
    for draft in drafts {
        let at = members
            .iter()
            .position(|member| member.index.name == draft.name);
        let before = at.map(|at| members.remove(at).index);
        let (index, files) = draft.add_to(before).unwrap();
        for file in &files {
            put(&file.path, &file.text);
        }
        members.push(Member {
            index,
            readme: draft.readme.clone(),
        });
    }
    let site = Site {
        members,
        ..Site::default()
    };
    for file in site.files() {
        put(&file.path, &file.text);
    }
}

/// A place with the sample catalog beside the working directory, as `../catalog`.
fn samples() -> Place {
    let place = Place::new();
    build(&place.path().join("../catalog"), &testing::samples());
    place
}

/// Serves a folder below `/c/`.
fn serve(root: &Path) -> (FaultServer, String) {
    let root = root.to_owned();
    let server = FaultServer::start(move |request| {
        let path = request.target.strip_prefix("/c/").unwrap_or_default();
        match fs::read(root.join(path)) {
            Ok(bytes) => Reply::status(200).body(bytes),
            Err(_) => Reply::status(404),
        }
    });
    let url = format!("http://{}/c", server.host());
    (server, url)
}

/// Runs the program; exit code, stdout, stderr.
fn run(place: &Place, arguments: &[&str]) -> (i32, String, String) {
    let output = place
        .kfp_comp(arguments)
        .env("XDG_CONFIG_HOME", place.path().join("../config"))
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// Runs something that must fail, leave the folder as it was, and say all of these.
fn refused(place: &Place, arguments: &[&str], says: &[&str]) {
    let before = place.tree();
    let (code, out, err) = run(place, arguments);
    assert!(code == 1 || code == 2, "{code}: {err}");
    assert_eq!(out, "");
    assert!(err.starts_with("error: "), "{err}");
    for part in says {
        assert!(err.contains(part), "{part} is not in {err}");
    }
    assert_eq!(place.tree(), before, "something was written");
}

#[test]
fn search_finds_in_spite_of_typing_mistakes_and_filters_by_type() {
    let place = samples();
    let (code, out, _) = run(&place, &["search", "parqet", "--catalog", "../catalog"]);
    let names: Vec<&str> = out
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!((code, names), (0, vec!["csv-to-parquet", "parquet-to-csv"]));
    let (_, out, _) = run(
        &place,
        &[
            "search",
            "--in",
            "model",
            "--out",
            "String",
            "--json",
            "--catalog",
            "../catalog",
        ],
    );
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["components"].as_array().unwrap().len(), 1);
    assert_eq!(found["components"][0]["name"], "kserve-deploy");
}

#[test]
fn what_is_added_is_locked_verified_and_needs_no_network_again() {
    let place = Place::new();
    let root = place.path().join("../served");
    build(&root, &testing::samples());
    let (server, url) = serve(&root);

    let (code, out, err) = run(&place, &["add", "train-eval", "--catalog", &url]);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("load_component_from_file(\"kfp-components/train-eval/component.yaml\")"),
        "{out}"
    );
    assert!(
        out.contains(&format!(
            "load_component_from_url(\"{url}/components/train-eval/0.2.0/component.yaml\")"
        )),
        "{out}"
    );
    let kept = place.read("kfp-components/train-eval/component.yaml");
    assert_eq!(
        kept,
        fs::read_to_string(root.join("components/train-eval/0.2.0/component.yaml")).unwrap()
    );
    let lock = place.read("kfp-comp.lock");
    for part in [
        &format!("sha256 = \"{}\"", catalog::sha256(kept.as_bytes())),
        "version = \"0.2.0\"",
        "digest = \"sha256:",
    ] {
        assert!(lock.contains(part), "{part} is not in {lock}");
    }

    let asked = server.requests().len();
    let tree = place.tree();
    assert_eq!(run(&place, &["add", "train-eval@0.2.0"]).0, 0);
    assert_eq!(run(&place, &["add"]).0, 0);
    assert_eq!(run(&place, &["verify", "--offline"]).0, 0);
    assert_eq!((server.requests().len(), place.tree()), (asked, tree));

    fs::remove_dir_all(place.path().join("kfp-components")).unwrap();
    assert_eq!(run(&place, &["verify", "--offline"]).0, 4);
    assert_eq!(run(&place, &["add"]).0, 0);
    assert_eq!(place.read("kfp-components/train-eval/component.yaml"), kept);
}

#[test]
fn a_dry_run_writes_nothing() {
    let place = samples();
    let before = place.tree();
    let (code, _, err) = run(
        &place,
        &["add", "predict", "--dry-run", "--catalog", "../catalog"],
    );
    assert!(
        code == 0 && err.contains("Would add predict 0.4.0"),
        "{err}"
    );
    assert_eq!(place.tree(), before);
}

#[test]
fn a_file_url_is_a_catalog() {
    let place = samples();
    let root = place.path().join("../catalog").canonicalize().unwrap();
    assert_eq!(
        run(
            &place,
            &[
                "add",
                "predict",
                "--catalog",
                &format!("file://{}", root.display())
            ]
        )
        .0,
        0
    );
}

#[test]
fn a_tampered_component_is_not_added() {
    let place = samples();
    let path = place
        .path()
        .join("../catalog/components/predict/0.4.0/component.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("acme/predict@", "evil/predict@")).unwrap();
    refused(
        &place,
        &["add", "predict", "--catalog", "../catalog"],
        &[
            "predict/0.4.0/component.yaml` is not the file that was published",
            "cause: its sha256 is",
        ],
    );
}

#[test]
fn a_component_changed_after_it_was_added_is_found() {
    let place = samples();
    assert_eq!(
        run(&place, &["add", "predict", "--catalog", "../catalog"]).0,
        0
    );
    let path = place.path().join("kfp-components/predict/component.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace('\n', "\r\n")).unwrap();
    assert_eq!(
        run(&place, &["verify", "--offline"]).0,
        0,
        "line ends are a checkout's business"
    );
    fs::write(&path, text.replace("Runs", "Ruins")).unwrap();
    let (code, _, err) = run(&place, &["verify", "--offline"]);
    assert!(code == 4 && err.contains("is not what was locked"), "{err}");
}

#[test]
fn an_index_with_a_wrong_hash_is_named() {
    let place = samples();
    let path = place
        .path()
        .join("../catalog/components/predict/index.json");
    let mut index: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    index["versions"][0]["component"]["sha256"] = "0".repeat(64).into();
    fs::write(&path, index.to_string()).unwrap();
    refused(
        &place,
        &["add", "predict", "--catalog", "../catalog"],
        &["the index says 0000"],
    );
    index["versions"][0]["component"]["sha256"] = "nonsense".into();
    fs::write(&path, index.to_string()).unwrap();
    refused(
        &place,
        &["add", "predict", "--catalog", "../catalog"],
        &["is not a catalog's index", "`nonsense` is not a sha256"],
    );
}

#[test]
fn a_version_or_component_that_is_not_there_is_named_with_what_is() {
    let place = samples();
    refused(
        &place,
        &["add", "predict@9.9.9", "--catalog", "../catalog"],
        &["`predict` has no version 9.9.9", "hint: it has 0.4.0"],
    );
    refused(
        &place,
        &["add", "predikt", "--catalog", "../catalog"],
        &[
            "no catalog has a component named `predikt`",
            "hint: there is one named `predict`",
        ],
    );
    refused(
        &place,
        &["add", "predict@new", "--catalog", "../catalog"],
        &["`new` is not a version"],
    );
}

#[test]
fn a_withdrawn_version_is_neither_found_nor_added_but_shown() {
    let place = samples();
    let yank = [
        "catalog",
        "yank",
        "predict@0.4.0",
        "--reason",
        "wrong on empty input",
        "--catalog",
        "../catalog",
    ];
    assert_eq!(
        run(&place, &["add", "predict", "--catalog", "../catalog"]).0,
        0
    );
    assert_eq!(run(&place, &yank).0, 0);

    let lists = |all: &[&str]| {
        let out = run(
            &place,
            &[&["search", "predict", "--catalog", "../catalog"], all].concat(),
        )
        .1;
        out.lines().any(|line| line.starts_with("predict "))
    };
    assert!(!lists(&[]) && lists(&["--all"]));
    assert!(
        run(&place, &["show", "predict", "--catalog", "../catalog"])
            .1
            .contains("Withdrawn: wrong on empty input")
    );
    let (code, out, _) = run(&place, &["outdated"]);
    assert!(
        code == 4 && out.contains("withdrawn: wrong on empty input"),
        "{out}"
    );
    assert_eq!(
        run(&place, &["verify", "--offline"]).0,
        0,
        "who has it keeps it"
    );
    fs::remove_file(place.path().join("kfp-comp.lock")).unwrap();
    refused(
        &place,
        &["add", "predict", "--catalog", "../catalog"],
        &["`predict` 0.4.0 is withdrawn: wrong on empty input"],
    );

    let undo = [
        "catalog",
        "yank",
        "predict@0.4.0",
        "--undo",
        "--catalog",
        "../catalog",
    ];
    assert_eq!(run(&place, &undo).0, 0);
    assert_eq!(
        run(&place, &["add", "predict", "--catalog", "../catalog"]).0,
        0
    );
}

#[test]
fn a_successor_exists_and_never_leads_back() {
    let place = samples();
    let deprecate = |what: &str, by: &str| {
        run(
            &place,
            &[
                "catalog",
                "deprecate",
                what,
                "--superseded-by",
                by,
                "--catalog",
                "../catalog",
            ],
        )
    };
    assert_eq!(deprecate("predict", "nothing").0, 1);
    assert_eq!(deprecate("predict", "predict").0, 1);
    assert_eq!(deprecate("predict", "evaluate").0, 0);
    let (code, _, err) = deprecate("evaluate", "predict");
    assert!(code == 1 && err.contains("leads back"), "{err}");
    let (code, _, err) = run(&place, &["add", "predict", "--catalog", "../catalog"]);
    assert!(
        code == 0 && err.contains("Deprecated") && err.contains("evaluate takes its place"),
        "{err}"
    );
}

#[test]
fn two_catalogs_with_one_name_are_not_guessed_between() {
    let place = samples();
    build(&place.path().join("../other"), &testing::samples()[..1]);
    place.write(
        "work/kfp-comp.toml",
        "[catalogs]\nacme = \"../catalog\"\nother = \"../other\"\n",
    );
    refused(
        &place,
        &["add", "data-ingestion"],
        &[
            "`data-ingestion` is in 2 catalogs: acme, other",
            "hint: say which one: `--catalog acme`",
        ],
    );
    assert_eq!(
        run(&place, &["add", "data-ingestion", "--catalog", "other"]).0,
        0
    );
    assert_eq!(run(&place, &["add", "predict"]).0, 0);
}

#[test]
fn no_path_of_an_index_leads_out_of_the_catalog() {
    let place = samples();
    let path = place
        .path()
        .join("../catalog/components/predict/index.json");
    let mut index: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for (bad, why) in [
        ("../../x", "leads out of the catalog"),
        ("/etc/passwd", "is absolute"),
        ("a\\..\\b", "is not a plain path"),
    ] {
        index["versions"][0]["component"]["url"] = bad.into();
        fs::write(&path, index.to_string()).unwrap();
        refused(
            &place,
            &["add", "predict", "--catalog", "../catalog"],
            &[why],
        );
    }
    index["name"] = "../../x".into();
    fs::write(&path, index.to_string()).unwrap();
    refused(
        &place,
        &["add", "predict", "--catalog", "../catalog"],
        &["is not a catalog's index"],
    );
}

#[test]
fn an_index_of_a_hundred_megabytes_is_not_read() {
    let place = Place::new();
    let server = FaultServer::start(|_| Reply::status(200).body(" ".repeat(1 << 20)).endless());
    let url = format!("http://{}", server.host());
    refused(
        &place,
        &["search", "x", "--catalog", &url],
        &["is larger than the 33554432 bytes it may have"],
    );
    place.write("big/index.json", &" ".repeat(100 << 20));
    refused(
        &place,
        &["search", "x", "--catalog", "../big"],
        &["is larger than"],
    );
}

#[test]
fn a_server_that_stalls_is_given_up() {
    let place = Place::new();
    let server = FaultServer::start(|_| Reply::status(200).silent());
    let url = format!("http://{}", server.host());
    refused(
        &place,
        &["add", "predict", "--timeout", "1", "--catalog", &url],
        &["could not read", "timeout"],
    );
}

#[test]
fn a_web_page_is_not_taken_for_a_catalog_or_a_component() {
    let place = samples();
    let server = FaultServer::start(|_| Reply::status(200).body("<!doctype html><h1>Sign in</h1>"));
    let url = format!("http://{}", server.host());
    refused(
        &place,
        &["add", "predict", "--catalog", &url],
        &["is a web page, not a catalog's index"],
    );
    fs::write(
        place
            .path()
            .join("../catalog/components/predict/0.4.0/component.yaml"),
        "<html>",
    )
    .unwrap();
    refused(
        &place,
        &["add", "predict", "--catalog", "../catalog"],
        &["is a web page, not a component.yaml"],
    );
}

#[test]
fn a_name_that_only_looks_alike_is_refused() {
    let place = samples();
    refused(
        &place,
        &["add", "\u{440}redict", "--catalog", "../catalog"],
        &["U+0440", "letters a to z"],
    );
}

#[test]
fn without_a_catalog_it_says_how_to_name_one() {
    let place = Place::new();
    refused(
        &place,
        &["search", "csv"],
        &["no catalog is named", "hint: pass `--catalog DIR|URL`"],
    );
    refused(
        &place,
        &["search", "csv", "--catalog", "nowhere"],
        &["`nowhere` is no catalog: it has no index.json"],
    );
    refused(
        &place,
        &["search", "csv", "--catalog", "ftp://x/y"],
        &["`ftp://` is not supported"],
    );
}

#[test]
fn breaking_changes_exit_with_4() {
    let place = Place::new();
    let function = "fn count(text: Input<Dataset>, #[arg(default = 1)] top: u32, counts: Output<Dataset>) -> Result<()> {}";
    let root = place.path().join("../catalog");
    build(
        &root,
        &[
            testing::draft("count", "1.0.0", function),
            testing::draft(
                "count",
                "1.1.0",
                &function.replace("counts:", "rows: Output<i64>, counts:"),
            ),
            testing::draft(
                "count",
                "2.0.0",
                &function.replace("u32", "f64").replace("= 1", "= 1.0"),
            ),
        ],
    );
    let diff = |old: &str, new: &str| run(&place, &["diff", old, new, "--catalog", "../catalog"]);
    let (code, out, err) = diff("count@1.0.0", "count@1.1.0");
    assert_eq!(
        (code, out.as_str()),
        (0, "fine      added    output `rows` of type Integer\n"),
        "{err}"
    );
    let (code, out, err) = diff("count@1.0.0", "count@2.0.0");
    assert!(
        code == 4 && out.contains("breaking  changed  input `top` was Integer and is Float"),
        "{out}"
    );
    assert!(err.contains("2.0.0 or higher may follow"), "{err}");
    let file = |version: &str| {
        root.join(format!("components/count/{version}/component.yaml"))
            .display()
            .to_string()
    };
    assert_eq!(diff(&file("1.0.0"), &file("2.0.0")).0, 4);
    assert_eq!(diff(&file("1.0.0"), "count@1.0.0").0, 0);
}

#[test]
fn a_newer_version_is_outdated_with_what_it_means() {
    let place = Place::new();
    let root = place.path().join("../catalog");
    let function = "fn count(text: Input<Dataset>, counts: Output<Dataset>) -> Result<()> {}";
    let first = testing::draft("count", "1.0.0", function);
    build(&root, std::slice::from_ref(&first));
    assert_eq!(
        run(&place, &["add", "count", "--catalog", "../catalog"]).0,
        0
    );
    assert_eq!(run(&place, &["outdated"]).0, 0);
    build(
        &root,
        &[
            first,
            testing::draft(
                "count",
                "2.0.0",
                &function.replace("text: Input<Dataset>, ", ""),
            ),
        ],
    );
    let (code, out, _) = run(&place, &["outdated"]);
    assert!(
        code == 4
            && out.contains(
                "count  1.0.0 -> 2.0.0  breaking; see `kfp-comp diff count@1.0.0 count@2.0.0`"
            ),
        "{out}"
    );
}

#[test]
fn the_python_package_is_python_and_says_what_the_components_say() {
    let place = samples();
    assert_eq!(
        run(
            &place,
            &["catalog", "python", "acme", "--catalog", "../catalog"]
        )
        .0,
        0
    );
    let code = place.read("acme/__init__.py");
    assert!(code.contains("def train_eval(*, x_train, x_test, y_train, y_test, number_of_estimators=_UNSET, criterion=_UNSET):"), "{code}");
    assert!(
        place
            .read("acme/__init__.pyi")
            .contains("    number_of_estimators: Union[int, Any] = ...,")
    );
    assert!(
        !code
            .lines()
            .any(|line| line.starts_with("import kfp") || line.starts_with("from kfp"))
    );
    let check = "import ast, sys; [ast.parse(open(path).read()) for path in ('acme/__init__.py', 'acme/__init__.pyi')]; \
                 import acme; assert 'kfp' not in sys.modules; print(acme.train_eval.__doc__.splitlines()[0])";
    let output = std::process::Command::new("python3")
        .current_dir(place.path())
        .args(["-c", check])
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "Trains a random forest and scores it on the test set.\n",
        "{output:?}"
    );
    place.write("work/mine/__init__.py", "x = 1\n");
    refused(
        &place,
        &["catalog", "python", "mine", "--catalog", "../catalog"],
        &["was not written by this tool"],
    );
}

/// Pushes an image for two platforms that carries `yaml` in its label; gives its digest.
fn push(client: &Client, repository: &Reference, yaml: &str) -> Digest {
    let layer = b"not really a layer".as_slice();
    let label = kfp_component_spec::label::interface(yaml).unwrap();
    let mut children = Vec::new();
    for architecture in ["amd64", "arm64"] {
        let config = serde_json::json!({
            "architecture": architecture, "os": "linux",
            "config": { "Labels": { kfp_component_spec::label::COMPONENT: label } },
        })
        .to_string();
        for bytes in [layer, config.as_bytes()] {
            client
                .put_blob(
                    repository,
                    &Digest::of(bytes),
                    Content::Bytes(bytes),
                    None,
                    &|_| (),
                )
                .unwrap();
        }
        let manifest = Manifest::new(
            Descriptor::of(MEDIA_TYPE_CONFIG, config.as_bytes()),
            vec![Descriptor::of(MEDIA_TYPE_LAYER_GZIP, layer)],
        )
        .to_bytes();
        client
            .put_manifest(
                &repository.with_digest(Digest::of(&manifest)),
                MEDIA_TYPE_MANIFEST,
                &manifest,
            )
            .unwrap();
        let mut child = Descriptor::of(MEDIA_TYPE_MANIFEST, &manifest);
        child.platform = Some(Platform {
            architecture: architecture.to_owned(),
            os: "linux".to_owned(),
            variant: None,
        });
        children.push(child);
    }
    let index = Index::new(children).to_bytes();
    let digest = Digest::of(&index);
    client
        .put_manifest(&repository.with_digest(digest), MEDIA_TYPE_INDEX, &index)
        .unwrap();
    digest
}

#[test]
fn an_image_alone_is_enough_and_a_mirror_needs_no_other_registry() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let Some(inner) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let place = Place::new();
    let mut draft = testing::samples().remove(0);
    let repository: Reference = format!("{}/acme/data-ingestion", registry.host())
        .parse()
        .unwrap();
    let client = Client::builder().for_push().build().unwrap();
    let digest = push(&client, &repository, &draft.component_yaml);
    let pinned = repository.with_digest(digest).to_string();
    draft.component_yaml =
        kfp_component_spec::label::with_image(&draft.component_yaml, &pinned).unwrap();

    let (code, _, err) = run(&place, &["add", &pinned]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(
        place.read("kfp-components/data-ingestion/component.yaml"),
        draft.component_yaml
    );
    let (code, _, err) = run(&place, &["verify"]);
    assert_eq!(code, 0, "{err}");
    let (code, _, err) = run(&place, &["verify", "--platform", "linux/s390x"]);
    assert!(code == 4 && err.contains("is not for linux/s390x"), "{err}");
    let missing = repository.with_digest(Digest::of(b"nothing")).to_string();
    refused(&place, &["add", &missing], &["is not there"]);

    build(&place.path().join("../catalog"), &[draft]);
    let to = format!("{}/mirror", inner.host());
    let (code, _, err) = run(
        &place,
        &[
            "catalog",
            "mirror",
            "--to",
            &to,
            "mirrored",
            "--catalog",
            "../catalog",
        ],
    );
    assert_eq!(code, 0, "{err}");
    drop(registry);
    fs::remove_dir_all(place.path().join("kfp-components")).unwrap();
    fs::remove_file(place.path().join("kfp-comp.lock")).unwrap();
    assert_eq!(
        run(&place, &["add", "data-ingestion", "--catalog", "mirrored"]).0,
        0
    );
    let text = place.read("kfp-components/data-ingestion/component.yaml");
    assert!(
        text.contains(&format!("image: {to}/data-ingestion@{digest}")),
        "{text}"
    );
    let (code, _, err) = run(&place, &["verify"]);
    assert_eq!(code, 0, "{err}");
    let again = run(
        &place,
        &[
            "catalog",
            "mirror",
            "--to",
            &to,
            "mirrored",
            "--catalog",
            "mirrored",
        ],
    );
    assert_eq!(again.0, 0, "{}", again.2);
}
