use crate::support::{Place, WORKSPACE};

/// A command line, its exit code, and what its error says.
type Case = (&'static [&'static str], i32, &'static str);

/// Every case fails as told and changes no file.
fn refused(place: &Place, cases: &[Case]) {
    let before = place.tree();
    for (arguments, code, wanted) in cases {
        let output = place.kfp_comp(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(*code), "{arguments:?}: {error}");
        assert!(
            error.starts_with("error: ") && error.contains(wanted),
            "{arguments:?}: {error}"
        );
        assert!(output.stdout.is_empty(), "{arguments:?} prints data");
        assert_eq!(place.tree(), before, "{arguments:?} wrote something");
    }
}

#[test]
fn names_that_cannot_be_used() {
    let place = Place::workspace();
    refused(
        &place,
        &[
            (&["new", "match"], 2, "it is a Rust keyword"),
            (
                &["new", "test"],
                2,
                "it conflicts with Rust's built-in test library",
            ),
            (
                &["new", "deps"],
                2,
                "it conflicts with cargo's build directory names",
            ),
            (&["new", "nul"], 2, "it is a reserved Windows filename"),
            (&["new", "elyra"], 2, "it is one of the catalog's folders"),
            (&["new", "../escape"], 2, "write `escape`"),
            (&["new", "Word_Count"], 2, "write `word-count`"),
            (
                &["new", "tool"],
                1,
                "this workspace already has a package named `tool`",
            ),
            (
                &["new", "a-first"],
                1,
                "this workspace already has a package named `a-first`",
            ),
        ],
    );
}

#[test]
fn arguments_that_do_not_parse() {
    let place = Place::workspace();
    refused(
        &place,
        &[
            (
                &["new", "word-count", "--arg", "text"],
                2,
                "\n  text\n      ^ column 5",
            ),
            (&["new", "word-count", "--arg", "text: &str"], 2, "column 7"),
            (
                &[
                    "new",
                    "word-count",
                    "--arg",
                    "ok: u32",
                    "--arg",
                    "top: u32 = many",
                ],
                2,
                "\n  top: u32 = many\n             ^ column 12",
            ),
            (
                &["new", "word-count", "--arg", "class: String"],
                2,
                "Python keyword",
            ),
            (
                &["new", "word-count", "--arg", "s: Settings"],
                2,
                "unknown type",
            ),
            (
                &["new", "word-count", "--arg", "o: Output<Datset>"],
                2,
                "use String, bool, an integer, f32/f64, Vec<_>, Json<_>, an artifact (Artifact, Dataset,",
            ),
            (
                &["new", "word-count", "--arg", "/// Rows."],
                2,
                "the argument's name comes first\n  /// Rows.\n  ^ column 1",
            ),
            (
                &["new", "word-count", "--arg", "a: u32, b: u32"],
                2,
                "one argument ends here\n  a: u32, b: u32\n        ^ column 7",
            ),
            (
                &["new", "word-count", "--arg", "a: Json<X> = {\"b\": 1}"],
                2,
                "write the default in Rust: a number, `\"text\"`, `true`, `[1, 2]`, or an object as a string",
            ),
            (
                &["new", "word-count", "--arg", "a: u32", "--arg", "a: u32"],
                2,
                "two `--arg` are named `a`",
            ),
        ],
    );
}

#[test]
fn directories_that_cannot_be_used() {
    let place = Place::new();
    refused(
        &place,
        &[
            (
                &["new", "word-count"],
                1,
                "needs `--sdk PATH|GIT-URL`: the SDK is not on crates.io yet",
            ),
            (&["init", "acme"], 1, "needs `--sdk PATH|GIT-URL`"),
            (
                &["new", "word-count", "--sdk", "nowhere"],
                1,
                "`nowhere` is not a checkout of the SDK",
            ),
            (
                &["new", "word-count", "--sdk", "git@acme.example:sdk"],
                2,
                "write `ssh://git@acme.example/sdk`",
            ),
            (&["check"], 1, "this directory is not in a cargo workspace"),
        ],
    );

    place.write("work/Cargo.toml", "[package]\nname = \"mine\"\n");
    place.write("work/src/lib.rs", "");
    refused(
        &place,
        &[(&["new", "word-count"], 1, "is a package, not a workspace")],
    );

    place.write("work/Cargo.toml", "[workspace]\nmembers = [\"gone\"]\n");
    refused(
        &place,
        &[(
            &["new", "word-count"],
            1,
            "cargo could not read the workspace",
        )],
    );

    place.write("work/Cargo.toml", "[workspace\n");
    refused(
        &place,
        &[(
            &["new", "word-count"],
            1,
            "cargo could not read the workspace",
        )],
    );

    place.write("work/Cargo.toml", "[workspace]\n");
    refused(
        &place,
        &[(
            &["new", "word-count"],
            1,
            "a workspace without `kfp-component`",
        )],
    );
}

