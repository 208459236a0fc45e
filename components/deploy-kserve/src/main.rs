//! Puts a model behind KServe's `InferenceService`.

#![expect(clippy::print_stderr, reason = "the log of the task")]

mod deploy;
mod request;
#[cfg(test)]
mod tests;

use kfp_component::prelude::*;

use deploy::Deployed;
use request::Request;

/// Which protocol the model is spoken to by.
#[derive(Clone, Copy, Choice)]
enum Protocol {
    V1,
    V2,
    GrpcV1,
    GrpcV2,
}

/// Puts a model behind KServe, and waits until it answers.
///
/// The server checks everything before anything is written, and the same model again changes nothing. A model that does not
/// start fails the task with what its pods say.
#[component(name = "Deploy KServe")]
fn deploy_kserve(
    /// The model to serve.
    model: Input<Model>,
    /// The name of the InferenceService, and of the model in its URLs.
    endpoint: String,
    /// Where the model is stored, if not where KFP says.
    storage_uri: Option<String>,
    /// The namespace, if not that of the task's pod.
    namespace: Option<String>,
    /// The format of the model's files: a name and a version.
    #[arg(default = "onnx:1")]
    format: String,
    /// How the model is spoken to.
    #[arg(default = "v2")]
    protocol: Protocol,
    /// The runtime of the cluster, if not the one that KServe would choose.
    runtime: Option<String>,
    /// The image of a server, instead of a runtime of the cluster.
    image: Option<String>,
    /// The service account of the pods, with a login for the storage.
    service_account: Option<String>,
    /// The fewest pods. 0 lets Knative stop them all.
    #[arg(default = 1)]
    min_replicas: u32,
    /// The most pods. 0 leaves it to KServe.
    #[arg(default = 0)]
    max_replicas: u32,
    /// Processors of a pod, such as 500m.
    cpu: Option<String>,
    /// Memory of a pod, such as 256Mi.
    memory: Option<String>,
    /// The share of the requests that the new model gets.
    #[arg(default = 100, range = 1..=100)]
    canary_percent: u8,
    /// How long to wait until the model answers. 0 does not wait.
    #[arg(default = 600)]
    wait_seconds: u32,
    /// Whether to go back to the model before if this one does not start. The task fails all the same.
    #[arg(default = true)]
    roll_back: bool,
    /// Whether to let the server check, and write nothing.
    #[arg(default = false)]
    dry_run: bool,
    /// Where the model answers.
    url: Output<String>,
    /// The revision that answers.
    revision: Output<String>,
    /// What was applied, as YAML.
    manifest: Output<Artifact>,
    /// What KServe says about it.
    status: Output<Json>,
) -> Result<()> {
    // KFP's form sends an empty text for an optional input that is left empty.
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let request = Request {
        stored: given(storage_uri),
        name: endpoint,
        format,
        protocol,
        runtime: given(runtime),
        image: given(image),
        service_account: given(service_account),
        min_replicas,
        max_replicas,
        cpu: given(cpu),
        memory: given(memory),
        canary_percent,
    };
    let deployment = request.deployment(model.uri(), model.path())?;
    eprintln!(
        "{} from {}",
        deployment.serving().describe(),
        deployment.storage()
    );
    let client = deploy::client()?;
    let namespace = given(namespace).unwrap_or_else(|| client.namespace().to_owned());
    let how = deploy::How {
        wait_seconds,
        roll_back,
        dry_run,
    };
    let deployed = deploy::run(&client, &namespace, &deployment, &how);
    let Deployed {
        endpoint,
        applied,
        told,
    } = deployed?;
    url.set(endpoint.url)?;
    revision.set(endpoint.revision)?;
    status.set(Json(told))?;
    manifest.write(kfp_kserve::to_yaml(&applied))?;
    Ok(())
}

kfp_component::main!(deploy_kserve);
