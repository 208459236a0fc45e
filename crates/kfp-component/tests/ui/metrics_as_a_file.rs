use kfp_component::prelude::*;

#[component]
fn component(metrics: Output<Metrics>) -> Result<()> {
    metrics.write("93 %")?;
    Ok(())
}

kfp_component::main!(component);
