//! What the README and the map repeat of the code is what the code says.

use std::path::Path;

const README: &str = include_str!("../README.md");
const ARCHITECTURE: &str = include_str!("../ARCHITECTURE.md");

/// `examples/embedding.rs` is compiled with the tests.
#[test]
fn the_readme_shows_a_program_that_works() {
    assert!(README.contains(include_str!("../examples/embedding.rs")));
}

#[test]
fn the_readme_names_every_feature() {
    let manifest = include_str!("../Cargo.toml");
    let (_, features) = manifest.split_once("[features]\n").expect("a section of features");
    let (features, _) = features.split_once("\n[").expect("other sections");
    let names = features.lines().filter_map(|line| Some(line.split_once(" = ")?.0));
    let unknown: Vec<&str> = names.filter(|name| *name != "default" && !is_named(README, name)).collect();
    assert_eq!(unknown, [""; 0]);
}

#[test]
fn the_map_names_every_module() {
    for path in ["runtime", "interp", "jit"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(path).join("src/lib.rs");
        let contents = std::fs::read_to_string(root).expect("each crate has a root");
        let declarations = contents.lines().filter_map(|line| line.strip_suffix(';'));
        let modules: Vec<&str> = declarations
            .filter_map(|line| line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")))
            .collect();
        let unknown: Vec<&&str> = modules.iter().filter(|name| !is_named(ARCHITECTURE, name)).collect();
        assert!(modules.len() > 5 && unknown.is_empty(), "{path}: {unknown:?}");
    }
}

fn is_named(document: &str, name: &str) -> bool {
    document.contains(&format!("`{name}`"))
}