#[test]
fn a_directory_that_exists() {
    let place = Place::workspace();
    place.write("work/components/word-count/notes.txt", "mine");
    refused(
        &place,
        &[
            (
                &["new", "word-count"],
                1,
                "`components/word-count` already exists",
            ),
            (
                &["new", "another", "--sdk", "../sdk"],
                1,
                "omit `--sdk`, or change the source there",
            ),
        ],
    );
}

#[test]
fn a_python_file_where_a_component_is_wanted() {
    let place = Place::workspace();
    place.write("work/p.py", "import kfp\n");
    refused(
        &place,
        &[(
            &["new", "word-count", "--from", "p.py#count"],
            1,
            "compile it first: `kfp dsl compile --py p.py --output pipeline.yaml`",
        )],
    );
}

#[test]
fn settings_that_are_wrong() {
    let place = Place::workspace();
    for (setting, wanted) in [
        ("registery = 1", "unknown field `registery`"),
        (
            "version = \"99.0\"",
            "this workspace wants kfp-comp ^99.0, and this is kfp-comp",
        ),
        ("platforms = 1", "invalid type"),
    ] {
        let text = WORKSPACE.replace("registry = \"ghcr.io/acme\"", setting);
        place.write("work/Cargo.toml", &text);
        let before = place.tree();
        let output = place.kfp_comp(&["generate"]).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(1) && error.contains(wanted),
            "{setting}: {error}"
        );
        assert_eq!(place.tree(), before);
    }
}

#[test]
fn files_whose_interface_cannot_be_taken_over() {
    let place = Place::workspace();
    place.write("work/list.yaml", "- a\n");
    refused(
        &place,
        &[
            (
                &["new", "word-count", "--from", "none.yaml"],
                1,
                "could not read `none.yaml`",
            ),
            (
                &["new", "word-count", "--from", "list.yaml"],
                1,
                "`list.yaml` is not a component: 1:1: ",
            ),
            (
                &["new", "word-count", "--from", "list.yaml"],
                1,
                "hint: run `kfp-comp lint list.yaml`",
            ),
        ],
    );
}

/// Values and names that are only used on a cluster or in an image, refused before anything is compiled.
#[test]
fn what_cannot_work_on_a_cluster_is_refused_when_it_is_named() {
    let place = Place::workspace();
    place.component(
        "a-first",
        "#[component]\nfn a_first(name: String, table: Input<Dataset>) -> Result<()> {}\n",
    );
    place.write("work/components/a-first/samples/name", &"x".repeat(300_000));
    place.write("work/table.csv", "a\n");
    refused(
        &place,
        &[
            (&["new", "tmp"], 2, "is taken by the image's own"),
            (
                &["run", "-q", "a-first", "--", "--table", "table.csv"],
                2,
                "parameter `name` has 300000 bytes, but Linux accepts at most 131071",
            ),
            (
                &["run", "-q", "a-first", "--", "--table", "table.csv"],
                2,
                "hint: declare `name: Input<Artifact>` instead",
            ),
            (
                &["run", "a-first", "--", "--name=x", "--table=no.csv"],
                2,
                "cannot read the input file of `--table`: `no.csv`",
            ),
            (
                &[
                    "run",
                    "a-first",
                    "--",
                    "--name=x",
                    "--table=https://acme.example/t.csv",
                ],
                2,
                "is a URL\nhint: download it and pass the file's path: `--table PATH`",
            ),
            (
                &["run", "a-first", "--", "--tabel", "x"],
                2,
                "hint: did you mean `--table`?",
            ),
        ],
    );

    let default = format!(
        "#[component]\nfn a_first(#[arg(default = {:?})] name: String) -> Result<()> {{}}\n",
        "x".repeat(140_000)
    );
    place.component("a-first", &default);
    refused(
        &place,
        &[(
            &["generate"],
            2,
            "the defaults in `components/a-first/src/main.rs` cannot be passed\n  cause: parameter `name` has 140000 bytes",
        )],
    );
}

