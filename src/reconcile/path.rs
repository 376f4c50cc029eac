//! Which paths a project may contain, and what each is.
//!
//! Comes in: a path with `/`, from a rendered tree or from a lock. Promised: a path that passes [`check`] names a
//! file inside the project, or one of the pipeline files at the root of the repository around it.

use std::fmt;

/// Folder of loadpath's own files.
pub(super) const OWN: &str = ".loadpath";
/// Record of what was generated.
pub(super) const LOCK: &str = ".loadpath/lock.json";
/// Folder of the pristine texts.
pub(super) const BASE: &str = ".loadpath/base";
/// Folder in which a run prepares its writes.
pub(super) const STAGING: &str = ".loadpath/staging";
/// Attributes that tell git what `.loadpath/` is, where the project has no such file of its own.
pub(super) const ATTRIBUTES: &str = ".gitattributes";
/// The same, where it has.
pub(super) const OWN_ATTRIBUTES: &str = ".loadpath/.gitattributes";

/// What editors check the blueprint with.
pub(super) const SCHEMA: &str = ".loadpath/blueprint.schema.json";

/// Longest name of a file or folder that every file system here takes, in bytes.
const NAME_BYTES: usize = 255;

/// Why a path is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal(&'static str);

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// Whether a generated file may have this path.
pub(super) fn check(path: &str) -> Result<(), Refusal> {
    check_any(path)?;
    let inside = below_repository(path).unwrap_or(path);
    let first = inside.split('/').next().unwrap_or(inside);
    if first.eq_ignore_ascii_case(OWN) && ![OWN_ATTRIBUTES, SCHEMA].contains(&path) {
        return Err(Refusal("is in loadpath's own folder"));
    }
    if first.eq_ignore_ascii_case(".git") {
        return Err(Refusal("is in git's own folder"));
    }
    Ok(())
}

/// Whether a path stays where a run may write, loadpath's own folder included.
pub(super) fn check_any(path: &str) -> Result<(), Refusal> {
    let inside = below_repository(path).unwrap_or(path);
    if inside.len() < path.len() && !is_pipeline(inside) {
        return Err(Refusal("leaves the project"));
    }
    if inside.starts_with('/') {
        return Err(Refusal("is absolute"));
    }
    for name in inside.split('/') {
        match name {
            "" => return Err(Refusal("has an empty name in it")),
            "." | ".." => return Err(Refusal("leaves the project")),
            _ if name.len() > NAME_BYTES => {
                return Err(Refusal("has a name of more than 255 bytes in it"));
            }
            _ if name.contains(|c: char| c.is_control() || c == '\\') => {
                return Err(Refusal("has a control character or a backslash in it"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// What follows the leading `../` of a path, if it has any.
fn below_repository(path: &str) -> Option<&str> {
    let mut rest = path.strip_prefix("../")?;
    while let Some(next) = rest.strip_prefix("../") {
        rest = next;
    }
    Some(rest)
}

/// Whether a path below the root of a repository is one that only works there.
fn is_pipeline(path: &str) -> bool {
    matches!(path, ".gitlab-ci.yml" | "Jenkinsfile" | ".github")
        || path.starts_with(".github/")
        || path.starts_with(".gitlab/")
}

/// Where the pristine text of `path` is kept.
pub(super) fn base(path: &str) -> String {
    let Some(below) = below_repository(path) else {
        return format!("{BASE}/{path}");
    };
    let ups = (path.len() - below.len()) / "../".len();
    format!("{BASE}/@up{ups}/{below}")
}

/// The path whose pristine text is kept here.
pub(super) fn of_base(path: &str) -> Option<String> {
    let path = path.strip_prefix(BASE)?.strip_prefix('/')?;
    let up = path
        .strip_prefix("@up")
        .and_then(|rest| rest.split_once('/'));
    match up.and_then(|(n, below)| Some((n.parse::<usize>().ok()?, below))) {
        Some((n, below)) => Some("../".repeat(n) + below),
        None => Some(path.to_owned()),
    }
}

/// Whether a file belongs to the user from the start.
pub(super) fn is_extension_point(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    name.ends_with(".local.tf")
        || name.ends_with(".local.tfvars")
        || folder
            .strip_prefix("kubernetes/overlays/")
            .is_some_and(|rest| {
                let mut parts = rest.split('/').skip(1);
                parts.next() == Some("local")
            })
}

/// Whether `path` is, or is below, `folder`.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a path belongs to one environment: a folder or the stem of a file has its name.
pub(super) fn is_of_environment(path: &str, environment: &str) -> bool {
    path.split('/').any(|name| {
        name.strip_prefix(environment)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &str) -> &'static str {
        check(path).expect_err("the path is refused").0
    }

    #[test]
    fn ordinary_paths_pass() {
        for path in [
            "docs/START.md",
            ".gitattributes",
            ".github/workflows/ci.yaml",
            "a..b/c",
            ".loadpath/.gitattributes",
        ] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn paths_that_leave_are_refused() {
        for path in [
            "../x",
            "a/../x",
            "./x",
            "../../etc/passwd",
            "../.github/../x",
        ] {
            assert_eq!(refused(path), "leaves the project", "{path}");
        }
        assert_eq!(refused("/etc/passwd"), "is absolute");
        assert_eq!(refused("..//etc/passwd"), "leaves the project");
        assert_eq!(refused("a//b"), "has an empty name in it");
        assert_eq!(refused(""), "has an empty name in it");
        assert_eq!(refused("a/"), "has an empty name in it");
    }

    #[test]
    fn pipeline_files_may_be_at_the_root_of_the_repository() {
        assert_eq!(check("../../.github/workflows/shop.yaml"), Ok(()));
        assert_eq!(check("../.gitlab-ci.yml"), Ok(()));
        assert_eq!(check("../Jenkinsfile"), Ok(()));
        assert_eq!(
            base("../../.github/workflows/shop.yaml"),
            ".loadpath/base/@up2/.github/workflows/shop.yaml"
        );
        for path in ["../../.github/workflows/shop.yaml", "docs/START.md"] {
            assert_eq!(of_base(&base(path)).as_deref(), Some(path));
        }
    }

    #[test]
    fn own_folders_are_not_generated() {
        assert_eq!(
            refused(".loadpath/lock.json"),
            "is in loadpath's own folder"
        );
        assert_eq!(
            refused(".LOADPATH/lock.json"),
            "is in loadpath's own folder"
        );
        assert_eq!(refused(".git/config"), "is in git's own folder");
        assert_eq!(
            refused("a\nb"),
            "has a control character or a backslash in it"
        );
        assert_eq!(
            refused(&"x".repeat(256)),
            "has a name of more than 255 bytes in it"
        );
    }

    #[test]
    fn extension_points_are_known() {
        for path in [
            "terraform/aws/infrastructure/mine.local.tf",
            "terraform/gcp/infrastructure/envs/prod.local.tfvars",
            "kubernetes/overlays/prod/local/kustomization.yaml",
        ] {
            assert!(is_extension_point(path), "{path}");
        }
        for path in [
            "terraform/aws/infrastructure/local.tf",
            "kubernetes/overlays/local/kustomization.yaml",
        ] {
            assert!(!is_extension_point(path), "{path}");
        }
    }

    #[test]
    fn a_path_tells_its_environment() {
        assert!(is_of_environment(
            "terraform/aws/infrastructure/envs/prod.tfvars",
            "prod"
        ));
        assert!(is_of_environment(
            "kubernetes/overlays/prod/kustomization.yaml",
            "prod"
        ));
        assert!(!is_of_environment("docs/production.md", "prod"));
    }
}
