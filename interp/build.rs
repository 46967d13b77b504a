//! Chooses how instruction handlers are chained: by sibling calls where LLVM optimises, else by a trampoline.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(trampoline)");
    println!("cargo::rerun-if-changed=build.rs");
    let unoptimised = std::env::var("OPT_LEVEL").is_ok_and(|level| level == "0");
    let target = std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    let no_sibling_calls = !matches!(target.as_str(), "x86_64" | "aarch64");
    if unoptimised || no_sibling_calls || std::env::var_os("CARGO_FEATURE_TRAMPOLINE").is_some() {
        println!("cargo::rustc-cfg=trampoline");
    }
}
