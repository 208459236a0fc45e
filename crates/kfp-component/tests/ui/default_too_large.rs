use kfp_component::prelude::*;

#[component]
fn component(#[arg(default = 300)] depth: u8) -> Result<()> {
    println!("{depth}");
    Ok(())
}

kfp_component::main!(component);
