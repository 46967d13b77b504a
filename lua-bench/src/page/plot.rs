//! Plots as inline SVG. Colours come from the page's style: a series' elements have its class.

use maud::{Markup, html};

const WIDTH: f64 = 960.0;
/// Room for the labels of bars: at least, and at most.
const LABELS: (f64, f64) = (170.0, 330.0);
/// What a letter takes, rather more than less.
const LETTER: f64 = 6.6;
/// Between a label and the bars.
const LABEL_GAP: f64 = 10.0;
/// Room for a bar's figure.
const FIGURES: f64 = 90.0;
const BAR: f64 = 11.0;
const GAP: f64 = 9.0;
const AXIS: f64 = 22.0;

/// Ratios beyond it either way are drawn to the edge; the figure says what they are.
const MOST_DOUBLINGS: f64 = 7.0;

/// What one bar shows.
#[derive(Clone, Debug)]
pub struct Bar {
    /// A class of the page's style.
    pub class: String,
    pub ratio: f64,
    /// The spread, as ratios; none for a figure without one.
    pub spread: Option<(f64, f64)>,
    pub figure: String,
    pub tip: String,
}

/// Bars with one label.
#[derive(Clone, Debug)]
pub struct Group {
    pub label: String,
    pub bars: Vec<Bar>,
}

/// Bars from 1 to the left (less) or right (more), on a logarithmic axis: twice and half look alike.
pub fn ratios(groups: &[Group]) -> Markup {
    let doublings = |ratio: f64| ratio.log2().clamp(-MOST_DOUBLINGS, MOST_DOUBLINGS);
    let all = groups.iter().flat_map(|group| &group.bars).flat_map(|bar| {
        let (low, high) = bar.spread.unwrap_or((bar.ratio, bar.ratio));
        [doublings(low), doublings(high)]
    });
    let (least, most) = all.fold((-1.0, 1.0), |(least, most): (f64, f64), at| (least.min(at), most.max(at)));
    let (least, most) = (least.floor(), most.ceil());
    let letters = groups.iter().map(|group| group.label.chars().count()).max().unwrap_or(0);
    let labels = (letters as f64 * LETTER + LABEL_GAP).clamp(LABELS.0, LABELS.1);
    let unit = (WIDTH - labels - FIGURES) / (most - least);
    let x = |ratio: f64| labels + (doublings(ratio) - least) * unit;

    let tops: Vec<f64> = groups
        .iter()
        .scan(AXIS, |top, group| {
            let own = *top;
            *top += group.bars.len() as f64 * BAR + GAP;
            Some(own)
        })
        .collect();
    let height = AXIS + groups.iter().map(|group| group.bars.len() as f64 * BAR + GAP).sum::<f64>();
    html! {
        svg.ratios viewBox=(format!("0 0 {WIDTH} {height}")) role="img" {
            @for doubling in least as i32..=most as i32 {
                @let ratio = f64::from(doubling).exp2();
                line.one[doubling == 0].grid x1=(px(x(ratio))) x2=(px(x(ratio))) y1=(AXIS - 4.0) y2=(height) {}
                text.tick x=(px(x(ratio))) y="12" text-anchor="middle" { (ratio_words(ratio)) }
            }
            @for (group, top) in groups.iter().zip(tops) {
                @let middle = top + group.bars.len() as f64 * BAR / 2.0 + 4.0;
                text.label x=(px(labels - LABEL_GAP)) y=(px(middle)) text-anchor="end" { title { (group.label) } (shortened(&group.label)) }
                @for (index, bar) in group.bars.iter().enumerate() {
                    (ratio_bar(bar, top + index as f64 * BAR, &x))
                }
            }
        }
    }
}

/// A label that fits into the most room that labels get: of a longer one the end.
fn shortened(label: &str) -> String {
    let most = ((LABELS.1 - LABEL_GAP) / LETTER) as usize;
    let letters: Vec<char> = label.chars().collect();
    match letters.len().checked_sub(most) {
        None | Some(0) => label.to_owned(),
        Some(over) => ['…'].iter().chain(&letters[over + 1..]).collect(),
    }
}

