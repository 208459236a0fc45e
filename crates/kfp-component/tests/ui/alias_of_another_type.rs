use kfp_component::prelude::*;

type String = u32;

#[component]
fn component(text: String) -> Result<()> {
    println!("{text}");
    Ok(())
}

kfp_component::main!(component);
