//! Verbs that only read the workspace do not wait for cargo.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use snapbox::cmd::Command;

use crate::support::Place;

/// A workspace, and a cargo that notes when it is asked.
struct Noted(Place);

impl Noted {
    fn new() -> Self {
        let place = Place::workspace();
        // By another process: a program that a thread of this one has open for writing cannot be started.
        let script = "printf '#!/bin/sh\\necho >> %s\\nexec %s \"$@\"\\n' \"$1\" \"$2\" > \"$0\" && chmod +x \"$0\"";
        let asked = place.path().join("asked");
        fs::write(&asked, "").unwrap();
        let status = std::process::Command::new("sh")
            .args(["-c", script])
            .arg(place.path().join("cargo"))
            .arg(&asked)
            .arg(env!("CARGO"))
            .status();
        assert!(status.unwrap().success());
        Self(place)
    }

    fn kfp_comp(&self, arguments: &[&str]) -> Command {
        self.0
            .kfp_comp(arguments)
            .env("CARGO", self.0.path().join("cargo"))
            .env("XDG_CACHE_HOME", self.0.path().join("cache"))
    }

    /// How often cargo has been asked.
    fn asked(&self) -> usize {
        fs::read_to_string(self.0.path().join("asked"))
            .unwrap()
            .lines()
            .count()
    }

    /// Asks until the answer is kept: files that have just been written may still change unnoticed.
    fn settle(&self) {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(30) {
            let before = self.asked();
            self.kfp_comp(&["runs"]).assert().success();
            if self.asked() == before {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("cargo is asked each time");
    }
}

#[test]
fn cargo_is_not_asked_again_until_the_workspace_changes() {
    let noted = Noted::new();
    noted.settle();
    let before = noted.asked();
    for arguments in [
        &["runs"][..],
        &["runs", "prune", "--keep", "1", "--cache"],
        &["show", "a-first"],
        &["lint", "work.yaml"],
        &["report"],
    ] {
        let _ = noted.kfp_comp(arguments).output().unwrap();
        assert_eq!(noted.asked(), before, "{arguments:?}");
    }
    // Each word that a shell completes starts the program.
    let words = ["--", "kfp-comp", "run", "a-first", "--", "--"];
    let output = noted
        .kfp_comp(&words)
        .env("COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", "4")
        .env("_CLAP_IFS", "\n")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "--name");
    assert_eq!(noted.asked(), before);

    noted.0.component(
        "a-first",
        "#[component]\nfn a_first(other: String) -> Result<()> {}\n",
    );
    noted.kfp_comp(&["runs"]).assert().success();
    assert!(noted.asked() > before);
}