fn ratio_bar(bar: &Bar, top: f64, x: &dyn Fn(f64) -> f64) -> Markup {
    let (left, right) = (x(bar.ratio).min(x(1.0)), x(bar.ratio).max(x(1.0)));
    let whisker = bar.spread.map(|(low, high)| (x(low), x(high)));
    let end = right.max(whisker.map_or(right, |(_, high)| high));
    html! {
        g class=(bar.class) {
            title { (bar.tip) }
            rect x=(px(left)) y=(px(top + 1.0)) width=(px((right - left).max(1.5))) height=(BAR - 2.0) rx="1.5" {}
            @if let Some((low, high)) = whisker {
                line.whisker x1=(px(low)) x2=(px(high)) y1=(px(top + BAR / 2.0)) y2=(px(top + BAR / 2.0)) {}
            }
            text.figure x=(px(end + 5.0)) y=(px(top + BAR - 2.0)) { (bar.figure) }
        }
    }
}

/// A line of values at 0, 1, 2 ... along the x axis; a hole is a value that is missing.
#[derive(Clone, Debug)]
pub struct Line {
    pub class: String,
    pub name: String,
    pub values: Vec<Option<f64>>,
}

/// The scale of [`lines`]'s y axis.
#[derive(Clone, Copy, Debug)]
pub enum Scale {
    /// From 0.
    Linear,
    Logarithmic,
}

