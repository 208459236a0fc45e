//! The registry client against real, scripted and broken registries. Only loopback is touched.

mod common;
mod credentials;
mod credentials_lenient;
mod cuts;
mod documents;
mod faults_auth;
mod faults_look;
mod faults_manifest;
mod faults_mount;
mod faults_network;
mod faults_patience;
mod faults_upload;
mod redirects;
mod references;
mod referrers;
mod registry;
mod registry_logins;
mod registry_tls;
mod routes;
mod script;
