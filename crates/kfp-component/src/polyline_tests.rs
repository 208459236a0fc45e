use std::collections::BTreeMap;

use oorandom::Rand64;

use super::*;

const ALLOWED: f64 = 1e-3;

/// What KFP's UI draws: one point per x, the last one winning, joined by d3's `curveBasis`; as points close together.
fn drawn_by_ui(written: &[Point]) -> Vec<Point> {
    // No x is negative, so the order of the bits is that of the numbers.
    let kept: BTreeMap<u64, f64> = written.iter().map(|p| (p[0].to_bits(), p[1])).collect();
    let control: Vec<[f64; 2]> = kept
        .into_iter()
        .map(|(x, y)| [f64::from_bits(x), y])
        .collect();
    let mix = |parts: &[(f64, [f64; 2])]| {
        let sum = |axis: usize| parts.iter().map(|(share, point)| share * point[axis]).sum();
        [sum(0), sum(1), 0.0]
    };
    let (first, last) = (control[0], control[control.len() - 1]);
    let mut line = vec![mix(&[(1.0, first)])];
    if let [first, second, _, ..] = control[..] {
        line.push(mix(&[(5.0 / 6.0, first), (1.0 / 6.0, second)]));
    }
    let end = [control[control.len().saturating_sub(2)], last, last];
    let threes = control
        .windows(3)
        .chain([&end[..]])
        .filter(|_| control.len() > 2);
    for three in threes {
        let (first, middle, last) = (three[0], three[1], three[2]);
        let start = line[line.len() - 1];
        let start = [start[0], start[1]];
        let handles = [
            mix(&[(2.0 / 3.0, first), (1.0 / 3.0, middle)]),
            mix(&[(1.0 / 3.0, first), (2.0 / 3.0, middle)]),
        ]
        .map(|handle| [handle[0], handle[1]]);
        let to = mix(&[(1.0 / 6.0, first), (4.0 / 6.0, middle), (1.0 / 6.0, last)]);
        for step in 1..=4 {
            let t = f64::from(step) / 4.0;
            let u = 1.0 - t;
            line.push(mix(&[
                (u * u * u, start),
                (3.0 * u * u * t, handles[0]),
                (3.0 * u * t * t, handles[1]),
                (t * t * t, [to[0], to[1]]),
            ]));
        }
    }
    line.push(mix(&[(1.0, last)]));
    line
}

/// The farthest that any place of `from` is from the rising polyline `to`; more than allowed counts as infinite.
fn farthest(from: &[Point], to: &[Point]) -> f64 {
    let rank = |point: &Point| point[0] + point[1];
    let between = |two: &[Point]| {
        let places = [0.0, 0.5, 1.0];
        places.map(|t| [0, 1, 2].map(|axis| two[0][axis] + t * (two[1][axis] - two[0][axis])))
    };
    let places = from.windows(2).flat_map(between);
    let distances = places.map(|place| {
        let reach = |way: f64| rank(&place) + way * 2.0 * ALLOWED;
        let start = to.partition_point(|point| rank(point) < reach(-1.0));
        let end = to.partition_point(|point| rank(point) <= reach(1.0));
        distance(place, &to[start.saturating_sub(1)..(end + 1).min(to.len())])
    });
    distances.fold(0.0, f64::max)
}

fn deviation(exact: &[Point], written: &[Point]) -> f64 {
    let drawn = drawn_by_ui(written);
    farthest(&drawn, exact).max(farthest(exact, &drawn))
}

/// The ROC curve of drawn scores: `rows` of them, of as many `levels`, which separate the classes by `skill`.
#[expect(clippy::cast_precision_loss, reason = "counts")]
fn roc(random: &mut Rand64, rows: u64, levels: u64, skill: f64) -> Vec<Point> {
    let mut counts = BTreeMap::<u64, [u64; 2]>::new();
    for row in 0..rows {
        let positive = row % 2;
        let noise = (0..3).map(|_| random.rand_float()).sum::<f64>() / 3.0;
        let score = (1.0 - skill) * noise + skill * positive as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to levels"
        )]
        let level = (score * levels as f64) as u64;
        counts.entry(level).or_default()[usize::try_from(positive).unwrap()] += 1;
    }
    let all = counts
        .values()
        .fold([0, 0], |sum, count| [sum[0] + count[0], sum[1] + count[1]]);
    let mut taken = [0, 0];
    let mut points = vec![[0.0, 0.0, 2.0]];
    for (level, count) in counts.into_iter().rev() {
        taken = [taken[0] + count[0], taken[1] + count[1]];
        let rate = |class: usize| taken[class] as f64 / all[class] as f64;
        points.push([rate(0), rate(1), level as f64 / levels as f64]);
    }
    points
}