/// Lines over common places on the x axis, of which the first and last are named.
pub fn lines(lines: &[Line], ends: (&str, &str), unit: &str, scale: Scale) -> Markup {
    const W: f64 = 460.0;
    const H: f64 = 220.0;
    const LEFT: f64 = 56.0;
    const BOTTOM: f64 = 24.0;
    let position = |value: f64| match scale {
        Scale::Linear => value,
        Scale::Logarithmic => value.max(f64::MIN_POSITIVE).log2(),
    };
    let values = || lines.iter().flat_map(|line| &line.values).flatten().copied();
    let places = lines.iter().map(|line| line.values.len()).max().unwrap_or(0);
    let (least, most) = match scale {
        Scale::Linear => (0.0, values().fold(0.0, f64::max)),
        Scale::Logarithmic => {
            let least = values().map(position).fold(f64::INFINITY, f64::min);
            let most = values().map(position).fold(f64::NEG_INFINITY, f64::max);
            ((least - 0.25).floor(), (most + 0.25).ceil())
        }
    };
    if places == 0 || most <= least {
        return html! { p.note { "There is nothing to draw." } };
    }
    let x = |place: usize| LEFT + place as f64 / (places - 1).max(1) as f64 * (W - LEFT - 12.0);
    let y = |at: f64| H - BOTTOM - (at - least) / (most - least) * (H - BOTTOM - 12.0);
    let ticks: Vec<f64> = match scale {
        Scale::Linear => (0..=4).map(|tick| most * f64::from(tick) / 4.0).collect(),
        Scale::Logarithmic => (least as i32..=most as i32).map(f64::from).collect(),
    };
    html! {
        svg viewBox=(format!("0 0 {W} {H}")) role="img" {
            @for tick in ticks {
                @let value = match scale { Scale::Linear => tick, Scale::Logarithmic => tick.exp2() };
                line.grid x1=(LEFT) x2=(W - 12.0) y1=(px(y(tick))) y2=(px(y(tick))) {}
                text.tick x=(LEFT - 6.0) y=(px(y(tick) + 4.0)) text-anchor="end" { (short(value)) (unit) }
            }
            text.tick x=(LEFT) y=(H - 6.0) { (ends.0) }
            text.tick x=(W - 12.0) y=(H - 6.0) text-anchor="end" { (ends.1) }
            @for line in lines {
                g class=(line.class) {
                    title { (line.name) }
                    path.line d=(path(&line.values, &x, &|value| y(position(value)))) {}
                    @for (place, value) in line.values.iter().enumerate() {
                        @if let Some(value) = value {
                            circle cx=(px(x(place))) cy=(px(y(position(*value)))) r="2.2" {
                                title { (line.name) ": " (short(*value)) (unit) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Lifts the pen over holes.
fn path(values: &[Option<f64>], x: &dyn Fn(usize) -> f64, y: &dyn Fn(f64) -> f64) -> String {
    let mut path = String::new();
    let mut is_down = false;
    for (place, value) in values.iter().enumerate() {
        if let Some(value) = value {
            let command = if is_down { 'L' } else { 'M' };
            path.push_str(&format!("{command}{} {} ", px(x(place)), px(y(*value))));
        }
        is_down = value.is_some();
    }
    path
}

/// A power of two as people say it.
fn ratio_words(ratio: f64) -> String {
    if ratio < 1.0 { format!("1/{}×", 1.0 / ratio) } else { format!("{ratio}×") }
}

/// Three digits or so.
fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A coordinate, to a tenth of a pixel.
fn px(coordinate: f64) -> String {
    format!("{coordinate:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(ratio: f64) -> Bar {
        Bar {
            class: "v0".to_owned(),
            ratio,
            spread: Some((ratio, ratio * 1.1)),
            figure: format!("{ratio:.2}×"),
            tip: "<tip>".to_owned(),
        }
    }

    fn numbers(svg: &str, attribute: &str) -> Vec<f64> {
        let key = format!(" {attribute}=\"");
        svg.split(&key).skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok()).collect()
    }

    #[test]
    fn faster_goes_left_of_one_and_slower_right() {
        let groups = [Group { label: "fib".to_owned(), bars: vec![bar(0.5), bar(4.0)] }];
        let svg = ratios(&groups).into_string();
        let bars: Vec<&str> = svg.split("<rect").skip(1).collect();
        let (lefts, widths) =
            ([0, 1].map(|bar| numbers(bars[bar], "x")[0]), [0, 1].map(|bar| numbers(bars[bar], "width")[0]));
        // The first ends where the second begins, and a doubling is as wide as any other.
        assert!((lefts[0] + widths[0] - lefts[1]).abs() < 0.2, "{lefts:?} {widths:?}");
        assert!((widths[1] / widths[0] - 2.0).abs() < 0.01, "{widths:?}");
        assert!(svg.contains("&lt;tip&gt;") && svg.contains(">1/2×<") && svg.contains(">4×<"));
    }

    #[test]
    fn whatever_the_ratios_coordinates_stay_inside() {
        let extreme = [1e-9, 1e9, f64::MIN_POSITIVE, f64::INFINITY];
        let groups = [Group { label: "x".to_owned(), bars: extreme.map(bar).to_vec() }];
        let svg = ratios(&groups).into_string();
        for x in numbers(&svg, "x1").into_iter().chain(numbers(&svg, "x2")) {
            assert!((0.0..=WIDTH).contains(&x), "{x}");
        }
    }

    #[test]
    fn a_long_label_keeps_its_end() {
        assert_eq!(shortened("fib"), "fib");
        let long = format!("a{}z", "é".repeat(99));
        let short = shortened(&long);
        assert!(short.starts_with("…é") && short.ends_with("éz") && short.chars().count() == 48, "{short}");
        let groups = [Group { label: long.clone(), bars: vec![bar(2.0)] }];
        let svg = ratios(&groups).into_string();
        assert!(svg.contains(&format!("<title>{long}</title>{short}")));
    }

    #[test]
    fn a_hole_lifts_the_pen() {
        let values = [Some(1.0), Some(2.0), None, Some(3.0)];
        let drawn = path(&values, &|place| place as f64, &|value| value);
        assert_eq!(drawn, "M0.0 1.0 L1.0 2.0 M3.0 3.0 ");
    }

    #[test]
    fn nothing_to_draw_is_said() {
        for values in [vec![], vec![None, None]] {
            let line = Line { class: "v0".to_owned(), name: "a".to_owned(), values };
            let drawn = lines(&[line], ("1", "2"), " ms", Scale::Linear).into_string();
            assert!(drawn.contains("nothing to draw"));
        }
        let line = Line { class: "v0".to_owned(), name: "a".to_owned(), values: vec![Some(1.0)] };
        assert!(lines(&[line], ("1", "1"), "×", Scale::Logarithmic).into_string().contains("<circle"));
    }
}
