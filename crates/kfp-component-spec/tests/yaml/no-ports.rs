#[component]
fn nothing() -> Result<()> {}
