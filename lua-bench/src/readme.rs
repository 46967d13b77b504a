//! `--readme`: the performance section of the project's README, made from a result file.
//!
//! It stands between two marks, of which the first names the file, so that a test can make it again and find
//! that it is what the file says:
//!
//! ```text
//! <!-- lua-bench/results/2026-11-22.json: written by lua-bench --readme -->
//! <!-- end of the results -->
//! ```

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::conditions::COMMIT;
use crate::results::Results;
use crate::stats::{maximum, median};
use crate::vm::OURS_WITH_JIT;

const BEGIN: &str = "<!-- ";
const WRITTEN: &str = ": written by lua-bench --readme -->";
const END: &str = "<!-- end of the results -->";

/// Rewrites the section of `readme` from `results`, which were read from `file`.
///
/// # Errors
///
/// If `readme` cannot be read or written, or has no such section.
pub fn rewrite(readme: &Path, file: &Path, results: &Results) -> Result<()> {
    let text = fs::read_to_string(readme).with_context(|| format!("cannot read {}", readme.display()))?;
    let text = replace(&text, &name(file, readme), results)
        .with_context(|| format!("{} lacks the lines that begin and end the section", readme.display()))?;
    fs::write(readme, text).with_context(|| format!("cannot write {}", readme.display()))
}

/// How the README refers to `file`: from its own folder, if that holds it.
fn name(file: &Path, readme: &Path) -> String {
    let folder = readme.canonicalize().ok().and_then(|path| Some(path.parent()?.to_owned()));
    let inside = file
        .canonicalize()
        .ok()
        .zip(folder)
        .and_then(|(file, folder)| Some(file.strip_prefix(folder).ok()?.display().to_string()));
    inside.unwrap_or_else(|| file.display().to_string())
}

/// `text` with its section replaced, if it has one.
fn replace(text: &str, name: &str, results: &Results) -> Option<String> {
    let (start, _) = begin(text)?;
    let end = start + text[start..].find(END)?;
    let section = section(results);
    Some(format!("{}{BEGIN}{name}{WRITTEN}\n{section}{}", &text[..start], &text[end..]))
}

/// Where the section of `text` begins, and the file that it names.
fn begin(text: &str) -> Option<(usize, &str)> {
    let written = text.find(WRITTEN)?;
    let start = text[..written].rfind(BEGIN)?;
    Some((start, &text[start + BEGIN.len()..written]))
}

fn section(results: &Results) -> String {
    let mut text = String::new();
    let conditions = &results.conditions;
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n{}, {}. `{}`:", conditions.date(), conditions.machine(), conditions.command);
    let runs = match conditions.repeats {
        1 => "of the programs, one run each".to_owned(),
        repeats => format!("of each program's least of {repeats} runs"),
    };
    let _ = writeln!(
        text,
        "CPU time relative to {}, the geometric mean {runs} (below 1 is faster).{}\n",
        conditions.base,
        spread(results)
    );
    if conditions.is_quick {
        let _ = writeln!(
            text,
            "These are the programs of the quick set, so short that start-up and compiling weigh heavily.\n"
        );
    }
    if conditions.was_busy() {
        let _ = writeln!(text, "The machine was busy with other work: these figures are rough.\n");
    }
    means(&mut text, results);
    let _ = writeln!(text);
    losses(&mut text, results);
    let _ = writeln!(text, "\nVersions: {}.\n", versions(results));
    text
}

fn means(text: &mut String, results: &Results) {
    let vms = &results.conditions.vms;
    let row = |text: &mut String, cells: Vec<String>| {
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    };
    row(text, ["".to_owned()].into_iter().chain(vms.iter().map(|vm| vm.name.clone())).collect());
    row(text, ["---".to_owned()].into_iter().chain(vms.iter().map(|_| "---:".to_owned())).collect());
    let all = [("**all**", results.programs.as_slice())];
    for (category, programs) in results.categories().into_iter().chain(all) {
        let mean = |vm| match results.mean_ratio(programs, vm) {
            None => String::new(),
            Some((mean, count)) if count == programs.len() => format!("{mean:.2}"),
            Some((mean, count)) => format!("{mean:.2} ({count} of {})", programs.len()),
        };
        row(text, [category.to_owned()].into_iter().chain((0..vms.len()).map(mean)).collect());
    }
}

