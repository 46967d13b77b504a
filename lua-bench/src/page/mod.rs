//! `--html`: one page that needs nothing but itself, with plots ([`plot`]) of everything that was measured.

mod plot;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::embedding::{self, Embedding};
use crate::page::plot::{Bar, Group, Line, Scale};
use crate::results::{Outcome, ProgramResults, Results, Samples};
use crate::stats::{geometric_mean, maximum, minimum};
use crate::vm::{FERROUS, OURS_WITH_JIT};

const STYLE: &str = include_str!("style.css");

/// How many other VMs have a colour of their own.
const COLOURS: usize = 6;

/// Writes the page of `results` to `path`; `history` holds earlier results, oldest first.
///
/// # Errors
///
/// If `path` cannot be written.
pub fn write(results: &Results, history: &[Results], path: &Path) -> Result<()> {
    let page = Page { results, classes: classes(results) };
    let text = page.whole(history).into_string();
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

struct Page<'a> {
    results: &'a Results,
    /// Each VM's class in the style.
    classes: Vec<String>,
}

impl Page<'_> {
    fn whole(&self, history: &[Results]) -> Markup {
        let conditions = &self.results.conditions;
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "ferrous-lua: benchmarks of " (conditions.date()) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    h1 { "ferrous-lua benchmarks" }
                    p.note { (conditions.date()) " · " (conditions.machine()) }
                    @if conditions.was_busy() {
                        p.bad { "The machine was busy with other work: these times are not to be published." }
                    }
                    (self.tiles())
                    nav {
                        a href="#categories" { "Categories" } a href="#programs" { "Programs" }
                        a href="#memory" { "Memory" } a href="#start-up" { "Start-up" }
                        @if !self.results.warm_up.is_empty() { a href="#warm-up" { "Warm-up" } }
                        @if !self.results.embedding.is_empty() { a href="#embedding" { "Embedding" } }
                        @if !history.is_empty() { a href="#history" { "History" } }
                        a href="#conditions" { "Conditions" }
                    }
                    (self.legend())
                    (self.by_category())
                    (self.losses())
                    (self.programs())
                    (self.memory())
                    (self.start_up())
                    (self.warm_up())
                    (self.compilation())
                    (self.embedding())
                    @if !history.is_empty() { (self.history(history)) }
                    (self.failures())
                    (self.conditions())
                }
            }
        }
    }

    fn vms(&self) -> impl Iterator<Item = (usize, &str)> {
        self.results.conditions.vms.iter().map(|vm| vm.name.as_str()).enumerate()
    }

    /// The VMs whose ratios are shown: all but the base, whose every ratio is 1.
    fn compared(&self) -> impl Iterator<Item = (usize, &str)> {
        self.vms().filter(|(_, name)| *name != self.results.conditions.base)
    }

    fn tiles(&self) -> Markup {
        let base = &self.results.conditions.base;
        html! {
            div.tiles {
                @for (vm, name) in self.compared() {
                    @if let Some((mean, count)) = self.results.mean_ratio(&self.results.programs, vm) {
                        div.card.tile {
                            span { (name) }
                            b { (format!("{mean:.2}×")) }
                            span { "the time of " (base) ", mean of " (count) }
                        }
                    }
                }
            }
        }
    }

    fn legend(&self) -> Markup {
        html! {
            div.legend {
                @for (vm, name) in self.vms() {
                    span class=(self.classes[vm]) { i {} (name) @if *name == *self.results.conditions.base { " (1×)" } }
                }
            }
        }
    }

    fn by_category(&self) -> Markup {
        let whole = [("all programs", self.results.programs.as_slice())];
        let groups: Vec<Group> = self
            .results
            .categories()
            .into_iter()
            .chain(whole)
            .map(|(category, programs)| {
                let bars = self.compared().filter_map(|(vm, name)| {
                    let (mean, count) = self.results.mean_ratio(programs, vm)?;
                    let tip = format!("{name}: {mean:.3}×, geometric mean of {count}");
                    Some(self.bar(vm, mean, None, tip))
                });
                Group { label: category.to_owned(), bars: bars.collect() }
            })
            .collect();
        html! {
            h2 #categories { "Geometric means by category" }
            p.note {
                "CPU time relative to " (self.results.conditions.base) ", on a logarithmic axis: bars to the left are faster."
            }
            div.card { (plot::ratios(&groups)) }
        }
    }

    /// Where ferrous-lua is slower than the base, worst first.
    fn losses(&self) -> Markup {
        let losses = self.results.losses(OURS_WITH_JIT);
        html! {
            @if !losses.is_empty() {
                h2 { "Programs that ferrous-lua loses" }
                div.card {
                    p { (losses.len()) " of " (self.results.programs.len()) " programs take it longer than "
                        (self.results.conditions.base) "." }
                    details {
                        summary { "All of them, worst first" }
                        table {
                            tr { th { "program" } th { "ratio" } }
                            @for (program, ratio) in losses {
                                tr { td { (program) } td.bad { (format!("{ratio:.2}×")) } }
                            }
                        }
                    }
                }
            }
        }
    }

    fn programs(&self) -> Markup {
        html! {
            h2 #programs { "Programs" }
            p.note {
                "The " (self.results.conditions.figure()) ", relative to the base's. "
                @if self.results.conditions.repeats > 1 { "Lines show from the least to the most time seen." }
            }
            @for (category, programs) in self.results.categories() {
                div.card {
                    h3 { (category) }
                    (plot::ratios(&programs.iter().map(|program| self.times(program)).collect::<Vec<_>>()))
                    (self.figures(programs))
                }
            }
        }
    }

    fn times(&self, program: &ProgramResults) -> Group {
        let base = program.outcomes[self.results.index_of(&self.results.conditions.base)].samples();
        let bars = self.compared().filter_map(|(vm, name)| {
            let (samples, base) = (program.outcomes[vm].samples()?, base?.minimum());
            let ratio = self.results.ratio(program, vm)?;
            let most = maximum(&samples.cpu_seconds)? / base;
            let tip = format!("{} on {name}: {:.3} s, {ratio:.3}×", program.label(), samples.minimum());
            Some(self.bar(vm, ratio, Some((ratio, most)), tip))
        });
        Group { label: program.name.clone(), bars: bars.collect() }
    }

    fn bar(&self, vm: usize, ratio: f64, spread: Option<(f64, f64)>, tip: String) -> Bar {
        Bar { class: self.classes[vm].clone(), ratio, spread, figure: format!("{ratio:.2}×"), tip }
    }

    fn figures(&self, programs: &[ProgramResults]) -> Markup {
        let cell = |outcome: &Outcome| match outcome.samples() {
            Some(samples) => format!("{:.3} s +{:.0}%", samples.minimum(), samples.spread() * 100.0),
            None => outcome.failure_word().unwrap_or("").to_owned(),
        };
        html! {
            details {
                summary { "Figures" }
                div.scroll { table {
                    tr { th { "least CPU time, how far the median lies above" } @for (_, name) in self.vms() { th { (name) } } }
                    @for program in programs {
                        tr { td { (program.name) } @for outcome in &program.outcomes {
                            td.bad[outcome.failure_word().is_some()] { (cell(outcome)) }
                        } }
                    }
                } }
            }
        }
    }

    fn memory(&self) -> Markup {
        let base = self.results.index_of(&self.results.conditions.base);
        let group = |program: &ProgramResults| {
            let own = program.outcomes[base].samples()?.peak_bytes() as f64;
            let bars = self.compared().filter_map(|(vm, name)| {
                let peak = program.outcomes[vm].samples()?.peak_bytes() as f64;
                let mebibytes = peak / f64::from(1 << 20);
                let tip = format!("{} on {name}: {mebibytes:.1} MiB", program.label());
                let figure = format!("{mebibytes:.1} MiB");
                let ratio = (peak / own).max(f64::MIN_POSITIVE);
                Some(Bar { figure, ..self.bar(vm, ratio, None, tip) })
            });
            Some(Group { label: program.name.clone(), bars: bars.collect() })
        };
        html! {
            h2 #memory { "Peak memory" }
            p.note {
                "Relative to " (self.results.conditions.base) ". A process has a floor of a few MiB, so that only programs "
                "with a large heap say something about the heap."
            }
            @for (category, programs) in self.results.categories() {
                details {
                    summary { (category) }
                    div.card { (plot::ratios(&programs.iter().filter_map(group).collect::<Vec<_>>())) }
                }
            }
        }
    }

    fn start_up(&self) -> Markup {
        let outcomes = &self.results.start_up;
        html! {
            h2 #start-up { "Start-up" }
            @if outcomes.is_empty() { p.note { "It was not measured." } } @else {
                p.note { "An empty program." }
                div.card { table {
                    tr { th { "ms" } @for (_, name) in self.vms() { th { (name) } } }
                    @for (title, figure) in START_UP {
                        tr { td { (title) } @for outcome in outcomes {
                            td { (outcome.samples().map_or(String::new(), |samples| format!("{:.2}", figure(samples) * 1e3))) }
                        } }
                    }
                } }
            }
        }
    }

    fn warm_up(&self) -> Markup {
        html! {
            @if !self.results.warm_up.is_empty() {
                h2 #warm-up { "Warm-up" }
                p.note { "CPU time of each iteration within one process, compiling threads included." }
                div.small {
                    @for curves in &self.results.warm_up {
                        @let lines = self.vms().zip(&curves.seconds).map(|((vm, name), seconds)| Line {
                            class: self.classes[vm].clone(),
                            name: name.to_owned(),
                            values: seconds.iter().map(|seconds| Some(seconds * 1e3)).collect(),
                        }).collect::<Vec<_>>();
                        @let last = curves.seconds.iter().map(Vec::len).max().unwrap_or(0).to_string();
                        div.card {
                            h3 { (curves.program) }
                            (plot::lines(&lines, ("iteration 1", &last), " ms", Scale::Linear))
                        }
                    }
                }
            }
        }
    }

    fn compilation(&self) -> Markup {
        let percent =
            |share: Option<f64>| share.map_or("–".to_owned(), |share| format!("{:.1} %", share * 100.0));
        let figure = |figure: Option<f64>| figure.map_or("–".to_owned(), |figure| format!("{figure:.1}"));
        let count = |count: Option<u64>| count.map_or("–".to_owned(), |count| count.to_string());
        html! {
            @if !self.results.compilation.is_empty() {
                h2 { "What ferrous-lua compiles" }
                details { summary { "By program" }
                    div.card.scroll { table {
                        tr {
                            th { "program" } th { "loops native" } th { "calls native" } th { "traces" } th { "aborted" }
                            th { "ms recording" } th { "ms compiling" } th { "KiB of code" }
                        }
                        @for one in &self.results.compilation {
                            tr {
                                td { (one.program) } td { (percent(one.native_iterations)) } td { (percent(one.native_calls)) }
                                td { (count(one.root_traces)) " + " (count(one.side_traces)) } td { (count(one.aborted)) }
                                td { (figure(one.recording_ms)) } td { (figure(one.compiling_ms)) }
                                td { (figure(one.code_bytes.map(|bytes| bytes as f64 / 1024.0))) }
                            }
                        }
                    } }
                }
            }
        }
    }

    /// What the border between Rust and Lua costs.
    fn embedding(&self) -> Markup {
        let Embedding { columns, rows } = &self.results.embedding;
        let class = |column: usize| EMBEDDING_CLASSES[column % EMBEDDING_CLASSES.len()];
        let base = columns.iter().position(|column| column == embedding::BASE).unwrap_or(0);
        let group = |row: &embedding::Row| {
            let bar = |(column, name): (usize, &String)| {
                let nanoseconds = row.nanoseconds[column];
                Bar {
                    class: class(column).to_owned(),
                    ratio: nanoseconds / row.nanoseconds[base],
                    spread: None,
                    figure: format!("{nanoseconds:.1} ns"),
                    tip: format!("{} with {name}: {nanoseconds:.1} ns", row.what),
                }
            };
            Group { label: row.what.clone(), bars: columns.iter().enumerate().map(bar).collect() }
        };
        html! {
            @if !rows.is_empty() {
                h2 #embedding { "Embedding" }
                p.note {
                    "What a host program pays at the border between Rust and Lua: the least CPU time, relative to " (columns[base]) "."
                }
                div.card {
                    p { @for (column, name) in columns.iter().enumerate() { span class={ "key " (class(column)) } { i {} (name) } } }
                    (plot::ratios(&rows.iter().map(group).collect::<Vec<_>>()))
                }
            }
        }
    }

    /// The geometric mean of each VM over the measurements, of the programs that this one and all of them have.
    fn history(&self, history: &[Results]) -> Markup {
        let history = history.iter().filter(|earlier| is_comparable(earlier, self.results));
        let all: Vec<&Results> = history.chain([self.results]).collect();
        let line = |(vm, name): (usize, &str)| Line {
            class: self.classes[vm].clone(),
            name: name.to_owned(),
            values: all.iter().map(|results| mean_of_common(results, name, &all)).collect(),
        };
        let lines: Vec<Line> = self.compared().map(line).collect();
        html! {
            h2 #history { "History" }
            p.note {
                "Geometric means relative to " (self.results.conditions.base) ", of those programs that every measurement has. "
                "Measurements with other sizes of programs, or relative to another VM, are left out."
            }
            div.small { div.card {
                (plot::lines(&lines, (&all[0].conditions.date(), &self.results.conditions.date()), "×", Scale::Logarithmic))
            } }
        }
    }

    fn failures(&self) -> Markup {
        html! {
            @if self.results.has_failures() {
                h2 { "Failures" }
                div.card { table { @for (program, vm, message) in self.results.failures() {
                    tr { td { (program) " on " (vm) } td.bad { (message) } }
                } } }
            }
        }
    }

    fn conditions(&self) -> Markup {
        let conditions = &self.results.conditions;
        html! {
            h2 #conditions { "Conditions" }
            div.card.scroll {
                p { (conditions.machine()) }
                p { code { (conditions.command) } }
                p.note {
                    @match conditions.repeats { 1 => { "One run" } repeats => { (repeats) " runs" } }
                    " of each program on each VM, each a process of its own, the VMs taking turns; "
                    "every answer checked. " (conditions.surroundings()) "."
                }
                table {
                    tr { th { "VM" } th { "version" } th { "command" } }
                    @for vm in &conditions.vms { tr { td { (vm.name) } td { (vm.version) } td { code { (vm.command) } } } }
                }
            }
        }
    }
}

