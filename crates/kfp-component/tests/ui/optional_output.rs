use kfp_component::prelude::*;

#[component]
fn component(text: Option<Output<Dataset>>) -> Result<()> {
    drop(text);
    Ok(())
}

kfp_component::main!(component);
