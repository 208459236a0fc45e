//! Pack static binaries as OCI images, push them and pin their digests
