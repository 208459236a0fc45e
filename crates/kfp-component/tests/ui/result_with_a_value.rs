use kfp_component::prelude::*;

#[component]
fn component(text: String) -> Result<String> {
    Ok(text)
}

kfp_component::main!(component);
