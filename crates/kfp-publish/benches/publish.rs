//! Packing and pushing beside docker and buildah, in turn, in one run, against one registry on loopback.
//!
//! Compiling is left out on all sides, and so is making the SBOMs, which is a part of building: they are ready, and
//! pushed. Medians of five; programs are new in every cold round, so that nobody finds anything cached.

#![expect(clippy::print_stdout, reason = "the table is this program's data")]

#[path = "../tests/it/support/mod.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use kfp_publish::image::{Cache, Image, Packed, Program};
use kfp_publish::push::Pushed;
use kfp_registry::Client;
use kfp_test_registry::{DockerRegistry, Setup};
use kfp_workspace::Platform;
use support::docker::Docker;

const ROUNDS: usize = 5;
const COMPONENT: &str = "data-ingestion";

/// What one tool needed.
#[derive(Default)]
struct Times {
    cold: Vec<Duration>,
    unchanged: Vec<Duration>,
}

impl Times {
    fn of(&mut self, cold: bool) -> &mut Vec<Duration> {
        if cold {
            &mut self.cold
        } else {
            &mut self.unchanged
        }
    }
}

fn main() -> ExitCode {
    let Some(programs) = programs() else {
        eprintln(&format!(
            "error: `{COMPONENT}` is not compiled\nhint: cargo xtask bench publish"
        ));
        return ExitCode::FAILURE;
    };
    let (Some(registry), Some(docker)) = (DockerRegistry::start(Setup::Open), Docker::start())
    else {
        eprintln("error: the bench needs docker-registry and dockerd\nhint: .ci/setup");
        return ExitCode::FAILURE;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let buildah = Buildah::find(folder.path());

    let mut found = Found::default();
    for round in 0..ROUNDS {
        let programs = with_salt(&programs, round);
        found.requests = publish(&programs, round, &registry, folder.path(), &mut found);
        let context = context(&programs, &folder.path().join(format!("context-{round}")));
        let image = |tool: &str| format!("{}/bench-{tool}-{round}:v1", registry.host());
        both(&mut found.docker, |cold| {
            let cache: &[&str] = if cold { &["--no-cache"] } else { &[] };
            let (image, context) = (image("docker"), support::text(&context));
            docker.run(&[&["build", "-q", "-t", &image], cache, &[context]].concat());
            docker.run(&["push", "-q", &image]);
        });
        if let Some(buildah) = &buildah {
            both(&mut found.buildah, |cold| {
                buildah.publish(&image("buildah"), &context, cold);
            });
        }
    }
    let packed = Packed::new(&support::metadata(COMPONENT), &programs, &Cache::none())
        .expect("programs that can be packed");
    found.print(&packed.images);
    if found.meets_the_bars(&packed.images) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Everything measured; the requests are those of the last round.
#[derive(Default)]
struct Found {
    ours: Times,
    packing: Times,
    docker: Times,
    buildah: Times,
    requests: (usize, usize),
}

impl Found {
    fn print(&self, images: &[Image]) {
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().unwrap_or("unknown");
        println!("{COMPONENT}, medians of {ROUNDS}, load average {load}\n");
        println!("{:34} {:>9} {:>10}", "pack and push", "cold", "unchanged");
        row("kfp-publish, 2 platforms and SBOMs", &self.ours);
        row("  of that, packing", &self.packing);
        row("docker build + push, 1 platform", &self.docker);
        if !self.buildah.cold.is_empty() {
            row("buildah bud + push, 1 platform", &self.buildah);
        }
        for image in images {
            let what = format!("compressed size, {}", image.platform);
            println!("{what:34} {:>6.2} MB", megabytes(image.compressed_size()));
        }
        println!(
            "\nNot counted: compiling on all sides; for kfp-publish also reading the programs and making the SBOMs."
        );
        println!("docker and buildah are whole processes, kfp-publish is called as a library.\n");
    }

    fn meets_the_bars(&self, images: &[Image]) -> bool {
        let ratio =
            |a: &[Duration], b: &[Duration]| median(a).as_secs_f64() / median(b).as_secs_f64();
        let cold = ratio(&self.ours.cold, &self.docker.cold);
        let unchanged = ratio(&self.ours.unchanged, &self.docker.unchanged);
        let (first, again) = self.requests;
        let sizes = images
            .iter()
            .map(|image| megabytes(image.compressed_size()));
        let size = sizes.fold(0.0, f64::max);
        [
            (
                cold <= 0.25,
                format!("cold: {cold:.2} of docker's one platform, at most 0.25"),
            ),
            (
                unchanged <= 0.1,
                format!("unchanged: {unchanged:.3} of docker's, at most 0.1"),
            ),
            (
                first <= 38,
                format!("cold: {first} requests, at most 18, and 10 a platform for its SBOM"),
            ),
            (again == 1, format!("unchanged: {again} request, at most 1")),
            (
                size <= 3.0,
                format!("{size:.2} MB compressed, at most 3; python:3.9 has 350"),
            ),
        ]
        .into_iter()
        .fold(true, |all, (met, text)| {
            println!("{} {text}", if met { "   met" } else { "MISSED" });
            all && met
        })
    }
}

/// The compiled component for every platform. Where only one is compiled, its bytes stand in for the other's.
fn programs() -> Option<Vec<Program>> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
        PathBuf::from,
    );
    let read = |platform: Platform| {
        ["musl", "gnu"].into_iter().find_map(|libc| {
            let triple = format!("{}-unknown-linux-{libc}", platform.cpu());
            std::fs::read(target.join(triple).join("component").join(COMPONENT)).ok()
        })
    };
    let stand_in = Platform::ALL.into_iter().find_map(read)?;
    let program = |platform: Platform| {
        let bytes = read(platform).unwrap_or_else(|| {
            eprintln(&format!(
                "{COMPONENT} is not compiled for {platform}; the other platform's bytes stand in"
            ));
            let mut bytes = stand_in.clone();
            bytes[18] = if platform == Platform::LinuxArm64 {
                183
            } else {
                62
            };
            bytes
        });
        Program {
            platform,
            bytes,
            builder: "bench".to_owned(),
        }
    };
    Some(Platform::ALL.map(program).to_vec())
}

