use kfp_component::prelude::*;

#[component]
fn component(#[arg(default = "three")] depth: u8) -> Result<()> {
    println!("{depth}");
    Ok(())
}

kfp_component::main!(component);
