use kfp_component::prelude::*;

#[component]
fn component(Json(depth): Json<u8>) -> Result<()> {
    println!("{depth}");
    Ok(())
}

kfp_component::main!(component);
