/// Draws a table.
#[component]
fn draw(n: i64, mlpipeline_ui_metadata: Output<UiMetadata>) -> Result<()> {}
