//! An exit handler, which writes down how the tasks ended and which run it belongs to.

use kfp_component::prelude::*;

/// Reports how the pipeline ended.
#[component]
fn exit(
    status: TaskFinalStatus,
    #[arg(default = "{\"a\": 1}")] options: Json,
    seen: Output<Artifact>,
) -> Result<()> {
    let run = kfp_component::run();
    seen.write(format!(
        "{} {} {} {:?} {:?}\n{} {} {} {} {} {}",
        status.state(),
        status.task(),
        status.job(),
        status.error_code(),
        status.error_message(),
        run.id.unwrap_or_default(),
        run.pipeline.unwrap_or_default(),
        run.task.unwrap_or_default(),
        seen.uri().unwrap_or_default(),
        seen.name(),
        options.0,
    ))?;
    Ok(())
}

kfp_component::main!(exit);
