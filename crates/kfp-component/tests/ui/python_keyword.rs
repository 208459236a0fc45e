use kfp_component::prelude::*;

#[component]
fn component(lambda: f64) -> Result<()> {
    println!("{lambda}");
    Ok(())
}

kfp_component::main!(component);
