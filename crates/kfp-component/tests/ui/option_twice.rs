use kfp_component::prelude::*;

#[component]
fn component(#[arg(default = 3)] #[arg(default = 4)] depth: u8) -> Result<()> {
    println!("{depth}");
    Ok(())
}

kfp_component::main!(component);
