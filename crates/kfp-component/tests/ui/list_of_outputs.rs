use kfp_component::prelude::*;

#[component]
fn component(tables: Vec<Output<Dataset>>) -> Result<()> {
    drop(tables);
    Ok(())
}

kfp_component::main!(component);
