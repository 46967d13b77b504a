//! Chooses how instruction handlers are chained: by sibling calls where LLVM optimises, else by a trampoline.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(trampoline)");
    println!("cargo::rerun-if-changed=build.rs");
    // The checks that debug assertions add to pointer reads are calls, which keep frames alive.
    let checked = std::env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_some();
    let unoptimised = checked || std::env::var("OPT_LEVEL").is_ok_and(|level| level == "0");
    let target = std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    let no_sibling_calls = !matches!(target.as_str(), "x86_64" | "aarch64");
    if unoptimised || no_sibling_calls || std::env::var_os("CARGO_FEATURE_TRAMPOLINE").is_some() {
        println!("cargo::rustc-cfg=trampoline");
    }
}
