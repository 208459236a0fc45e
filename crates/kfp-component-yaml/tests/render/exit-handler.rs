/// Reports how a pipeline ended.
#[component]
fn report(
    /// How the tasks ended.
    status: TaskFinalStatus,
    /// The same, where KFP says.
    portable: Option<TaskFinalStatus>,
    /// Anything.
    options: Json,
    message: Output<String>,
) -> Result<()> {}
