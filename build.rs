//! Builds `templates/` into the binary: writes the table `render/templates.rs` includes, sorted by path.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() {
    let root =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("templates");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    let mut names: Vec<(String, PathBuf)> = paths
        .into_iter()
        .map(|path| (name(&root, &path), path))
        .collect();
    names.sort();
    let mut table = String::from("&[\n");
    for (name, path) in names {
        writeln!(
            table,
            "    ({name:?}, include_str!({:?})),",
            path.display().to_string()
        )
        .expect("a string takes any text");
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("templates.rs");
    fs::write(out, table).expect("cargo gives a writable folder");
}

/// Path below `templates/`, with `/`.
fn name(root: &Path, path: &Path) -> String {
    let parts = path
        .strip_prefix(root)
        .expect("found below it")
        .components();
    parts
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join("/")
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            println!("cargo:rerun-if-changed={}", path.display());
            collect(&path, paths);
        } else {
            paths.push(path);
        }
    }
}
