//! What a newer version changes: `diff` and `outdated`.

use kfp_catalog::testing;

use super::{build, run};
use crate::support::Place;

#[test]
fn breaking_changes_exit_with_4() {
    let place = Place::new();
    let function = "fn count(text: Input<Dataset>, #[arg(default = 1)] top: u32, counts: Output<Dataset>) -> Result<()> {}";
    let root = place.path().join("../catalog");
    build(
        &root,
        &[
            testing::release("count", "1.0.0", function),
            testing::release(
                "count",
                "1.1.0",
                &function.replace("counts:", "rows: Output<i64>, counts:"),
            ),
            testing::release(
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
    assert!(err.contains("must be 2.0.0 or higher"), "{err}");
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
    let first = testing::release("count", "1.0.0", function);
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
            testing::release(
                "count",
                "2.0.0",
                &function.replace("text: Input<Dataset>, ", ""),
            ),
        ],
    );
    let (code, out, _) = run(&place, &["outdated"]);
    // What it tells to type works as it stands: the lock file knows the catalog.
    assert_eq!(run(&place, &["diff", "count@1.0.0", "count@2.0.0"]).0, 4);
    assert!(
        code == 4
            && out.contains(
                "count  1.0.0 -> 2.0.0  breaking; see `kfp-comp diff count@1.0.0 count@2.0.0`"
            ),
        "{out}"
    );
    assert_eq!(run(&place, &["add", "count@2.0.0"]).0, 0);
    assert_eq!(run(&place, &["outdated"]).0, 0);
}