/// The programs with something new at their ends.
fn with_salt(programs: &[Program], round: usize) -> Vec<Program> {
    let hash = |i: usize| {
        std::hash::BuildHasher::hash_one(
            &std::collections::hash_map::RandomState::new(),
            (round, i),
        )
    };
    let salted = |program: &Program| {
        let mut program = program.clone();
        program
            .bytes
            .extend((0..2).flat_map(|i| hash(i).to_le_bytes()));
        program
    };
    programs.iter().map(salted).collect()
}

/// Our two runs, and how many requests each took.
fn publish(
    programs: &[Program],
    round: usize,
    registry: &DockerRegistry,
    folder: &Path,
    found: &mut Found,
) -> (usize, usize) {
    let metadata = support::metadata(&format!("{COMPONENT}-{round}"));
    let cache = Cache::below(&folder.join("cache"));
    let catalog = folder.join("catalog");
    let mut counts = vec![registry.requests().len()];
    let packing = &mut found.packing;
    both(&mut found.ours, |cold| {
        let started = Instant::now();
        let packed = Packed::new(&metadata, programs, &cache).expect("programs that can be packed");
        packing.of(cold).push(started.elapsed());
        let client = Client::builder().for_push().build().expect("a client");
        let to = support::target(&packed.name, registry.host());
        let pushed = support::publish_to(&to, &packed, &client, &catalog, &support::Silence)
            .expect("a publication");
        assert_eq!(
            pushed,
            if cold {
                Pushed::Published
            } else {
                Pushed::Unchanged
            }
        );
        counts.push(registry.requests().len());
    });
    (counts[1] - counts[0], counts[2] - counts[1])
}

/// The host's program and a Dockerfile, as the classic builder wants them.
fn context(programs: &[Program], folder: &Path) -> PathBuf {
    let program = programs
        .iter()
        .find(|program| program.platform == Platform::host())
        .expect("the host's program");
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join("program"), &program.bytes).expect("a program");
    std::fs::write(
        folder.join("Dockerfile"),
        "FROM scratch\nCOPY program /program\nCMD [\"/program\"]\n",
    )
    .expect("a Dockerfile");
    folder.to_owned()
}

fn both(times: &mut Times, mut publish: impl FnMut(bool)) {
    for cold in [true, false] {
        let started = Instant::now();
        publish(cold);
        times.of(cold).push(started.elapsed());
    }
}

/// buildah with a storage of its own.
struct Buildah {
    storage: [String; 6],
}

impl Buildah {
    fn find(folder: &Path) -> Option<Self> {
        if !kfp_test_support::installed("buildah") {
            return None;
        }
        let path = |name: &str| folder.join(name).display().to_string();
        let own = |flag: &str, value: String| [flag.to_owned(), value];
        let pairs = [
            own("--root", path("storage")),
            own("--runroot", path("run")),
            own("--storage-driver", "overlay".to_owned()),
        ];
        Some(Self {
            storage: pairs.concat().try_into().expect("three pairs"),
        })
    }

    fn publish(&self, image: &str, context: &Path, cold: bool) {
        let cache: &[&str] = if cold { &["--no-cache"] } else { &[] };
        let run = |arguments: &[&str]| {
            support::run(Command::new("buildah").args(&self.storage).args(arguments))
        };
        run(&[
            &["bud", "-q", "--layers", "-t", image],
            cache,
            &[support::text(context)],
        ]
        .concat());
        run(&["push", "-q", "--tls-verify=false", image]);
    }
}

fn row(name: &str, times: &Times) {
    println!(
        "{name:34} {:>6} ms {:>7} ms",
        median(&times.cold).as_millis(),
        median(&times.unchanged).as_millis()
    );
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2]
}

#[expect(clippy::cast_precision_loss, reason = "megabytes with two digits")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn eprintln(text: &str) {
    use std::io::Write as _;
    let _closed = writeln!(std::io::stderr(), "{text}");
}
