//! Wrong arguments: exit 2, one line that names the argument, nothing written.

use std::os::unix::process::CommandExt as _;

use crate::program::{TestDir, command, program, run, words};

/// All of `everything`'s required arguments, the named one replaced.
fn arguments(dir: &TestDir, name: &str, value: &str) -> Vec<String> {
    let given = [
        ("text", "x"),
        ("count", "3"),
        ("share", "0.5"),
        ("flag", "False"),
        ("items", "[1.0, 2]"),
        ("options", "{\"a\": 1.0}"),
        ("criterion", "gini"),
        ("depth", "10"),
        ("rate", "0.1"),
    ];
    let mut arguments = Vec::new();
    for (flag, text) in given {
        arguments.extend([
            format!("--{flag}"),
            if flag == name {
                value.into()
            } else {
                text.into()
            },
        ]);
    }
    arguments.extend(["--table".into(), dir.file("table", "a,b\n")]);
    for output in ["seen", "best", "rows", "mlpipeline-metrics"] {
        arguments.extend([format!("--{output}"), dir.at(&format!("out/{output}"))]);
    }
    arguments
}

#[test]
fn a_value_that_does_not_fit_is_named_with_what_was_given_and_what_is_wanted() {
    let whole = "a whole number from -9007199254740991 to 9007199254740991";
    let cases = [
        ("count", "abc", whole),
        ("count", "2.5", whole),
        ("count", "1e300", whole),
        ("count", "9007199254740992", whole),
        ("count", "1152921504606846976", whole),
        ("count", "-9223372036854775808", whole),
        ("share", "inf", "a finite number"),
        ("share", "1e999", "a finite number"),
        ("flag", "perhaps", "true or false"),
        ("items", "{\"a\": 1}", "a JSON array"),
        ("items", "[1,", "a JSON array"),
        (
            "items",
            "[1, 2.5]",
            "a JSON array, each item a whole number from -9007199254740991 to 9007199254740991",
        ),
        (
            "options",
            "[1]",
            "a JSON object that fits (invalid type: sequence, expected a map)",
        ),
        ("options", "no", "a JSON object"),
        ("criterion", "ginni", "one of: gini, log loss"),
        ("depth", "0", "a whole number, from 1 to 100"),
        ("depth", "101", "a whole number, from 1 to 100"),
        ("depth", "abc", "a whole number, from 1 to 100"),
        ("rate", "1", "a number, from 0.0 to less than 1.0"),
        ("rate", "-0.1", "a number, from 0.0 to less than 1.0"),
    ];
    for (name, given, wanted) in cases {
        let dir = TestDir::new();
        let finished = run("everything", &arguments(&dir, name, given));
        finished.failed(
            2,
            &format!("error: `{name}` is `{given}`, but must be {wanted}\n"),
        );
        assert_eq!(dir.list(), ["table"], "nothing is written");
    }
}

#[test]
fn the_usual_reason_why_a_value_does_not_fit_is_named() {
    let missing = "this is Python's text for a value that is missing; leave the argument out";
    let notation = "this is Python's notation, not JSON; write it with `json.dumps`";
    let placeholder =
        "KFP did not replace this placeholder; pass the value as an argument of its task";
    let cases = [
        ("count", "None", missing),
        ("share", "nan", missing),
        ("share", "NaN", missing),
        ("items", "['a']", notation),
        ("options", "{'a': 1}", notation),
        ("flag", "{{inputs.parameters.flag}}", placeholder),
        (
            "count",
            "{{$.inputs.parameters['pipelinechannel--n']}}",
            placeholder,
        ),
    ];
    for (name, given, wanted) in cases {
        let dir = TestDir::new();
        let finished = run("everything", &arguments(&dir, name, given));
        assert_eq!(finished.code, Some(2));
        let start = format!("error: `{name}` is `{given}`, but must be ");
        assert!(finished.stderr.starts_with(&start), "{}", finished.stderr);
        let hint = format!("\nhint: {wanted}\n");
        assert!(finished.stderr.ends_with(&hint), "{}", finished.stderr);
    }
}

/// On its way a number may have been rounded, so the edge itself may stand for a number beyond it.
#[test]
fn limits_hold_at_their_very_edges() {
    let refused = [
        ("count", "9007199254740992.0"),
        ("count", "-9007199254740992"),
        ("count", "9007199254740991.5"),
        ("count", "2.99999999999999999999"),
        // As `f32` this is 1, which the range excludes.
        ("rate", "0.99999999"),
        ("rate", "0.99999999999999999999"),
        ("depth", "100.00000000000000001"),
        ("depth", "0.99999999999999999999"),
    ];
    for (name, given) in refused {
        let dir = TestDir::new();
        let finished = run("everything", &arguments(&dir, name, given));
        assert_eq!(finished.code, Some(2), "{name} = {given}");
    }
    let taken = [
        ("count", "-9007199254740991.0"),
        ("count", "9.007199254740991e15"),
        ("rate", "0.9999999"),
        ("rate", "0"),
        ("rate", "-0.0"),
        ("depth", "100.000"),
        ("depth", "1e2"),
    ];
    for (name, given) in taken {
        let dir = TestDir::new();
        run("everything", &arguments(&dir, name, given)).succeeded();
    }
}

