use kfp_component::prelude::*;

#[component]
async fn component(
    name: &str,
    when: std::time::Duration,
    #[arg(defualt = 3)] count: u32,
) -> Result<()> {
    println!("{name} {when:?} {count}");
    Ok(())
}

kfp_component::main!(component);
