//! Shows how two outputs differ, line by line, so that a failed test can be read without running it again.

/// Equal lines shown around a difference.
const CONTEXT: usize = 2;

/// Lines shown in all; the first differences say the most.
const MAX_LINES: usize = 60;

/// Longer outputs are compared line against line without looking for insertions.
const MAX_ALIGNED: usize = 2_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Both,
    Expected,
    Actual,
}

/// The differing lines of `expected` (`-`) and `actual` (`+`) with a little context; bytes that are not
/// text are escaped, and a missing last newline is shown.
pub fn show(expected: &[u8], actual: &[u8]) -> String {
    let (old, new) = (lines(expected), lines(actual));
    let script =
        if old.len().max(new.len()) <= MAX_ALIGNED { aligned(&old, &new) } else { by_index(&old, &new) };
    let near = |at: usize| {
        let range = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(script.len());
        script[range].iter().any(|(side, _)| *side != Side::Both)
    };
    let mut text = String::new();
    let (mut shown, mut skipped) = (0, false);
    for (at, (side, line)) in script.iter().enumerate() {
        if !near(at) {
            skipped = true;
            continue;
        }
        if shown == MAX_LINES {
            text.push_str("  ... more differences left out\n");
            break;
        }
        if skipped {
            text.push_str("  ...\n");
            skipped = false;
        }
        let mark = match side {
            Side::Both => ' ',
            Side::Expected => '-',
            Side::Actual => '+',
        };
        text.push_str(&format!("{mark} {line}\n"));
        shown += 1;
    }
    text
}

fn lines(bytes: &[u8]) -> Vec<String> {
    let mut lines: Vec<String> = bytes.split(|b| *b == b'\n').map(printable).collect();
    match lines.last() {
        Some(last) if last.is_empty() => drop(lines.pop()),
        _ => {
            if let Some(last) = lines.last_mut() {
                last.push_str("  (no newline)");
            }
        }
    }
    lines
}

fn printable(line: &[u8]) -> String {
    match std::str::from_utf8(line) {
        Ok(text) => text
            .chars()
            .flat_map(|c| if c.is_control() { c.escape_debug().collect() } else { vec![c] })
            .collect(),
        Err(_) => line.escape_ascii().to_string(),
    }
}

/// A longest common subsequence, by the textbook table: outputs are short.
fn aligned<'a>(old: &'a [String], new: &'a [String]) -> Vec<(Side, &'a str)> {
    let width = new.len() + 1;
    let mut common = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut script = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            script.push((Side::Both, old[i].as_str()));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || i < old.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]
        {
            script.push((Side::Expected, old[i].as_str()));
            i += 1;
        } else {
            script.push((Side::Actual, new[j].as_str()));
            j += 1;
        }
    }
    script
}

fn by_index<'a>(old: &'a [String], new: &'a [String]) -> Vec<(Side, &'a str)> {
    let mut script = Vec::new();
    for at in 0..old.len().max(new.len()) {
        match (old.get(at), new.get(at)) {
            (Some(a), Some(b)) if a == b => script.push((Side::Both, a.as_str())),
            (a, b) => {
                script.extend(a.map(|line| (Side::Expected, line.as_str())));
                script.extend(b.map(|line| (Side::Actual, line.as_str())));
            }
        }
    }
    script
}
