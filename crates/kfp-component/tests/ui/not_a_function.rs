use kfp_component::prelude::*;

#[component]
struct Component;

fn main() -> Result<()> {
    Ok(())
}
