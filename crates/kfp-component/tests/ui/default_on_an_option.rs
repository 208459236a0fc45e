use kfp_component::prelude::*;

#[component]
fn component(#[arg(default = 3)] depth: Option<u8>) -> Result<()> {
    println!("{depth:?}");
    Ok(())
}

kfp_component::main!(component);