#[test]
fn a_long_value_is_shown_in_part_and_on_one_line() {
    let dir = TestDir::new();
    let finished = run("everything", &arguments(&dir, "count", &"1\n".repeat(1000)));
    let shown = "1\\n".repeat(40);
    let wanted = "a whole number from -9007199254740991 to 9007199254740991";
    finished.failed(
        2,
        &format!("error: `count` is `{shown}…`, but must be {wanted}\n"),
    );
}

#[test]
fn whatever_python_and_go_print_is_understood() {
    let cases = [
        ("count", "3.0"),
        ("count", " 8 "),
        ("count", "+5"),
        ("count", "-3"),
        ("count", "9007199254740991"),
        ("share", "1e-07"),
        ("share", "1E+06"),
        ("share", ".5"),
        ("share", "3"),
        ("flag", "True"),
        ("flag", "f"),
        ("flag", "ON"),
        ("flag", "0"),
        ("items", "[1.0, 2.0]"),
        ("items", "[]"),
        ("options", "{\"a\": 1.0}"),
        ("text", "--x"),
        ("text", "-3"),
        ("text", "null"),
        ("text", ""),
        ("text", "{\"IfPresent\": 1}"),
        ("depth", "1"),
        ("depth", "100.0"),
        ("rate", "0"),
    ];
    for (name, given) in cases {
        let dir = TestDir::new();
        let finished = run("everything", &arguments(&dir, name, given));
        assert_eq!(
            (finished.code, &*finished.stderr),
            (Some(0), ""),
            "{name} = {given}"
        );
    }
}

#[test]
fn a_value_may_follow_an_equals_sign() {
    let dir = TestDir::new();
    let mut arguments = arguments(&dir, "", "");
    arguments.push("--note=a=b".into());
    run("everything", &arguments).succeeded();
    assert!(dir.read("out/seen").contains("Some(\"a=b\")"));
}

#[test]
fn an_unknown_flag_lists_the_known_ones() {
    let finished = run("outcomes", &words(&["--fiel", "x"]));
    let known = "--outcome, --blocks, --keep, --file, --directory, --value";
    finished.failed(
        2,
        &format!("error: unknown argument `--fiel`; the arguments are {known}\n"),
    );
}

#[test]
fn an_unknown_flag_from_kfp_is_one_of_another_version() {
    let finished = run(
        "outcomes",
        &words(&["--old", "x", "--executor-input", "{{$}}"]),
    );
    assert_eq!(finished.code, Some(2));
    let hint = "hint: does component.yaml belong to this version of the program? `kfp-comp generate` renews it\n";
    assert!(
        finished
            .stderr
            .starts_with("error: unknown argument `--old`;")
            && finished.stderr.ends_with(hint),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_flag_given_twice_is_refused() {
    let finished = run("outcomes", &words(&["--blocks", "1", "--blocks", "2"]));
    finished.failed(2, "error: `--blocks` is given twice\n");
}

#[test]
fn a_missing_file_argument_is_named() {
    for file in [&["--file"][..], &["--file", ""]] {
        let rest = ["--directory", "d", "--value", "v"];
        run("outcomes", &words(&[file, &rest].concat())).failed(
            2,
            "error: `file` is missing: give `--file <path to write to>`\n",
        );
    }
}

#[test]
fn help_and_version_go_to_standard_output() {
    for flag in ["--help", "-h"] {
        let help = run("everything", &words(&[flag])).succeeded().stdout;
        assert!(help.starts_with("Takes one of everything.\n"), "{help}");
        assert!(
            help.contains("--criterion <String>     What to minimise. One of: gini, log loss.\n"),
            "{help}"
        );
        assert!(
            help.contains("--depth <Integer>        From 1 to 100. [default: 10]\n"),
            "{help}"
        );
        assert!(
            help.contains("--extra <Artifact path>  [optional]\n"),
            "{help}"
        );
    }
    let version = run("everything", &words(&["--version"])).succeeded().stdout;
    assert_eq!(
        version,
        concat!("kfp-component ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

/// What KFP's local runner does with an image that has an entry point.
#[test]
fn the_program_s_name_may_be_given_twice() {
    let name = program("everything").to_str().unwrap().to_owned();
    let finished = command("everything", &[name, "--version".into()])
        .output()
        .unwrap();
    assert!(finished.status.success());
    let finished = command("everything", &words(&["/component", "--version"]))
        .arg0("/component")
        .output()
        .unwrap();
    assert!(finished.status.success());
}
