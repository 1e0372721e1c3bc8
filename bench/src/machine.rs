//! What the system says about this machine and its processes.

use std::fs;

use anyhow::{Context, Result};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde::Serialize;

/// Lets this process and its children open as many files as an administrator allows: each stream is one here
/// and one in the server.
pub fn raise_open_files() -> Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    Ok(())
}

/// What the figures were measured on.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    pub cores: usize,
    pub processor: String,
    pub memory_gib: u64,
    pub kernel: String,
    /// Processes that wanted to run in the minute before: anything above a few tenths disturbed the figures.
    pub load_before: f64,
}

impl Machine {
    pub fn look() -> Self {
        let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = processor
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            processor: processor.map_or("unknown", |(_, name)| name).to_owned(),
            memory_gib: (kibibytes(&memory, "MemTotal:").unwrap_or(0) + (1 << 19)) >> 20,
            kernel: kernel.trim().to_owned(),
            load_before: load(),
        }
    }
}

fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ')
        .next()
        .and_then(|load| load.parse().ok())
        .unwrap_or(0.0)
}

fn kibibytes(text: &str, name: &str) -> Option<u64> {
    text.lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
}

/// The memory that a process has in use, in bytes.
pub fn resident_bytes(process: u32) -> Result<u64> {
    let text =
        fs::read_to_string(format!("/proc/{process}/status")).context("the server has ended")?;
    Ok(kibibytes(&text, "VmRSS:").context("/proc tells no VmRSS")? * 1024)
}

/// The processor time that a process has used, in seconds.
pub fn processor_seconds(process: u32) -> Result<f64> {
    Usage::of(process)
        .map(|usage| usage.seconds)
        .context("the server has ended")
}

/// The processor time that a process and its children have used, in seconds.
pub fn family_processor_seconds(parent: u32) -> Result<f64> {
    let processes = fs::read_dir("/proc")?;
    let seconds = processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|process: u32| Some((process, Usage::of(process)?)))
        .filter(|(process, usage)| *process == parent || usage.parent == parent)
        .map(|(_, usage)| usage.seconds)
        .sum();
    Ok(seconds)
}

struct Usage {
    parent: u32,
    seconds: f64,
}

impl Usage {
    /// None if there is no such process any more.
    fn of(process: u32) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The name, in parentheses, may hold anything. After it, the parent is the 2nd field; user and system time
        // are the 12th and 13th, in hundredths of a second on every Linux that one meets.
        let fields: Vec<&str> = text.rsplit(')').next()?.split_whitespace().collect();
        let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
        Some(Self {
            parent: u32::try_from(number(1)?).ok()?,
            seconds: (number(11)? + number(12)?) as f64 / 100.0,
        })
    }
}
