//! `kfp-comp serve`: starts the model server, which is a program of its own, so that this one stays small.

use std::{
    net::{IpAddr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    error::{hinted, hinted_usage},
    exit::ExitCode,
    output::{Console, Style},
    run::build,
};
use kfp_workspace::Workspace;

/// The program that serves.
const SERVER: &str = "kfp-serve";

/// Serve a model on this machine, with a page to try it in a browser
///
/// Speaks the Open Inference Protocol over REST and gRPC and KServe's first protocol, all at one port, until Ctrl-C. The
/// server is the program kfp-serve: this workspace's, the one beside this program, or the one on the search path.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp serve model
  kfp-comp serve model --name iris --port 9090
  kfp-comp serve model -- --max-body-bytes 1000000")]
pub(crate) struct Args {
    /// Folder of the model, as train-eval writes it
    model: PathBuf,
    /// Serve it under this name [default: the folder's]
    #[arg(long)]
    name: Option<String>,
    /// Port to listen at; 0 chooses a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Address to listen at; 0.0.0.0 lets other machines in
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: IpAddr,
    /// More options of kfp-serve
    #[arg(last = true, value_name = "OPTIONS", allow_hyphen_values = true)]
    options: Vec<String>,
}

/// Runs the verb: this process becomes the server, where the system lets it.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    if !args.model.is_dir() {
        return Err(hinted_usage(
            format!("`{}` is not the folder of a model", args.model.display()),
            "name the folder that train-eval wrote; `kfp-comp run` prints where a pipeline's outputs are",
        ));
    }
    let address = SocketAddr::new(args.host, args.port);
    // Before anything is built. Another program may take the port until the server does; then that says so.
    if let Err(error) = TcpListener::bind(address) {
        return Err(hinted(
            format!("could not listen at {address}: {error}"),
            format!("kfp-comp serve {} --port 0", args.model.display()),
        ));
    }
    let program = program(console)?;
    let mut server = Command::new(&program);
    server.arg("--model-dir").arg(&args.model);
    server.args(["--host", &args.host.to_string()]);
    server.args(["--http-port", &args.port.to_string()]);
    if let Some(name) = &args.name {
        server.args(["--model-name", name]);
    }
    server.args(console.is_quiet().then_some("--quiet"));
    server.args(&args.options);
    console.status(
        Style::Success,
        "Serving",
        &format!(
            "{}: open the address in a browser to try it, Ctrl-C ends it",
            args.model.display()
        ),
    );
    become_server(&mut server).with_context(|| format!("could not run `{}`", program.display()))
}

/// The server: built, if this workspace has it, beside this program, or on the search path.
fn program(console: &Console) -> Result<PathBuf> {
    if let Some(workspace) = Workspace::find()?
        && workspace.members.iter().any(|member| member == SERVER)
    {
        return build(&workspace.root, SERVER, false, console.is_quiet());
    }
    let file = format!("{SERVER}{}", std::env::consts::EXE_SUFFIX);
    let own = std::env::current_exe().ok();
    let beside = own.as_deref().and_then(Path::parent).map(Path::to_owned);
    let path = std::env::var_os("PATH").unwrap_or_default();
    beside
        .into_iter()
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join(&file))
        .find(|file| file.is_file())
        .ok_or_else(|| {
            hinted(
                format!("`{SERVER}` is not installed"),
                format!("cargo install --locked {SERVER}"),
            )
        })
}

/// Signals reach the server itself.
#[cfg(unix)]
fn become_server(server: &mut Command) -> Result<ExitCode> {
    Err(std::os::unix::process::CommandExt::exec(server).into())
}

#[cfg(not(unix))]
fn become_server(server: &mut Command) -> Result<ExitCode> {
    Ok(if server.status()?.success() {
        ExitCode::Done
    } else {
        ExitCode::Failed
    })
}
