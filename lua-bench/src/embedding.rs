//! `--embedding`: what the border between Rust and Lua costs, next to mlua's.
//!
//! `src/bin/embedding.rs` measures it, built once with each of three features, for no binary can hold two of
//! the C libraries. So this asks cargo, and a C compiler is needed for mlua.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

/// The features, which are the columns; the first is ours.
const FEATURES: [&str; 3] = ["ferrous-lua", "mlua-luajit", "mlua-lua51"];

/// The column that the page compares with.
pub const BASE: &str = FEATURES[1];

/// Nanoseconds of CPU time, by what the host does and what it is built with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Embedding {
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

/// One thing that a host does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub what: String,
    /// One figure for each column.
    pub nanoseconds: Vec<f64>,
}

impl Embedding {
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether each row has a figure, and one that can be, for each column.
    pub fn is_whole(&self) -> bool {
        let is_figure = |&figure: &f64| figure > 0.0 && figure.is_finite();
        self.rows
            .iter()
            .all(|row| row.nanoseconds.len() == self.columns.len() && row.nanoseconds.iter().all(is_figure))
    }
}

/// Builds and runs all three.
///
/// # Errors
///
/// If one cannot be built or fails.
pub fn measure() -> Result<Embedding> {
    let columns = FEATURES.iter().map(|feature| run(feature)).collect::<Result<Vec<_>>>()?;
    join(&columns)
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

fn join(columns: &[Column]) -> Result<Embedding> {
    let titles = |column: &Column| column.iter().map(|(what, _)| what.clone()).collect::<Vec<_>>();
    let rows = titles(&columns[0]);
    ensure!(
        columns.iter().all(|column| titles(column) == rows),
        "the three binaries do not measure the same"
    );
    let row = |(row, what): (usize, String)| Row {
        what,
        nanoseconds: columns.iter().map(|column| column[row].1).collect(),
    };
    let embedding = Embedding {
        columns: FEATURES.map(str::to_owned).to_vec(),
        rows: rows.into_iter().enumerate().map(row).collect(),
    };
    ensure!(embedding.is_whole(), "a figure is none");
    Ok(embedding)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn example() -> Embedding {
        let column = |figure: f64| vec![("Rust calls Lua".to_owned(), figure)];
        join(&[column(30.0), column(60.0), column(90.0)]).expect("they are of the same")
    }

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
        assert_eq!(example().rows[0].nanoseconds, [30.0, 60.0, 90.0]);
        assert!(join(&[column("a"), column("b"), column("a")]).is_err());
        assert!(join(&[column("a"), column("a"), Vec::new()]).is_err());
        assert!(join(&[column("a"), column("a"), vec![("a".to_owned(), f64::NAN)]]).is_err());
    }
}
