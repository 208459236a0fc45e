use kfp_component::prelude::*;

type Dataset = Model;

#[component]
fn component(table: Input<Dataset>) -> Result<()> {
    println!("{}", table.path().display());
    Ok(())
}

kfp_component::main!(component);
