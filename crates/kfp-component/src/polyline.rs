//! The points that make KFP's web UI draw a polyline exactly.
//!
//! The UI keeps one point per x and joins the points by a uniform cubic B-spline (d3's `curveBasis`), which misses every
//! inner point. Where three control points coincide the spline passes through them, and between two such triples it is
//! straight. So each corner is written three times, with x coordinates just far enough apart not to be merged.

/// x, y and a label: false positive rate, true positive rate and threshold.
pub(crate) type Point = [f64; 3];

/// How far apart x coordinates are: too little for any picture, enough for the UI to keep them all.
const SPACING: f64 = 1e-10;

/// The sine of the smallest turn that counts as a corner. A gentler one bends the spline by no more than this.
const SMALLEST_TURN: f64 = 1e-6;

/// Polylines with more corners are simplified: KFP keeps the points in its metadata store, which takes 4 MB a message.
const MOST_CORNERS: usize = 1000;

/// How far a simplified polyline may be from the original.
const TOLERANCE: f64 = 9e-4;

/// The points to write for the monotone polyline through `points`, whose x lie from 0 to 1.
///
/// The area below them is the area below the polyline.
pub(crate) fn drawable(points: &[Point]) -> Vec<Point> {
    let mut line = points.to_vec();
    line.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    line.dedup_by(|b, a| a[..2] == b[..2]);
    if line.windows(3).filter(|three| is_corner(three)).count() > MOST_CORNERS {
        line = simplify(&line);
    }

    let mut drawn = Vec::with_capacity(3 * line.len());
    let mut next = 0.0_f64;
    for (at, &[x, y, label]) in line.iter().enumerate() {
        let around = at
            .checked_sub(1)
            .and_then(|before| line.get(before..before + 3));
        let times = if around.is_some_and(is_corner) { 3 } else { 1 };
        for _ in 0..times {
            drawn.push([x.max(next), y, label]);
            next = x.max(next) + SPACING;
        }
    }
    // What has been moved beyond the right edge goes back.
    let mut most = 1.0;
    for [x, ..] in drawn.iter_mut().rev() {
        if *x <= most {
            break;
        }
        *x = most;
        most -= SPACING;
    }
    drawn
}

/// Whether a polyline turns at the middle one of three points.
fn is_corner(three: &[Point]) -> bool {
    let [before, at, after] = three else {
        return false;
    };
    let (a, b) = (
        [at[0] - before[0], at[1] - before[1]],
        [after[0] - at[0], after[1] - at[1]],
    );
    let turn = a[0] * b[1] - a[1] * b[0];
    turn.abs() > SMALLEST_TURN * a[0].hypot(a[1]) * b[0].hypot(b[1])
}

/// Replaces pieces of a polyline by one or two segments with the same area below them (after Douglas and Peucker).
fn simplify(line: &[Point]) -> Vec<Point> {
    let mut simple = Vec::new();
    let mut pieces = vec![line];
    while let Some(piece) = pieces.pop() {
        let (first, last) = (piece[0], piece[piece.len() - 1]);
        let mut short = vec![first];
        short.extend(equal_area(piece));
        short.push(last);
        if piece.len() == 2 || is_near(piece, &short) && is_near(&short, piece) {
            short.pop();
            simple.append(&mut short);
            continue;
        }
        let from_chord = |&at: &usize| distance(piece[at], &[first, last]);
        let farthest = (1..piece.len() - 1).max_by(|a, b| from_chord(a).total_cmp(&from_chord(b)));
        let farthest = farthest.expect("a longer piece has inner points");
        pieces.push(&piece[farthest..]);
        pieces.push(&piece[..=farthest]);
    }
    simple.extend(line.last());
    simple
}

/// The point that, joined to both ends, has the same area below as the piece. It lies in their bounding box.
fn equal_area(piece: &[Point]) -> Option<Point> {
    let (first, last) = (piece[0], piece[piece.len() - 1]);
    let (width, height) = (last[0] - first[0], last[1] - first[1]);
    let above_chord = area(piece) - area(&[first, last]);
    let share = 2.0 * above_chord.abs() / (width * height);
    if !share.is_finite() || share < 1e-9 {
        return None;
    }
    let share = share.min(1.0);
    let corner = if above_chord > 0.0 {
        [first[0], last[1]]
    } else {
        [last[0], first[1]]
    };
    let middle = [
        f64::midpoint(first[0], last[0]),
        f64::midpoint(first[1], last[1]),
    ];
    let [x, y] = [0, 1].map(|axis| middle[axis] + share * (corner[axis] - middle[axis]));
    Some([x, y, piece[piece.len() / 2][2]])
}

fn area(line: &[Point]) -> f64 {
    let trapezium = |two: &[Point]| (two[1][0] - two[0][0]) * f64::midpoint(two[0][1], two[1][1]);
    line.windows(2).map(trapezium).sum()
}

fn is_near(points: &[Point], line: &[Point]) -> bool {
    points
        .iter()
        .all(|&point| distance(point, line) <= TOLERANCE)
}

fn distance(point: Point, line: &[Point]) -> f64 {
    let to_segment = |two: &[Point]| {
        let along = [two[1][0] - two[0][0], two[1][1] - two[0][1]];
        let from = [point[0] - two[0][0], point[1] - two[0][1]];
        let square = along[0] * along[0] + along[1] * along[1];
        let share = ((from[0] * along[0] + from[1] * along[1]) / square).clamp(0.0, 1.0);
        let share = if square > 0.0 { share } else { 0.0 };
        (from[0] - share * along[0]).hypot(from[1] - share * along[1])
    };
    line.windows(2)
        .map(to_segment)
        .fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
#[path = "polyline_tests.rs"]
mod tests;
