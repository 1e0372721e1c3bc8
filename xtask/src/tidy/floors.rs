//! The floors of ARCHITECTURE.md: a crate depends only on lower ones, and on its own floor only as drawn there.

use super::Finding;
use crate::workspace::{Dependency, Package};

/// Where a crate stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    Floor(u8),
    /// Made-up worlds, beside `app`, which calls them; features may test with them.
    Demo,
    /// Tests, benchmarks and tools: they use whatever they like, and nobody uses them.
    Outside,
}

/// What may depend on its own floor.
const DRAWN: [(&str, &str); 4] = [
    ("platform/live", "platform/db"),
    ("platform/jobs", "platform/db"),
    ("platform/jobs", "platform/live"),
    ("platform/outbound", "platform/db"),
];

pub(super) fn check(packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        if place(&package.folder).is_none() {
            findings.push(Finding::new(
                format!("{}/Cargo.toml", package.folder),
                format!(
                    "{} stands on no floor: put it into app/, features/, platform/ or another folder that ARCHITECTURE.md names",
                    package.name
                ),
            ));
        }
        let wrong = package
            .dependencies
            .iter()
            .filter_map(|dependency| objection(&package.folder, dependency));
        findings.extend(
            wrong.map(|message| Finding::new(format!("{}/Cargo.toml", package.folder), message)),
        );
    }
    findings
}

fn place(folder: &str) -> Option<Place> {
    Some(match folder {
        "platform/kernel" => Place::Floor(0),
        "features/accounts" => Place::Floor(2),
        "app" => Place::Floor(4),
        "demo" => Place::Demo,
        "tests" | "bench" | "xtask" => Place::Outside,
        _ if folder.ends_with("/fuzz") => Place::Outside,
        _ if folder.starts_with("platform/") => Place::Floor(1),
        _ if folder.starts_with("features/") => Place::Floor(3),
        _ => return None,
    })
}

/// What is wrong with a dependency, if anything is.
fn objection(from: &str, dependency: &Dependency) -> Option<String> {
    let to = dependency.folder.as_str();
    let (above, below) = (place(from)?, place(to)?);
    let allowed = match (above, below) {
        (Place::Outside, _) => true,
        (_, Place::Outside) => false,
        (Place::Floor(4), Place::Demo) => true,
        (_, Place::Demo) => dependency.only_for_tests,
        (Place::Demo, Place::Floor(floor)) => floor < 4,
        (Place::Floor(above), Place::Floor(below)) => below < above || DRAWN.contains(&(from, to)),
    };
    if allowed {
        return None;
    }
    let advice = match (above, below) {
        (Place::Floor(3), Place::Floor(3)) => {
            "features never depend on each other: publish an event, or ask through a trait of your own that app implements"
        }
        (Place::Floor(above), Place::Floor(below)) if below > above => {
            "it stands higher: move what is needed down, or turn the question round with a trait"
        }
        (Place::Floor(_), Place::Floor(_)) => {
            "they stand on the same floor: move what is needed down to kernel, or connect them in app"
        }
        (_, Place::Outside) => "tests, benchmarks and tools are used by nobody",
        (_, Place::Demo) => "made-up worlds are for app and, as a dev-dependency, for tests",
        _ => "demo stands beside app, which calls it",
    };
    Some(format!("{from} may not depend on {to}; {advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(from: &str, to: &str, only_for_tests: bool) -> bool {
        let dependency = Dependency {
            folder: to.to_owned(),
            only_for_tests,
        };
        objection(from, &dependency).is_none()
    }

    #[test]
    fn only_lower_floors() {
        assert!(allowed("app", "features/scores", false));
        assert!(allowed("features/scores", "features/accounts", false));
        assert!(allowed("features/accounts", "platform/db", false));
        assert!(allowed("platform/rank", "platform/kernel", false));
        assert!(!allowed("platform/kernel", "platform/db", false));
        assert!(!allowed("platform/http", "features/accounts", false));
        assert!(!allowed("features/accounts", "features/scores", false));
        assert!(!allowed("features/scores", "app", true));
    }

    #[test]
    fn features_never_know_each_other() {
        assert!(!allowed("features/scores", "features/social", false));
        assert!(!allowed("features/scores", "features/social", true));
    }

    #[test]
    fn on_the_same_floor_only_as_drawn() {
        assert!(allowed("platform/live", "platform/db", false));
        assert!(allowed("platform/jobs", "platform/live", false));
        assert!(!allowed("platform/db", "platform/live", false));
        assert!(!allowed("platform/http", "platform/db", false));
    }

    #[test]
    fn demo_tests_and_tools_stand_beside_the_house() {
        assert!(allowed("app", "demo", false));
        assert!(allowed("features/scores", "demo", true));
        assert!(!allowed("features/scores", "demo", false));
        assert!(allowed("demo", "platform/live", false));
        assert!(allowed("demo", "features/scores", false));
        assert!(allowed("tests", "app", true));
        assert!(allowed("platform/rank/fuzz", "platform/rank", false));
        assert!(!allowed("app", "bench", false));
    }

    #[test]
    fn a_crate_without_a_floor_is_found() {
        let package = Package {
            name: "stray".to_owned(),
            folder: "misc/stray".to_owned(),
            entry_files: Vec::new(),
            dependencies: Vec::new(),
        };
        assert_eq!(check(&[package]).len(), 1);
    }
}
