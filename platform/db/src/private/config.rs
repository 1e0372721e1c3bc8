//! PostgreSQL's configuration.
//!
//! Authentication is by peer: the kernel tells PostgreSQL which user is at the other end of the socket, and only
//! two may be the role `grandstand`: the one that runs Grandstand, and the one that runs PostgreSQL (who owns the
//! files and so could do anything anyway). There is no password to keep, and it holds the same whether we are root
//! or not. The socket lies in a folder closed to everybody else besides, and there is no TCP.
//!
//! Invariant: what keeps data safe and strangers out is passed on the command line, which no file and no
//! ALTER SYSTEM overrules. The rest is a file that is written anew at each start and ends by reading the
//! administrator's `local.conf`.

use std::ffi::OsString;
use std::path::Path;

use super::error::PrivatePostgresError;
use super::place::{Place, write_whole};
use super::{DATABASE, ROLE, socket, system, user};

const MEBIBYTE: u64 = 1024 * 1024;

pub(super) fn write(place: &Place) -> Result<(), PrivatePostgresError> {
    let config = place.config();
    let (ours, theirs) = (user::our_name()?, &place.user.name);
    let mut identities = format!("grandstand \"{ours}\" {ROLE}\n");
    if ours != *theirs {
        identities.push_str(&format!("grandstand \"{theirs}\" {ROLE}\n"));
    }
    write_text(&config.join("pg_ident.conf"), &identities)?;
    write_text(
        &config.join("pg_hba.conf"),
        &format!(
            "# Written by Grandstand at each start.\n\
             local all {ROLE} peer map=grandstand\n\
             local replication {ROLE} peer map=grandstand\n"
        ),
    )?;
    write_text(&config.join("grandstand.conf"), &settings())
}

fn write_text(path: &Path, content: &str) -> Result<(), PrivatePostgresError> {
    write_whole(path, |text| text.extend_from_slice(content.as_bytes()))
}

fn settings() -> String {
    let memory = system::memory_bytes().unwrap_or(2048 * MEBIBYTE);
    let shared = (memory / 8 / MEBIBYTE).clamp(32, 1024);
    let cached = (memory / 2 / MEBIBYTE).max(64);
    format!(
        "# Written by Grandstand at each start. Put your own settings into local.conf beside this file.\n\
         include_if_exists '../cluster/postgresql.conf'\n\
         cluster_name = '{DATABASE}'\n\
         max_connections = 60\n\
         # An eighth of the memory, up to 1 GB; the operating system caches the rest.\n\
         shared_buffers = {shared}MB\n\
         effective_cache_size = {cached}MB\n\
         # Checkpoints are far apart, so that there are fewer full-page images; compressing these costs more than it saves.\n\
         wal_compression = off\n\
         checkpoint_timeout = 15min\n\
         max_wal_size = 4GB\n\
         # Solid-state disks are assumed; and compiling a query costs more than our short ones take.\n\
         random_page_cost = 1.1\n\
         jit = off\n\
         timezone = 'UTC'\n\
         log_timezone = 'UTC'\n\
         # Start-up looks for some messages.\n\
         lc_messages = 'C'\n\
         # Grandstand gives us a file and keeps it short.\n\
         logging_collector = off\n\
         log_destination = 'stderr'\n\
         log_line_prefix = '%m [%p] %a '\n\
         include_if_exists 'local.conf'\n"
    )
}

/// The postmaster's arguments.
pub(super) fn arguments(place: &Place) -> Vec<OsString> {
    let config = place.config();
    let file = |setting: &str, name: &str| {
        let mut argument = OsString::from(setting);
        argument.push(config.join(name));
        argument
    };
    let settings = [
        file("config_file=", "grandstand.conf"),
        file("hba_file=", "pg_hba.conf"),
        file("ident_file=", "pg_ident.conf"),
        socket::as_setting(&place.socket_folder),
        "unix_socket_permissions=0700".into(),
        "listen_addresses=".into(),
        "port=5432".into(),
        "fsync=on".into(),
        "synchronous_commit=on".into(),
        "full_page_writes=on".into(),
    ];
    let mut arguments = vec![OsString::from("-D"), place.cluster().into_os_string()];
    for setting in settings {
        arguments.extend(["-c".into(), setting]);
    }
    arguments
}
