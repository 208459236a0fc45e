//! Where boxes and the edges between them go.

use std::fmt::Write as _;

use layout::{
    core::{
        base::Orientation,
        format::{ClipHandle, RenderBackend},
        geometry::{Point, Position},
        style::StyleAttr,
    },
    std_shapes::shapes::{Arrow, Element, ShapeKind},
    topo::layout::VisualGraph,
};

/// The room between boxes.
const GAP: f64 = 36.0;

/// Boxes and edges, from the top to the bottom and from x = 0 and y = 0.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// The upper left corners, in the order of the boxes.
    pub(super) corners: Vec<(f64, f64)>,
    pub(super) edges: Vec<Curve>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// An edge: a point and its control point first, then control points and points.
#[derive(Clone, Debug)]
pub(super) struct Curve(Vec<[f64; 4]>);

impl Curve {
    /// The same, elsewhere.
    pub(super) fn moved(self, x: f64, y: f64) -> Self {
        let points = self.0.into_iter();
        Self(
            points
                .map(|[a, b, c, d]| [a + x, b + y, c + x, d + y])
                .collect(),
        )
    }

    /// As the `d` of an SVG path.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for (index, [a, b, c, d]) in self.0.iter().enumerate() {
            let (before, between) = match index {
                0 => ("M", " C"),
                1 => (" ", " "),
                _ => (" S", " "),
            };
            let _ = write!(path, "{before}{a:.0} {b:.0}{between}{c:.0} {d:.0}");
        }
        path
    }
}

/// Places boxes of the given sizes, of which some come before others.
pub(super) fn layout(sizes: &[(f64, f64)], edges: &[(usize, usize)]) -> Layout {
    if sizes.is_empty() {
        return Layout::default();
    }
    let mut graph = VisualGraph::new(Orientation::TopToBottom);
    let handles: Vec<_> = sizes
        .iter()
        .map(|(width, height)| {
            let mut element = Element::create(
                ShapeKind::new_box(""),
                StyleAttr::simple(),
                Orientation::TopToBottom,
                Point::new(*width, *height),
            );
            let size = Point::new(*width, *height);
            element.pos = Position::new(Point::zero(), size, Point::zero(), Point::splat(GAP));
            graph.add_node(element)
        })
        .collect();
    for (from, to) in edges {
        graph.add_edge(Arrow::simple(""), handles[*from], handles[*to]);
    }
    let mut drawing = Drawing::default();
    graph.do_it(false, false, false, &mut drawing);
    drawing.finish(sizes)
}

/// What the library draws: its boxes come in the order they were added in.
#[derive(Default)]
struct Drawing {
    corners: Vec<(f64, f64)>,
    edges: Vec<Curve>,
}

impl Drawing {
    fn finish(self, sizes: &[(f64, f64)]) -> Layout {
        let ends = self.corners.iter().zip(sizes);
        let ends = ends.flat_map(|((x, y), (width, height))| [(*x, *y), (x + width, y + height)]);
        let bends = self.edges.iter().flat_map(|edge| &edge.0);
        let points: Vec<(f64, f64)> = ends
            .chain(bends.flat_map(|[a, b, c, d]| [(*a, *b), (*c, *d)]))
            .collect();
        let least = |pick: fn(&(f64, f64)) -> f64| points.iter().map(pick).fold(f64::MAX, f64::min);
        let most = |pick: fn(&(f64, f64)) -> f64| points.iter().map(pick).fold(f64::MIN, f64::max);
        let (left, top) = (least(|point| point.0), least(|point| point.1));
        Layout {
            corners: self
                .corners
                .iter()
                .map(|(x, y)| (x - left, y - top))
                .collect(),
            edges: self
                .edges
                .into_iter()
                .map(|edge| edge.moved(-left, -top))
                .collect(),
            width: most(|point| point.0) - left,
            height: most(|point| point.1) - top,
        }
    }
}

impl RenderBackend for Drawing {
    fn draw_rect(
        &mut self,
        corner: Point,
        _size: Point,
        _look: &StyleAttr,
        _properties: Option<String>,
        _clip: Option<ClipHandle>,
    ) {
        self.corners.push((corner.x, corner.y));
    }

    fn draw_arrow(
        &mut self,
        path: &[(Point, Point)],
        _dashed: bool,
        _head: (bool, bool),
        _look: &StyleAttr,
        _properties: Option<String>,
        _text: &str,
    ) {
        let points = path.iter();
        self.edges
            .push(Curve(points.map(|(a, b)| [a.x, a.y, b.x, b.y]).collect()));
    }

    fn draw_line(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn draw_circle(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn draw_text(&mut self, _: Point, _: &str, _: &StyleAttr) {}

    fn create_clip(&mut self, _: Point, _: Point, _: usize) -> ClipHandle {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_later_is_lower_and_nothing_overlaps() {
        let sizes = [(100.0, 30.0), (220.0, 90.0), (80.0, 30.0), (100.0, 30.0)];
        let edges = [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)];
        let layout = layout(&sizes, &edges);
        assert_eq!((layout.corners.len(), layout.edges.len()), (4, 5));
        let bottom = |index: usize| layout.corners[index].1 + sizes[index].1;
        for (from, to) in edges {
            assert!(
                bottom(from) < layout.corners[to].1,
                "{from} {to} {layout:?}"
            );
        }
        let [first, second] = [layout.corners[1], layout.corners[2]];
        assert!(first.0 + 220.0 <= second.0 || second.0 + 80.0 <= first.0);
        assert!(layout.width >= 300.0);
    }
}
