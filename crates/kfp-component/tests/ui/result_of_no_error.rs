use kfp_component::prelude::*;

struct Broken;

#[component]
fn component(text: String) -> Result<(), Broken> {
    if text.is_empty() { Err(Broken) } else { Ok(()) }
}

kfp_component::main!(component);
