//! The registry client against real, scripted and broken registries. Only loopback is touched.

mod common;
mod credentials;
mod cuts;
mod documents;
mod faults_auth;
mod faults_manifest;
mod faults_mount;
mod faults_network;
mod faults_upload;
mod references;
mod registry;
mod registry_logins;
mod registry_tls;
mod script;
