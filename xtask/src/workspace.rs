//! The workspace as cargo sees it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) packages: Vec<Package>,
}

pub(crate) struct Package {
    pub(crate) name: String,
    /// Its folder from the root, such as `platform/db`.
    pub(crate) folder: String,
    /// The first file of each library, binary, test, benchmark and example.
    pub(crate) entry_files: Vec<PathBuf>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// On another package of this workspace.
pub(crate) struct Dependency {
    pub(crate) folder: String,
    pub(crate) only_for_tests: bool,
}

impl Workspace {
    pub(crate) fn read() -> Result<Self> {
        let output = cargo()
            .args(["metadata", "--format-version=1", "--offline", "--no-deps"])
            .output()
            .context("cargo can't be run")?;
        ensure!(
            output.status.success(),
            "cargo metadata failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let root = PathBuf::from(text(&metadata, "workspace_root")?);
        let packages = list(&metadata, "packages")?
            .iter()
            .map(|package| Package::parse(package, &root))
            .collect::<Result<_>>()?;
        Ok(Self { root, packages })
    }
}

impl Package {
    fn parse(package: &Value, root: &Path) -> Result<Self> {
        let manifest = Path::new(text(package, "manifest_path")?);
        let folder = manifest.parent().context("a manifest lies in a folder")?;
        let entry_files = list(package, "targets")?
            .iter()
            .map(|target| Ok(PathBuf::from(text(target, "src_path")?)))
            .collect::<Result<_>>()?;
        let dependencies = list(package, "dependencies")?
            .iter()
            .filter_map(|dependency| Some((dependency, dependency["path"].as_str()?)))
            .map(|(dependency, path)| Dependency {
                folder: below(root, Path::new(path)),
                only_for_tests: dependency["kind"] == "dev",
            })
            .collect();
        Ok(Self {
            name: text(package, "name")?.to_owned(),
            folder: below(root, folder),
            entry_files,
            dependencies,
        })
    }
}

/// The cargo that runs us, or the one in PATH.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The path from the root, with `/` between the parts.
pub(crate) fn below(root: &Path, path: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}

fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str> {
    value[field]
        .as_str()
        .with_context(|| format!("cargo metadata has no {field}"))
}

fn list<'a>(value: &'a Value, field: &str) -> Result<&'a Vec<Value>> {
    value[field]
        .as_array()
        .with_context(|| format!("cargo metadata has no {field}"))
}