/// Every program that we lose, so that nobody has to look for them.
fn losses(text: &mut String, results: &Results) {
    let losses = results.losses(OURS_WITH_JIT);
    let (count, base) = (results.programs.len(), &results.conditions.base);
    if losses.is_empty() {
        let _ = writeln!(text, "No program of {count} takes `{OURS_WITH_JIT}` longer than {base}.");
        return;
    }
    let list: Vec<String> = losses.iter().map(|(program, ratio)| format!("{program} {ratio:.2}")).collect();
    let _ = writeln!(
        text,
        "{} of {count} programs take `{OURS_WITH_JIT}` longer than {base}: {}.",
        losses.len(),
        list.join(", ")
    );
}

/// How far medians lie above minima, over all programs and VMs that have run more than once.
fn spread(results: &Results) -> String {
    let samples = results.programs.iter().flat_map(|program| &program.outcomes).filter_map(|o| o.samples());
    let samples = samples.filter(|samples| samples.cpu_seconds.len() > 1);
    let spreads: Vec<f64> = samples.map(|samples| samples.spread() * 100.0).collect();
    match (median(&spreads), maximum(&spreads)) {
        (Some(usual), Some(most)) => {
            format!(" Medians lie {usual:.1} % above, as a rule, and {most:.0} % at most.")
        }
        _ => String::new(),
    }
}

fn versions(results: &Results) -> String {
    let vms = results.conditions.vms.iter();
    let name = |version: &str| {
        let name = version.split("Copyright").next().unwrap_or(version);
        let name = name.trim_end_matches([' ', '-']).split_whitespace().collect::<Vec<_>>().join(" ");
        let commit = version.find(COMMIT).map_or("", |at| &version[at..]);
        if name.ends_with(commit) { name } else { name + commit }
    };
    vms.map(|vm| format!("{} is {}", vm.name, name(&vm.version))).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conditions::tests::conditions;
    use crate::results::tests::{example, program, samples};

    const README: &str =
        "# Title\n<!-- old.json: written by lua-bench --readme -->\nold\n<!-- end of the results -->\nrest\n";

    #[test]
    fn replaces_the_section_and_nothing_else() {
        let text = replace(README, "new.json", &example()).expect("it has a section");
        assert!(text.starts_with("# Title\n<!-- new.json: written by lua-bench --readme -->\n"));
        assert!(text.ends_with("<!-- end of the results -->\nrest\n") && !text.contains("old"));
        assert!(text.contains("| calls | 0.50 (1 of 2) | 1.00 (1 of 2) | 0.25 (1 of 2) |"), "{text}");
        assert_eq!(replace(&text, "new.json", &example()).as_deref(), Some(text.as_str()));
        assert_eq!(replace("no marks", "new.json", &example()), None);
    }

    #[test]
    fn names_the_programs_that_we_lose() {
        let times = |ours: f64| vec![samples(&[ours]), samples(&[1.0])];
        let programs =
            vec![program("m/a", times(1.5)), program("m/b", times(0.5)), program("m/c", times(3.0))];
        let results = Results::new(conditions(&[OURS_WITH_JIT, "luajit"], "luajit"), programs);
        let text = section(&results);
        assert!(
            text.contains("2 of 3 programs take `ferrous-jit` longer than luajit: m/c 3.00, m/a 1.50."),
            "{text}"
        );
    }

    #[test]
    fn versions_name_the_commit_and_not_the_owners() {
        let mut results = example();
        let said = [
            "A 5.1  Copyright (C) 2012 All, Rio",
            "B 2 -- Copyright (C) X, commit 1a2b-dirty",
            "C 3, commit 4d",
        ];
        for (vm, said) in results.conditions.vms.iter_mut().zip(said) {
            vm.version = said.to_owned();
        }
        assert_eq!(versions(&results), "a is A 5.1; b is B 2, commit 1a2b-dirty; c is C 3, commit 4d");
    }

    #[test]
    fn single_runs_have_no_spread() {
        let measured = |times: &[f64]| {
            let mut conditions = conditions(&["a"], "a");
            conditions.repeats = times.len() as u32;
            section(&Results::new(conditions, vec![program("m/a", vec![samples(times)])]))
        };
        let (once, often) = (measured(&[1.0]), measured(&[1.0, 1.1, 1.2]));
        assert!(once.contains("the programs, one run each (below 1") && !once.contains("Medians"), "{once}");
        assert!(often.contains("least of 3 runs (below 1 is faster). Medians lie 10.0 % above"), "{often}");
    }

    #[test]
    fn the_projects_readme_says_what_its_file_says() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
        let text = fs::read_to_string(root.join("README.md")).expect("readable");
        let (_, file) = begin(&text).expect("it has a section");
        let results = Results::read(&root.join(file)).expect("the file that it names");
        assert_eq!(replace(&text, file, &results).as_deref(), Some(text.as_str()), "run lua-bench --readme");
    }
}
