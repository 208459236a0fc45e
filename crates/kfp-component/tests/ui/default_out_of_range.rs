use kfp_component::prelude::*;

#[component]
fn component(#[arg(default = 0, range = 1..)] depth: u8) -> Result<()> {
    println!("{depth}");
    Ok(())
}

kfp_component::main!(component);
