use kfp_component::prelude::*;

#[component]
fn component(#[arg(defualt = 3)] depth: u32) -> Result<()> {
    println!("{depth}");
    Ok(())
}

kfp_component::main!(component);
