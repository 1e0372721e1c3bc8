//! What a document names must be there: the targets of its links, and paths of ours between backticks.

use std::path::{Component, Path, PathBuf};

use super::Finding;
use super::files::SourceFile;

pub(super) fn check(file: &SourceFile, root: &Path) -> Vec<Finding> {
    if !file.path.ends_with(".md") {
        return Vec::new();
    }
    let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
    let mut findings = Vec::new();
    let mut in_code_block = false;
    for (number, line) in (1..).zip(file.text.lines()) {
        if line.trim_start().starts_with("```") {
            in_code_block = !in_code_block;
            continue;
        }
        if in_code_block {
            continue;
        }
        let place = format!("{}:{number}", file.path);
        for target in links(line) {
            if !resolve(folder, target).is_some_and(|path| root.join(path).exists()) {
                findings.push(Finding::new(
                    &place,
                    format!("the link to {target} leads nowhere: correct it"),
                ));
            }
        }
        for path in code_spans(line).filter(|path| looks_like_path(path)) {
            if !is_there(root, folder, path) {
                findings.push(Finding::new(
                    &place,
                    format!("`{path}` isn't there: correct it, or leave it out until it is"),
                ));
            }
        }
    }
    findings
}

/// The targets of links to files of ours, without the part after `#`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split([')', ' ']).next()?;
        let target = target.split('#').next()?;
        let elsewhere = target.contains("://") || target.starts_with("mailto:");
        (!elsewhere && !target.is_empty()).then_some(target)
    })
}

fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Whether it has the form of a relative path with at least one folder.
fn looks_like_path(span: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || "._-/".contains(character);
    span.contains('/') && !span.starts_with('/') && span.chars().all(plain)
}

/// Paths are meant from the root or from the document's folder. Where neither has the first part, it is no path of
/// ours but something like `application/json`.
fn is_there(root: &Path, folder: &Path, path: &str) -> bool {
    let path = path.trim_start_matches("./");
    let first = path.split('/').next().unwrap_or_default();
    let bases = [root.to_owned(), root.join(folder)];
    let known = bases.iter().any(|base| base.join(first).is_dir());
    !known || bases.iter().any(|base| base.join(path).exists())
}

/// The target from the repository's root; `None` if it leads out of it.
fn resolve(folder: &Path, target: &str) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    for part in folder.join(target).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir if !path.pop() => return None,
            Component::RootDir | Component::Prefix(_) => return None,
            Component::ParentDir | Component::CurDir => {}
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> anyhow::Result<usize> {
        let root = tempfile::tempdir()?;
        std::fs::create_dir_all(root.path().join("platform/rank/src"))?;
        std::fs::write(root.path().join("platform/rank/README.md"), "")?;
        let file = SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        Ok(check(&file, root.path()).len())
    }

    #[test]
    fn links_lead_somewhere() -> anyhow::Result<()> {
        assert_eq!(
            findings(
                "README.md",
                "[a](platform/rank/README.md#top) [b](https://x.y/z)"
            )?,
            0
        );
        assert_eq!(
            findings("README.md", "[a](platform/rank/NO.md) [b](#here)")?,
            1
        );
        assert_eq!(
            findings("platform/rank/README.md", "[a](../rank/src) [b](../../..)")?,
            1
        );
        Ok(())
    }

    #[test]
    fn paths_between_backticks_are_there() -> anyhow::Result<()> {
        assert_eq!(
            findings(
                "README.md",
                "`platform/rank/README.md` and `platform/rank/`"
            )?,
            0
        );
        assert_eq!(findings("README.md", "`./platform/gone/README.md`")?, 1);
        assert_eq!(
            findings("platform/rank/README.md", "`src/gone.rs`, `src/`")?,
            1
        );
        assert_eq!(
            findings(
                "README.md",
                "`application/json`, `/me`, `./data`, `a b/c`, `platform/*/x`"
            )?,
            0
        );
        Ok(())
    }

    #[test]
    fn code_blocks_are_not_read() -> anyhow::Result<()> {
        assert_eq!(
            findings("README.md", "```\n[a](gone.md)\n```\n[b](gone.md)")?,
            1
        );
        Ok(())
    }
}
