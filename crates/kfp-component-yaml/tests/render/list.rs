/// Joins tables.
#[component]
fn join(
    /// What the loop's tasks wrote.
    parts: Vec<Input<Dataset>>,
    #[arg(default = 1)] times: u8,
    joined: Output<Dataset>,
) -> Result<()> {
    body
}
