//! The package of typed functions.

use super::{refused, run, samples};

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
