//! Results for a reader at a terminal.
//!
//! A category's table has a row for each program and a column for each VM; a cell is
//!
//! ```text
//! 0.98x 1.234 +3%
//! |     |     `---- how far the median lies above the minimum
//! |     `---------- the minimum, in CPU seconds
//! `---------------- the minimum's ratio to the base VM's; below 1 is faster
//! ```

use std::fmt;
use std::io::{IsTerminal, stdout};

use comfy_table::{Cell, CellAlignment, Color, ContentArrangement, Table, presets};

use crate::compilation::Compilation;
use crate::embedding::Embedding;
use crate::results::{Outcome, ProgramResults, Results, Samples};
use crate::vm::FERROUS;

/// Ratios this far from 1 get a colour.
const REMARKABLE: f64 = 0.05;

/// Shows `0` as text.
pub struct Text<'a>(pub &'a Results);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Text(results) = self;
        let conditions = &results.conditions;
        writeln!(f, "{}; {}", conditions.machine(), conditions.date())?;
        writeln!(f, "{}.", conditions.surroundings())?;
        for vm in &conditions.vms {
            writeln!(f, "  {}: {} ({})", vm.name, vm.version, vm.command)?;
        }
        let spread = if conditions.repeats > 1 { "; how far the median is above it" } else { "" };
        writeln!(f, "Ratio to {}; {} in seconds{spread}.", conditions.base, conditions.figure())?;
        for (category, programs) in results.categories() {
            writeln!(f, "\n{}", category_table(results, category, programs))?;
        }
        writeln!(f, "\n{}", summary(results))?;
        writeln!(f, "\n{}", memory(results))?;
        if !results.start_up.is_empty() {
            writeln!(f, "\n{}", start_up(results))?;
        }
        if !results.compilation.is_empty() {
            writeln!(f, "\n{}", compilation(&results.compilation))?;
        }
        if !results.embedding.is_empty() {
            writeln!(f, "\n{}", embedding(&results.embedding))?;
        }
        if conditions.was_busy() {
            writeln!(f, "\nThe machine was busy with other work: do not publish these times.")?;
        }
        if results.has_failures() {
            writeln!(f, "\nfailures:")?;
        }
        for (program, vm, message) in results.failures() {
            writeln!(f, "  {program} on {vm}: it {message}")?;
        }
        Ok(())
    }
}

fn category_table(results: &Results, category: &str, programs: &[ProgramResults]) -> Table {
    let mut table = table(header(results, category));
    for program in programs {
        let cells = program.outcomes.iter().enumerate().map(|(vm, outcome)| {
            let ratio = results.ratio(program, vm);
            coloured(time_cell(outcome, ratio), ratio.filter(|_| is_ours(results, vm)))
        });
        table.add_row([Cell::new(&program.name)].into_iter().chain(cells));
    }
    if programs.len() > 1 {
        table.add_row(mean_row(results, "geometric mean", programs));
    }
    right_aligned(table)
}

/// The geometric means by category and of all.
fn summary(results: &Results) -> Table {
    let mut table = table(header(results, "geometric means"));
    for (category, programs) in results.categories() {
        table.add_row(mean_row(results, category, programs));
    }
    table.add_row(mean_row(results, "all programs", &results.programs));
    right_aligned(table)
}

fn mean_row(results: &Results, title: &str, programs: &[ProgramResults]) -> Vec<Cell> {
    let mean = |vm| match results.mean_ratio(programs, vm) {
        None => Cell::new("-"),
        // Says how many programs a mean is of if that is not all.
        Some((mean, count)) if count == programs.len() => coloured(format!("{mean:.2}x"), Some(mean)),
        Some((mean, count)) => Cell::new(format!("{mean:.2}x of {count}")),
    };
    [Cell::new(title)].into_iter().chain((0..results.conditions.vms.len()).map(mean)).collect()
}

fn memory(results: &Results) -> Table {
    let mut table = table(header(results, "peak memory, MiB"));
    for program in &results.programs {
        let cells = program.outcomes.iter().map(|outcome| {
            let peak = |samples: &Samples| format!("{:.1}", samples.peak_bytes() as f64 / f64::from(1 << 20));
            outcome.samples().map_or_else(|| without_samples(outcome), peak)
        });
        table.add_row([program.label()].into_iter().chain(cells));
    }
    right_aligned(table)
}

fn start_up(results: &Results) -> Table {
    let mut table = table(header(results, "start-up, ms"));
    let mut row = |title: &str, figure: &dyn Fn(&Samples) -> f64| {
        let cells = results.start_up.iter().map(|outcome| {
            outcome
                .samples()
                .map_or_else(|| without_samples(outcome), |samples| format!("{:.2}", figure(samples) * 1e3))
        });
        table.add_row([title.to_owned()].into_iter().chain(cells));
    };
    row("CPU, least", &Samples::minimum);
    row("CPU, median", &Samples::median);
    row("wall, median", &|samples| crate::stats::median(&samples.wall_seconds).unwrap_or(0.0));
    right_aligned(table)
}

