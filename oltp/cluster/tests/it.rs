//! The life of a managed server: created, adopted, refused with the way out, created again after a
//! start that was cut off.

use std::os::unix::fs::PermissionsExt as _;

use basalt_cluster::{Cluster, ClusterConfig, ClusterError};

/// A folder that the server's account can enter, whoever runs the tests.
fn folder() -> tempfile::TempDir {
    tempfile::Builder::new()
        .permissions(std::fs::Permissions::from_mode(0o755))
        .tempdir()
        .expect("the temporary folder is writable")
}

fn config(folder: &tempfile::TempDir) -> ClusterConfig {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free loopback port")
        .port();
    ClusterConfig::new(folder.path().join("postgres"), port)
        .with("fsync", "off")
        .with("shared_buffers", "16MB")
}

#[tokio::test]
async fn a_start_that_was_cut_off_in_the_making_is_made_again() {
    let folder = folder();
    let config = config(&folder);
    // What initdb leaves when it is killed: some files, the version among them, and no cluster.
    let unfinished = config.folder.join("data.unfinished");
    std::fs::create_dir_all(unfinished.join("base")).unwrap();
    std::fs::write(unfinished.join("PG_VERSION"), "15\n").unwrap();
    let cluster = Cluster::start(config.clone()).await.unwrap();
    cluster.ensure_database("kept").await.unwrap();
    assert!(!unfinished.exists());

    // The owner goes without a word; the next start takes the server over, whatever port it names.
    let postmaster = cluster.postmaster();
    drop(cluster);
    let adopted = Cluster::start(ClusterConfig {
        port: 1,
        ..config.clone()
    })
    .await
    .unwrap();
    assert_eq!(adopted.postmaster(), postmaster);
    assert_eq!(adopted.port(), config.port);
    adopted.ensure_database("kept").await.unwrap();
    adopted.stop().await.unwrap();
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let folder = folder();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let refused = Cluster::start(ClusterConfig {
        port,
        ..config(&folder)
    })
    .await
    .unwrap_err();
    assert!(
        matches!(refused, ClusterError::PortTaken { port: named } if named == port),
        "{refused}"
    );
    assert!(refused.to_string().contains("BASALT_PG_PORT"), "{refused}");
}

#[tokio::test]
async fn a_folder_of_another_version_is_left_alone() {
    let folder = folder();
    let config = config(&folder);
    let data = config.folder.join("data");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("PG_VERSION"), "9\n").unwrap();
    let refused = Cluster::start(config).await.unwrap_err();
    assert!(
        matches!(refused, ClusterError::VersionMismatch { found: 9, .. }),
        "{refused}"
    );
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 1);
}
