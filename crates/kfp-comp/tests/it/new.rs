use snapbox::{file, str};

use crate::support::{Place, WORKSPACE, kfp_comp};

const WORD_COUNT: &[&str] = &[
    "new",
    "word-count",
    "--arg",
    "text: Input<Dataset>",
    "--arg",
    "top: u32 = 10",
    "--arg",
    "counts: Output<Dataset>",
];

#[test]
fn a_component_joins_the_workspace_and_takes_its_settings() {
    let place = Place::workspace();
    place
        .kfp_comp(WORD_COUNT)
        .assert()
        .success()
        .stdout_eq(str![])
        .stderr_eq(str![[r#"
    Creating components/word-count
      Adding `components/word-count` to the workspace
   Generated component.yaml, Dockerfile

"#]]);
    place.assert_tree(file!["trees/new-member.txt"]);
}

#[test]
fn a_component_without_arguments_copies_a_table_and_may_stand_alone() {
    let place = Place::new();
    place
        .kfp_comp(&["new", "copy-table", "--sdk", "../sdk"])
        .assert()
        .success();
    place.assert_tree(file!["trees/new-alone.txt"]);
    kfp_comp(&place.path().join("copy-table"), &["check"])
        .assert()
        .success();
}

#[test]
fn a_member_that_a_glob_covers_is_not_listed() {
    let place = Place::workspace();
    let text = WORKSPACE.replace("\"components/a-first\", # the oldest", "\"components/*\",")
        + "\n[profile.component]\ninherits = \"release\"\n";
    place.write("work/Cargo.toml", &text);
    place
        .kfp_comp(&["new", "word-count"])
        .assert()
        .success()
        .stderr_eq(str![[r#"
    Creating components/word-count
   Generated component.yaml, Dockerfile

"#]]);
    assert_eq!(place.read("Cargo.toml"), text);
}

#[test]
fn an_excluded_directory_gets_a_standalone_crate() {
    let place = Place::workspace();
    let text = WORKSPACE.replace(
        "resolver = \"3\"",
        "resolver = \"3\"\nexclude = [\"components/word-count\"]",
    );
    place.write("work/Cargo.toml", &text);
    place
        .kfp_comp(&["new", "word-count", "--sdk", "../sdk"])
        .assert()
        .success();
    assert_eq!(place.read("Cargo.toml"), text);
    let manifest = place.read("components/word-count/Cargo.toml");
    assert!(
        manifest.contains("\n[workspace]\n") && !manifest.contains("workspace = true"),
        "{manifest}"
    );
    assert!(
        manifest.contains("{ path = \"../../../sdk/crates/kfp-component\" }"),
        "{manifest}"
    );
}

#[test]
fn what_new_wrote_is_fresh() {
    let place = Place::workspace();
    place.kfp_comp(WORD_COUNT).assert().success();
    place
        .kfp_comp(&["check", "word-count"])
        .assert()
        .success()
        .stderr_eq(str![[r#"
       Fresh word-count

"#]]);
}

#[test]
fn a_dry_run_prints_what_a_run_writes() {
    let place = Place::workspace();
    let before = place.tree();
    let dry: Vec<&str> = WORD_COUNT.iter().copied().chain(["--dry-run"]).collect();
    let diff = place
        .kfp_comp(&dry)
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    assert_eq!(place.tree(), before);

    // The diff, applied by another program, is what the real run does.
    place.write("diff", std::str::from_utf8(&diff).unwrap());
    snapbox::cmd::Command::new("git")
        .args(["apply", "../diff"])
        .current_dir(place.path())
        .assert()
        .success();
    let patched = place.tree();
    let other = Place::workspace();
    other.kfp_comp(WORD_COUNT).assert().success();
    assert_eq!(patched, other.tree());
}

#[test]
fn the_sdk_may_come_from_a_git_url() {
    let place = Place::new();
    place
        .kfp_comp(&["new", "word-count", "--sdk", "https://acme.example/sdk"])
        .assert()
        .success();
    let manifest = place.read("word-count/Cargo.toml");
    assert!(
        manifest.contains("kfp-component = { git = \"https://acme.example/sdk\" }"),
        "{manifest}"
    );
}
