use kfp_component::prelude::*;

#[component]
fn component(help: String) -> Result<()> {
    println!("{help}");
    Ok(())
}

kfp_component::main!(component);
