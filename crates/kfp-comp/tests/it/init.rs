use snapbox::{file, str};

use crate::support::Place;

#[test]
fn a_workspace_has_everything_but_components() {
    let place = Place::new();
    place
        .kfp_comp(&["init", "acme", "--sdk", "../sdk"])
        .assert()
        .success();
    place.assert_tree(file!["trees/init.txt"]);
}

#[test]
fn the_files_of_a_new_repository_are_kept() {
    let place = Place::new();
    place.write("work/README.md", "# Mine\n");
    place.write("work/.gitignore", "secret\n");
    place
        .kfp_comp(&["init", ".", "--sdk", "../sdk"])
        .assert()
        .success();
    assert_eq!(
        (place.read("README.md"), place.read(".gitignore")),
        ("# Mine\n".into(), "secret\n".into())
    );
    assert!(place.read("Cargo.toml").starts_with("[workspace]"));
}

#[test]
fn an_existing_manifest_is_kept_and_nothing_is_written() {
    let place = Place::new();
    place.write("work/Cargo.toml", "[package]\nname = \"mine\"\n");
    let before = place.tree();
    let refused = place
        .kfp_comp(&["init", ".", "--sdk", "../sdk"])
        .assert()
        .code(1);
    let error = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(
        error.starts_with("error: `Cargo.toml` already exists\nhint: nothing was written"),
        "{error}"
    );
    assert_eq!(place.tree(), before);
}

#[test]
fn what_is_in_the_way_of_a_workspace_is_named_as_it_is_seen_from_here() {
    let place = Place::new();
    place.write("work/sub/Cargo.toml", "");
    place.write("work/file", "");
    for (directory, code, message) in [
        ("sub", 1, "error: `sub/Cargo.toml` already exists\n"),
        ("file", 2, "error: `file` is not a directory\n"),
    ] {
        let refused = place
            .kfp_comp(&["init", directory, "--sdk", "../sdk"])
            .assert()
            .code(code);
        let error = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn an_sdk_inside_the_workspace_stays_a_workspace_of_its_own() {
    let place = Place::new();
    place.write(
        "work/vendor/sdk/crates/kfp-component/Cargo.toml",
        "[package]\nname = \"kfp-component\"\n",
    );
    place.write("work/vendor/sdk/crates/kfp-component/src/lib.rs", "");
    place.write(
        "work/vendor/sdk/Cargo.toml",
        "[workspace]\nmembers = [\"crates/*\"]\n",
    );
    // Dockerfiles and CI find it there, so there is nothing to warn of.
    place
        .kfp_comp(&["init", ".", "--sdk", "vendor/sdk"])
        .assert()
        .success()
        .stderr_eq(str![[r#"
    Creating .

"#]]);
    assert!(
        place
            .read("Cargo.toml")
            .contains("exclude = [\"vendor/sdk\"]\n")
    );
    place.kfp_comp(&["new", "word-count"]).assert().success();
    place.kfp_comp(&["check"]).assert().success();
}
