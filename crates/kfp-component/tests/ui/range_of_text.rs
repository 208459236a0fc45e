use kfp_component::prelude::*;

#[component]
fn component(#[arg(range = 1..)] text: String) -> Result<()> {
    println!("{text}");
    Ok(())
}

kfp_component::main!(component);
