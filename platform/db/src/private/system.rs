//! Everything that only Linux can do for us; elsewhere each function has a weaker stand-in.
//!
//! Invariant: nothing else in `private` depends on the kind of Unix.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::sys::signal::{SigHandler, Signal, signal};
use nix::unistd::{Pid, getpid, getppid};

/// Lets the kernel send `death_signal` to the command when the *thread* that spawns it ends, however it ends.
///
/// The command also gets a process group of its own, so that a terminal's Ctrl-C reaches us and not it.
pub(super) fn die_with_parent(command: &mut Command, death_signal: Signal) {
    let parent = getpid();
    command.process_group(0);
    // SAFETY: the closure runs between fork and exec, where only async-signal-safe calls are allowed: prctl,
    // sigaction and getppid are, and nothing here allocates or locks. `std` runs it after setgid and setuid; this
    // matters, because a change of the user clears the death signal.
    #[allow(unsafe_code)]
    unsafe {
        command.pre_exec(move || {
            // A shell that starts us in the background may have told us to ignore SIGINT, and this is inherited:
            // the death signal would then be lost on a PostgreSQL that hasn't set up its handlers yet.
            signal(Signal::SIGINT, SigHandler::SigDfl)?;
            #[cfg(target_os = "linux")]
            nix::sys::prctl::set_pdeathsig(death_signal)?;
            #[cfg(not(target_os = "linux"))]
            let _ = death_signal;
            // If the parent died before prctl, the signal will never come.
            if getppid() != parent {
                return Err(nix::errno::Errno::ESRCH.into());
            }
            Ok(())
        });
    }
}

/// Blocks until the child has ended, and leaves it a zombie, so that its id still belongs to it. Elsewhere returns
/// after a moment: ask then whether it has.
#[cfg(target_os = "linux")]
pub(super) fn wait_without_reaping(child: Pid) {
    use nix::sys::wait::{Id, WaitPidFlag, waitid};
    // Any error but an interruption means that there is no such child, which is as good as ended.
    while waitid(Id::Pid(child), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT)
        == Err(nix::errno::Errno::EINTR)
    {}
}

#[cfg(not(target_os = "linux"))]
#[expect(
    clippy::disallowed_methods,
    reason = "a thread of our own, which only waits"
)]
pub(super) fn wait_without_reaping(_child: Pid) {
    std::thread::sleep(std::time::Duration::from_millis(20));
}

/// The processes of PostgreSQL that are at work in this cluster: every postmaster and every one of its children
/// keeps the cluster's folder as its working folder as long as it lives. A zombie no longer has one.
///
/// Root without CAP_SYS_PTRACE, as in most containers, may not see that folder: then the postmaster that the
/// cluster's lock file names is believed. Elsewhere than on Linux this is always empty, and PostgreSQL's own lock
/// file has to do.
pub(super) fn at_work_in(cluster: &Path, postmaster: Option<Pid>) -> Vec<Pid> {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    processes
        .flatten()
        .filter_map(|entry| {
            let process = entry.path();
            let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?);
            let name = std::fs::read_to_string(process.join("comm")).ok()?;
            let is_here = match std::fs::read_link(process.join("cwd")) {
                Ok(folder) => folder == cluster,
                Err(error) => {
                    error.kind() == std::io::ErrorKind::PermissionDenied && Some(pid) == postmaster
                }
            };
            (is_here && name.starts_with("postgres")).then_some(pid)
        })
        .collect()
}

/// Memory in bytes that we may use: the machine's, or the container's if that is less.
pub(super) fn memory_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let kibibytes: u64 = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .ok()?;
    let container = [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ]
    .into_iter()
    .filter_map(|path| {
        std::fs::read_to_string(path)
            .ok()?
            .trim()
            .parse::<u64>()
            .ok()
    })
    .min();
    let machine = kibibytes.saturating_mul(1024);
    Some(container.map_or(machine, |limit| limit.min(machine)))
}

/// Whether a process has ended but wasn't reaped.
pub(super) fn is_zombie(process: Pid) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/stat"))
        // The name before the state is in brackets, and may hold anything.
        .is_ok_and(|stat| {
            stat.rsplit_once(')')
                .is_some_and(|(_, rest)| rest.trim_start().starts_with('Z'))
        })
}
