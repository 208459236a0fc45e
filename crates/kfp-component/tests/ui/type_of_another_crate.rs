use kfp_component::prelude::*;

#[component]
fn component(pause: std::time::Duration) -> Result<()> {
    println!("{pause:?}");
    Ok(())
}

kfp_component::main!(component);