#[test]
fn an_image_that_no_registry_accepts_is_refused_before_it_is_written() {
    let place = Place::workspace();
    for registry in ["https://ghcr.io/acme", "ghcr.io/Acme"] {
        place.write(
            "work/Cargo.toml",
            &WORKSPACE.replace("ghcr.io/acme", registry),
        );
        let message = "the image of `a-first` would be invalid";
        refused(
            &place,
            &[(&["generate"], 1, message), (&["check"], 1, message)],
        );
    }

    let place = Place::new();
    place.write(
        "work/Cargo.toml",
        "[package]\nname = \"tmp\"\nedition = \"2024\"\n[dependencies]\nkfp-component = { path = \"../sdk/crates/kfp-component\" }\n",
    );
    place.write(
        "work/src/main.rs",
        "#[component]\nfn tmp() -> Result<()> {}\nkfp_component::main!(tmp);\n",
    );
    refused(
        &place,
        &[(
            &["generate"],
            1,
            "`tmp` cannot be built into an image: `/tmp` in a container is taken by the image",
        )],
    );
}

#[test]
fn a_directory_among_the_members_that_is_not_a_crate_is_named_with_a_way_out() {
    let place = Place::workspace();
    place.write(
        "work/Cargo.toml",
        &WORKSPACE.replace("components/a-first", "components/*"),
    );
    place.write("work/components/notes/todo.txt", "");
    refused(
        &place,
        &[
            (&["check"], 1, "components/notes/Cargo.toml"),
            (
                &["check"],
                1,
                "needs a Cargo.toml: move this one elsewhere, or add it to `exclude`",
            ),
        ],
    );
}

#[test]
fn a_lock_file_of_another_version_is_not_read() {
    let place = Place::new();
    place.write("work/kfp-comp.lock", "version = 2\n");
    for verb in ["add", "verify", "outdated"] {
        let output = place.kfp_comp(&[verb]).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(1)
                && error.contains("kfp-comp.lock` has version 2, and this program reads version 1"),
            "{verb}: {error}"
        );
    }
}

#[test]
fn hints_name_the_command_that_was_typed() {
    let place = Place::new();
    let said = |command: snapbox::cmd::Command| {
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    let hint = said(place.kfp_comp(&["verify"]));
    assert!(hint.contains("hint: run `kfp-comp add NAME`"), "{hint}");
    let hint = said(
        place
            .kfp_comp(&["verify"])
            .env("KFP_COMP_COMMAND", "cargo comp"),
    );
    assert!(hint.contains("hint: run `cargo comp add NAME`"), "{hint}");
}

#[test]
fn values_that_no_image_or_server_can_have_are_refused_when_they_are_named() {
    let place = Place::new();
    refused(
        &place,
        &[
            (
                &["verify", "--platform", "arm64"],
                2,
                "write an operating system and an architecture, such as `linux/arm64`",
            ),
            (
                &["verify", "--platform", "linux/aarch64"],
                2,
                "images call it `linux/arm64`",
            ),
            (&["search", "--arch", "x86_64"], 2, "images call it `amd64`"),
            (&["search", "--timeout", "0"], 2, "0 is not in 1.."),
        ],
    );
}

#[test]
fn a_machine_without_cargo_is_sent_to_rustup() {
    let place = Place::workspace();
    let output = place
        .kfp_comp(&["list"])
        .env("PATH", "")
        .env_remove("CARGO")
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("hint: install the Rust toolchain: https://rustup.rs"),
        "{error}"
    );
}
