//! A KFP API server in memory, for shells and other languages: it prints its endpoint and serves until its standard input
//! ends.

use std::{
    collections::BTreeMap,
    io::{self, Read as _, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::Parser;
use kfp_runner::program::{Choice, Sources};
use kfp_test_cluster::{Access, Cluster, Options};

/// A KFP API server in memory, for tests. It prints its endpoint and serves until its standard input ends.
#[derive(Parser)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags")]
struct Arguments {
    /// What runs an image: a program's file, or `host` for its own command.
    #[arg(long, value_name = "IMAGE=PATH", value_parser = choice)]
    native: Vec<(String, Choice)>,
    /// A Python with kfp, for lightweight components.
    #[arg(long)]
    python: Option<PathBuf>,
    /// The bearer token to ask for.
    #[arg(long)]
    token: Option<String>,
    /// User and password of Dex's login form.
    #[arg(long, value_name = "USER:PASSWORD")]
    dex: Option<String>,
    /// Answer every request with a login page.
    #[arg(long)]
    login_page: bool,
    /// Where the server is below its host.
    #[arg(long, default_value = "")]
    prefix: String,
    /// Users have namespaces.
    #[arg(long)]
    multi_user: bool,
    /// Tasks and artifacts are resources, and there is no metadata store.
    #[arg(long)]
    native_api: bool,
    /// Run every task anew.
    #[arg(long)]
    no_cache: bool,
    /// Write the requests to this file at the end, one JSON object per line.
    #[arg(long, value_name = "FILE")]
    requests: Option<PathBuf>,
}

fn choice(text: &str) -> Result<(String, Choice), String> {
    let (image, program) = text.split_once('=').ok_or("it has the form IMAGE=PATH")?;
    let choice = match program {
        "host" => Choice::Host,
        path => Choice::Native(PathBuf::from(path)),
    };
    Ok((image.to_owned(), choice))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let access = match (arguments.token, arguments.dex) {
        (Some(token), _) => Access::Token(token),
        (None, Some(login)) => {
            let (user, password) = login.split_once(':').unwrap_or((&login, ""));
            Access::Dex(user.to_owned(), password.to_owned())
        }
        (None, None) if arguments.login_page => Access::LoginPage,
        (None, None) => Access::Open,
    };
    let cluster = Cluster::start(Options {
        sources: Sources {
            choices: arguments.native.into_iter().collect::<BTreeMap<_, _>>(),
            python: arguments.python,
            ..Sources::default()
        },
        access,
        prefix: arguments.prefix,
        is_multi_user: arguments.multi_user,
        is_native: arguments.native_api,
        has_no_cache: arguments.no_cache,
        fault: None,
    });
    let served = serve(&cluster, arguments.requests.as_deref());
    if let Err(error) = served {
        let _closed = writeln!(io::stderr(), "error: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn serve(cluster: &Cluster, requests: Option<&std::path::Path>) -> io::Result<()> {
    writeln!(io::stdout(), "{}", cluster.url())?;
    io::stdout().flush()?;
    io::stdin().read_to_end(&mut Vec::new())?;
    if let Some(file) = requests {
        std::fs::write(file, cluster.log())?;
    }
    Ok(())
}
