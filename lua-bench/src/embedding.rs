//! `--embedding`: what the border between Rust and Lua costs, next to mlua's.
//!
//! `src/bin/embedding.rs` measures it, built once with each of three features, for no binary can hold two of
//! the C libraries. So this asks cargo, and a C compiler is needed for mlua.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::table;

/// The features, which are the columns.
const FEATURES: [&str; 3] = ["ferrous-lua", "mlua-luajit", "mlua-lua51"];

/// Builds and runs all three, and returns the table.
///
/// # Errors
///
/// If one cannot be built or fails.
pub fn measure() -> Result<String> {
    let columns = FEATURES.iter().map(|feature| run(feature)).collect::<Result<Vec<_>>>()?;
    show(&columns)
}

/// Figures with what they are of.
type Column = Vec<(String, f64)>;

fn run(feature: &str) -> Result<Column> {
    eprintln!("building and running with {feature}");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let output = Command::new(cargo)
        .args(["run", "--quiet", "--release", "--bin", "embedding", "--features", feature, "--manifest-path"])
        .arg(manifest)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    ensure!(output.status.success(), "the measurement with {feature} failed");
    parse(&String::from_utf8_lossy(&output.stdout))
        .with_context(|| format!("{feature} printed something else"))
}

fn parse(output: &str) -> Result<Column> {
    let line = |line: &str| -> Result<(String, f64)> {
        let (figure, what) = line.split_once(' ').context("a line without a title")?;
        Ok((what.to_owned(), figure.parse()?))
    };
    let column: Column = output.lines().map(line).collect::<Result<_>>()?;
    ensure!(!column.is_empty(), "there is no line");
    Ok(column)
}

fn show(columns: &[Column]) -> Result<String> {
    let header = [&["nanoseconds"], FEATURES.as_slice()].concat();
    let mut table = table::table(header.into_iter().map(str::to_owned).collect());
    for (row, (what, _)) in columns[0].iter().enumerate() {
        let mut cells = vec![what.clone()];
        for column in columns {
            match column.get(row) {
                Some((same, figure)) if same == what => cells.push(format!("{figure:.1}")),
                _ => bail!("the three binaries do not measure the same"),
            }
        }
        table.add_row(cells);
    }
    Ok(table::right_aligned(table).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_figures_and_refuses_anything_else() {
        let column = parse("12.50 Rust calls Lua\n3 Lua calls Rust\n").expect("well formed");
        assert_eq!(column, [("Rust calls Lua".to_owned(), 12.5), ("Lua calls Rust".to_owned(), 3.0)]);
        for wrong in ["", "fast Rust calls Lua\n", "12.50\n"] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn columns_must_be_of_the_same() {
        let column = |what: &str| vec![(what.to_owned(), 1.25)];
        let shown = show(&[column("a"), column("a"), column("a")]).expect("they are");
        assert!(shown.contains("1.2") && shown.contains("mlua-luajit"));
        assert!(show(&[column("a"), column("b"), column("a")]).is_err());
        assert!(show(&[column("a"), column("a"), Vec::new()]).is_err());
    }
}