fn compilation(all: &[Compilation]) -> Table {
    let titles = [
        "ferrous-lua's JIT",
        "loops native",
        "calls native",
        "traces",
        "aborted",
        "ms recording",
        "ms compiling",
        "KiB code",
    ];
    let mut table = table(titles.map(str::to_owned).to_vec());
    for one in all {
        let percent =
            |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.1}%", share * 100.0));
        let count = |count: Option<u64>| count.map_or("-".to_owned(), |count| count.to_string());
        let decimal = |figure: Option<f64>| figure.map_or("-".to_owned(), |figure| format!("{figure:.1}"));
        let traces = match (one.root_traces, one.side_traces) {
            (Some(roots), Some(sides)) => format!("{roots}+{sides}"),
            _ => "-".to_owned(),
        };
        table.add_row([
            one.program.clone(),
            percent(one.native_iterations),
            percent(one.native_calls),
            traces,
            count(one.aborted),
            decimal(one.recording_ms),
            decimal(one.compiling_ms),
            decimal(one.code_bytes.map(|bytes| bytes as f64 / 1024.0)),
        ]);
    }
    right_aligned(table)
}

pub fn embedding(embedding: &Embedding) -> Table {
    let header = ["embedding, ns"].into_iter().map(str::to_owned).chain(embedding.columns.iter().cloned());
    let mut table = table(header.collect());
    for row in &embedding.rows {
        let figures = row.nanoseconds.iter().map(|figure| format!("{figure:.1}"));
        table.add_row([row.what.clone()].into_iter().chain(figures));
    }
    right_aligned(table)
}

fn time_cell(outcome: &Outcome, ratio: Option<f64>) -> String {
    let Some(samples) = outcome.samples() else { return without_samples(outcome) };
    let ratio = ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}x"));
    format!("{ratio} {:.3} {:>4}", samples.minimum(), format!("+{:.0}%", samples.spread() * 100.0))
}

fn without_samples(outcome: &Outcome) -> String {
    outcome.failure_word().unwrap_or("").to_owned()
}

fn header(results: &Results, first: &str) -> Vec<String> {
    let names = results.conditions.vms.iter().map(|vm| vm.name.clone());
    [first.to_owned()].into_iter().chain(names).collect()
}

fn is_ours(results: &Results, vm: usize) -> bool {
    results.conditions.vms[vm].name.starts_with(FERROUS)
}

fn coloured(text: String, ratio: Option<f64>) -> Cell {
    let cell = Cell::new(text);
    match ratio {
        Some(ratio) if ratio < 1.0 - REMARKABLE => cell.fg(Color::Green),
        Some(ratio) if ratio > 1.0 + REMARKABLE => cell.fg(Color::Red),
        _ => cell,
    }
}

/// A table as wide as the terminal, or as its content needs where there is none.
pub fn table(header: Vec<String>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    if stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    } else {
        table.force_no_tty();
    }
    table
}

/// All columns but the first.
pub fn right_aligned(mut table: Table) -> Table {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::{example, samples};

    /// What is shown, without the blanks at the ends of lines.
    fn shown(results: &Results) -> String {
        Text(results).to_string().lines().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    #[test]
    fn shows_times_ratios_means_memory_and_failures() {
        let expected = "\
A processor, 2 cores, 8 GiB, A system; 2026-11-18
VMs ran on processor 1; other work took 0.01 of 2 processors meanwhile.
  a: a 1 (/bin/a)
  b: b 1 (/bin/b)
  c: c 1 (/bin/c)
Ratio to b; least CPU time of 3 runs in seconds; how far the median is above it.

 calls                          a                 b                 c
 fib             0.50x 0.500 +10%  1.00x 1.000  +0%  0.25x 0.250  +0%
 loops               - 2.000  +0%          time-out
 geometric mean        0.50x of 1        1.00x of 1        0.25x of 1

 geometric means           a           b           c
 calls            0.50x of 1  1.00x of 1  0.25x of 1
 all programs     0.50x of 1  1.00x of 1  0.25x of 1

 peak memory, MiB    a         b    c
 calls/fib         3.0       3.0  3.0
 calls/loops       3.0  time-out

failures:
  calls/loops on b: it was ended after 9 s
";
        assert_eq!(shown(&example()), expected);
    }

    #[test]
    fn shows_start_up_compilation_and_embedding_where_there_is_some() {
        let account = Compilation {
            program: "calls/fib".to_owned(),
            native_iterations: Some(0.9876),
            compiling_ms: Some(6.13),
            code_bytes: Some(2048),
            ..Compilation::default()
        };
        let results = Results {
            start_up: vec![samples(&[0.001, 0.002]), samples(&[0.003]), Outcome::Absent],
            compilation: vec![account],
            embedding: crate::embedding::tests::example(),
            ..example()
        };
        let shown = shown(&results);
        let line = |start: &str| {
            let line = shown.lines().rfind(|line| line.trim_start().starts_with(start)).expect("shown");
            line.split_whitespace().collect::<Vec<_>>()
        };
        assert_eq!(line("CPU, median"), ["CPU,", "median", "1.50", "3.00"]);
        assert_eq!(line("calls/fib"), ["calls/fib", "98.8%", "-", "-", "-", "-", "6.1", "2.0"]);
        assert_eq!(line("Rust calls Lua"), ["Rust", "calls", "Lua", "30.0", "60.0", "90.0"]);
    }
}
