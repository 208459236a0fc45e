//! The parts of an image's reference, as text: `registry:5000/acme/train:0.1.0@sha256:…`.

/// The reference without tag and digest.
///
/// ```
/// assert_eq!(kfp_pipeline::image::repository("registry:5000/acme/train:0.1.0@sha256:00"), "registry:5000/acme/train");
/// ```
pub fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        // A colon before the last slash belongs to a port.
        Some((before, after)) if !after.contains('/') => before,
        _ => image,
    }
}

/// The last part of the repository: `train`.
pub fn name(image: &str) -> &str {
    repository(image).rsplit('/').next().unwrap_or_default()
}

/// The tag, if there is one.
pub fn tag(image: &str) -> Option<&str> {
    let image = image.split('@').next().unwrap_or(image);
    image.strip_prefix(repository(image))?.strip_prefix(':')
}
