use kfp_component::prelude::*;

#[component]
fn component(text: &str) -> Result<()> {
    println!("{text}");
    Ok(())
}

kfp_component::main!(component);
