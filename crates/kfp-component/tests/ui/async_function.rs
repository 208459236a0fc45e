use kfp_component::prelude::*;

#[component]
async fn component(text: String) -> Result<()> {
    drop(text);
    Ok(())
}

kfp_component::main!(component);
