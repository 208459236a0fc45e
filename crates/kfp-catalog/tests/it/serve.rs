//! A catalog on loopback, below a path, as GitHub Pages or any file server gives it.

use std::fs;
use std::path::{Path, PathBuf};

use kfp_test_registry::{FaultServer, Reply, Request};

/// Where the catalog stands on the server: never at the root, so that no path may assume it.
const BELOW: &str = "/team/catalog/";

/// Serves a folder and gives the catalog's URL, with a slash at its end.
pub(crate) fn serve(root: &Path) -> (FaultServer, String) {
    let root = root.to_owned();
    let server = FaultServer::start(move |request| answer(&root, request));
    let url = format!("http://{}{BELOW}", server.host());
    (server, url)
}

fn answer(root: &Path, request: &Request) -> Reply {
    let target = request.target.split('?').next().unwrap_or_default();
    let Some(path) = target.strip_prefix(BELOW) else {
        return Reply::status(404);
    };
    let mut file: PathBuf = root.join(path.replace("%3A", ":"));
    if file.is_dir() {
        if !target.ends_with('/') {
            return Reply::status(301).header("location", format!("{target}/"));
        }
        file.push("index.html");
    }
    let kind = match file.extension().and_then(|end| end.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        _ => "application/octet-stream",
    };
    match fs::read(&file) {
        Ok(bytes) => Reply::status(200).header("content-type", kind).body(bytes),
        Err(_) => Reply::status(404),
    }
}