#[test]
fn the_ui_draws_200_generated_curves_as_they_are() {
    let mut random = Rand64::new(7);
    let mut corners = 0;
    for curve in 0..200 {
        let rows = match curve % 4 {
            0 => random.rand_range(2..20),
            1 | 2 => random.rand_range(20..500),
            _ => random.rand_range(2_000..6_000),
        };
        let levels = if curve % 3 == 0 {
            random.rand_range(2..40)
        } else {
            1 << 40
        };
        let skill = random.rand_float();
        let exact = roc(&mut random, rows, levels, skill);
        corners = corners.max(exact.len());

        let written = drawable(&exact);
        let off = deviation(&exact, &written);
        assert!(
            off <= ALLOWED,
            "curve {curve} of {rows} rows is drawn {off} off"
        );
        let error = (area(&written) - area(&exact)).abs();
        assert!(
            error <= 1e-6,
            "curve {curve} of {rows} rows has an area {error} off"
        );
        assert!(
            written
                .iter()
                .flat_map(|point| &point[..2])
                .all(|rate| (0.0..=1.0).contains(rate))
        );
    }
    assert!(corners > 3_000, "no generated curve was long: {corners}");
}

#[test]
fn the_spline_of_these_tests_is_that_of_d3() {
    let control = [
        [0.0, 0.0, 0.0],
        [0.1, 0.9, 0.0],
        [0.4, 1.0, 0.0],
        [1.0, 1.0, 0.0],
    ];
    let drawn = drawn_by_ui(&control);
    // From d3-shape 3.2: the ends of the path's commands, and the middle of its first curve.
    let ends = [
        [0.0, 0.0],
        [0.1 / 6.0, 0.15],
        [0.05625, 3.616_666_666_666_666_6 / 8.0],
        [0.8 / 6.0, 4.6 / 6.0],
        [2.7 / 6.0, 5.9 / 6.0],
        [0.9, 1.0],
        [1.0, 1.0],
    ];
    let found = [0, 1, 3, 5, 9, 13, 14].map(|at| drawn[at]);
    for (found, end) in found.iter().zip(ends) {
        assert!(
            (found[0] - end[0]).hypot(found[1] - end[1]) < 1e-12,
            "{found:?} {end:?}"
        );
    }
    assert_eq!(drawn.len(), 15);
}

#[test]
fn points_written_once_would_be_drawn_wrong() {
    let exact = [
        [0.0, 0.0, 2.0],
        [0.1, 0.9, 0.8],
        [0.1, 1.0, 0.5],
        [1.0, 1.0, 0.0],
    ];
    assert!(deviation(&exact, &exact) > 0.01);
    assert!(deviation(&exact, &drawable(&exact)) < 1e-8);
}

#[test]
fn corners_are_written_thrice_and_points_between_them_once() {
    let exact = [
        [0.0, 0.0, 0.9],
        [0.0, 0.5, 0.8],
        [0.0, 1.0, 0.7],
        [0.5, 1.0, 0.6],
        [1.0, 1.0, 0.5],
    ];
    let labels: Vec<f64> = drawable(&exact).iter().map(|point| point[2]).collect();
    assert_eq!(labels, [0.9, 0.8, 0.7, 0.7, 0.7, 0.6, 0.5]);
}

#[test]
fn the_order_of_the_points_does_not_matter() {
    let mut points = [
        [0.0, 0.0, 2.0],
        [0.25, 0.5, 0.8],
        [0.25, 0.75, 0.5],
        [1.0, 1.0, 0.0],
    ];
    let written = drawable(&points);
    points.reverse();
    assert_eq!(drawable(&points), written);
}

#[test]
fn however_many_rows_there_are_the_points_stay_few() {
    let long = roc(&mut Rand64::new(1), 200_000, 1 << 40, 0.3);
    let stairs = |steps: u32| -> Vec<Point> {
        let at = |step: u32| f64::from(step) / f64::from(steps);
        (0..steps)
            .flat_map(|step| [[at(step), at(step), 0.0], [at(step), at(step + 1), 0.0]])
            .collect()
    };
    let finest = stairs(760);
    let most = [long, finest, stairs(100_000)].map(|line| drawable(&line).len());
    assert!(most.iter().all(|&points| points < 6_000), "{most:?}");
}