type Figure = fn(&Samples) -> f64;

const START_UP: [(&str, Figure); 3] = [
    ("CPU, least", Samples::minimum),
    ("CPU, median", Samples::median),
    ("wall, least", |samples| minimum(&samples.wall_seconds).unwrap_or(0.0)),
];

/// The classes of the columns of [`Embedding`].
const EMBEDDING_CLASSES: [&str; 3] = ["ours-1", "v0", "v2"];

/// Ours have colours of one family; the others have one each while there are some.
fn classes(results: &Results) -> Vec<String> {
    let (mut ours, mut others) = (0, 0);
    let class = |name: &str| {
        let (family, count, limit) =
            if name.starts_with(FERROUS) { ("ours-", &mut ours, 2) } else { ("v", &mut others, COLOURS) };
        let class = format!("{family}{}", *count % limit + usize::from(family == "ours-"));
        *count += 1;
        class
    };
    results.conditions.vms.iter().map(|vm| vm.name.as_str()).map(class).collect()
}

/// Whether the ratios of both mean the same.
fn is_comparable(earlier: &Results, now: &Results) -> bool {
    let (earlier, now) = (&earlier.conditions, &now.conditions);
    earlier.is_quick == now.is_quick && earlier.base == now.base
}

fn mean_of_common(results: &Results, vm: &str, all: &[&Results]) -> Option<f64> {
    let vm = results.conditions.vms.iter().position(|other| other.name == vm)?;
    let is_common = |program: &&ProgramResults| {
        let label = program.label();
        all.iter().all(|other| other.programs.iter().any(|program| program.label() == label))
    };
    let ratios = results.programs.iter().filter(is_common).filter_map(|program| results.ratio(program, vm));
    geometric_mean(&ratios.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::{example, samples};
    use crate::warm_up::Curves;

    fn page(results: &Results, history: &[Results]) -> String {
        Page { results, classes: classes(results) }.whole(history).into_string()
    }

    #[test]
    fn shows_programs_failures_and_conditions_and_needs_no_network() {
        let page = page(&example(), &[]);
        for part in ["loops", "was ended after 9 s", "A processor, 2 cores", "0.50×", "lua-bench"] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("http") && !page.contains("<script") && !page.contains("src="));
    }

    #[test]
    fn shows_start_up_warm_up_embedding_and_history_where_there_are_some() {
        let curves =
            Curves { program: "calls/fib".to_owned(), seconds: vec![vec![0.02, 0.01], vec![0.03], vec![]] };
        let results = Results {
            start_up: vec![samples(&[0.001]), samples(&[0.002]), Outcome::Absent],
            warm_up: vec![curves],
            embedding: crate::embedding::tests::example(),
            ..example()
        };
        let page = page(&results, &[example()]);
        for part in ["1.00", "iteration 1", "id=\"history\"", "Rust calls Lua with mlua-lua51: 90.0 ns"] {
            assert!(page.contains(part), "{part}");
        }
    }

    #[test]
    fn text_from_outside_is_escaped() {
        let mut results = example();
        results.conditions.cpu = "<script>alert(1)</script>".to_owned();
        assert!(!page(&results, &[]).contains("<script"));
    }

    #[test]
    fn history_is_of_common_programs() {
        let mut earlier = example();
        earlier.programs.remove(1);
        let now = example();
        let all = [&earlier, &now];
        assert_eq!(mean_of_common(&now, "a", &all), Some(0.5));
        assert_eq!(mean_of_common(&now, "none", &all), None);
    }

    #[test]
    fn history_leaves_out_what_means_something_else() {
        let now = example();
        assert!(is_comparable(&example(), &now));
        let (mut quick, mut other) = (example(), example());
        quick.conditions.is_quick = true;
        other.conditions.base = "a".to_owned();
        assert!(!is_comparable(&quick, &now) && !is_comparable(&other, &now));
    }
}
