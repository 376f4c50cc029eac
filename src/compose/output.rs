//! What the path of a template says of its output: where it goes, whether it changes with load, whether it is run.

/// Path of the output: without the suffix that marks a template.
pub(super) fn output(template: &str) -> String {
    template
        .strip_suffix(".j2")
        .or_else(|| template.strip_suffix(".jx"))
        .unwrap_or(template)
        .to_owned()
}

/// Whether a template sees the sizes of an environment. Structure does not: a change of load must not touch it.
pub(super) fn is_sized(template: &str) -> bool {
    let sized = [
        "docs/",
        "cdn/",
        "loadtest/",
        "observability/",
        "sharding/shard-map.json",
        "sharding/migration/targets",
        "sharding/router/",
        "sharding/clients/vectors.json",
        "terraform/gcp/bootstrap/terraform.tfvars",
    ];
    let structure = ["cdn/key.js", "loadtest/channels.json", "loadtest/player.js"];
    template.contains("{env}")
        || sized.iter().any(|prefix| template.starts_with(prefix)) && !structure.contains(&template)
}

/// Whether the output is run: scripts have no suffix.
pub(super) fn is_script(template: &str) -> bool {
    let name = output(template);
    let name = name.rsplit('/').next().unwrap_or_default();
    let folders = [
        "scripts/",
        "cdn/purge",
        "edge/secrets",
        "sharding/migration/migrate",
        "sharding/migration/rehearse",
        "migration/",
        "warehouse/views",
    ];
    !name.contains('.') && folders.iter().any(|folder| template.starts_with(folder))
}
