//! Serves the model of a folder.

use std::process::ExitCode;

use kfp_model::Model;
use kfp_serve::FolderPredictor;

fn main() -> ExitCode {
    kfp_serve::main("kfp-serve", env!("CARGO_PKG_VERSION"), |options| {
        let model = Model::load(&options.model_dir)?;
        options.name_after_folder();
        Ok(FolderPredictor::new(model))
    })
}
