use kfp_component::prelude::*;

#[component]
fn component<T>(text: String) -> Result<()> {
    println!("{text}");
    Ok(())
}

kfp_component::main!(component);
