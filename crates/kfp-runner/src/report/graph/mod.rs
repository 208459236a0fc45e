//! The graph of a pipeline with how its tasks ended.
//!
//! A graph within the graph is a box around its tasks; the body of a loop is drawn once, however often it ran.

mod layout;

use std::collections::{BTreeMap, BTreeSet};

use kfp_pipeline::diagram::MAX_DEPTH;
use kfp_pipeline::{Dag, PipelineSpec, Task, value::shortened};
use serde::Serialize;

use super::{run::counts, task::TaskView, text::grouped};
use crate::record::State;
use layout::{Curve, Layout};

/// No more boxes than this: a graph of more says less than the table.
const MAX: usize = 150;

const ROW: f64 = 17.0;
const PADDING: f64 = 10.0;
const NAME: usize = 32;

/// A drawing.
#[derive(Debug, Serialize)]
pub(super) struct Graph {
    width: f64,
    height: f64,
    boxes: Vec<Shape>,
    /// Edges, as SVG paths.
    edges: Vec<String>,
    /// How many tasks there are, if they are too many.
    too_many: Option<usize>,
}

/// A task, or a graph or loop around its tasks.
#[derive(Clone, Debug, Serialize)]
struct Shape {
    name: String,
    title: String,
    /// How it ended, in words.
    note: String,
    state: &'static str,
    /// The row of the first task it stands for, from 0.
    row: Option<usize>,
    is_around: bool,
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// The graph; none if the pipeline has no tasks.
pub(super) fn of(
    pipeline: &PipelineSpec,
    tasks: &[TaskView],
    groups: &BTreeMap<String, State>,
) -> Option<Graph> {
    let dag = pipeline
        .root
        .dag
        .as_ref()
        .filter(|dag| !dag.tasks.is_empty())?;
    let all = size(pipeline, dag, 1);
    if dag.tasks.len() > MAX {
        return Some(Graph {
            width: 0.0,
            height: 0.0,
            boxes: Vec::new(),
            edges: Vec::new(),
            too_many: Some(dag.tasks.len()),
        });
    }
    let drawer = Drawer {
        pipeline,
        known: Known::new(tasks, groups),
        tasks,
        depth: if all > MAX { 1 } else { MAX_DEPTH },
    };
    let drawn = drawer.draw(dag, "", 1);
    Some(Graph {
        width: drawn.width.ceil(),
        height: drawn.height.ceil(),
        boxes: drawn.boxes,
        edges: drawn.edges.iter().map(Curve::path).collect(),
        too_many: None,
    })
}

/// How many boxes a graph has with all that are in it; not counted further than is of interest.
fn size(pipeline: &PipelineSpec, dag: &Dag, depth: usize) -> usize {
    let mut boxes = dag.tasks.len();
    for task in dag.tasks.values() {
        if boxes > MAX || depth >= MAX_DEPTH {
            break;
        }
        if let Some(inner) = inner(pipeline, task) {
            boxes += size(pipeline, inner, depth + 1);
        }
    }
    boxes
}

fn inner<'a>(pipeline: &'a PipelineSpec, task: &Task) -> Option<&'a Dag> {
    let component = pipeline.components.get(&task.component_ref.name)?;
    component.dag.as_ref()
}

/// What is known about the tasks of a pipeline, by their paths without iterations.
struct Known {
    tasks: BTreeMap<String, Vec<usize>>,
    groups: BTreeMap<String, State>,
    iterations: BTreeMap<String, u64>,
}

impl Known {
    fn new(tasks: &[TaskView], groups: &BTreeMap<String, State>) -> Self {
        let mut known = Self {
            tasks: BTreeMap::new(),
            groups: BTreeMap::new(),
            iterations: BTreeMap::new(),
        };
        let mut seen = BTreeSet::new();
        let paths = tasks.iter().map(|task| task.path.as_str());
        for path in paths.chain(groups.keys().map(String::as_str)) {
            let ends = path.match_indices(']').map(|(at, _)| &path[..=at]);
            for iteration in ends.filter(|iteration| seen.insert(*iteration)) {
                *known.iterations.entry(plain(iteration)).or_default() += 1;
            }
        }
        for (index, task) in tasks.iter().enumerate() {
            known
                .tasks
                .entry(plain(&task.path))
                .or_default()
                .push(index);
        }
        for (path, state) in groups {
            let worst = known.groups.entry(plain(path)).or_insert(*state);
            if *state == State::Failed {
                *worst = *state;
            }
        }
        known
    }
}

/// A path without iterations: `for-loop-1/train` for `for-loop-1[0]/train`.
fn plain(path: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    plain
}

struct Drawer<'a> {
    pipeline: &'a PipelineSpec,
    known: Known,
    tasks: &'a [TaskView],
    /// How deep graphs are drawn rather than named.
    depth: usize,
}

#[derive(Debug, Default)]
struct Drawn {
    boxes: Vec<Shape>,
    edges: Vec<Curve>,
    width: f64,
    height: f64,
}

impl Drawer<'_> {
    fn draw(&self, dag: &Dag, parent: &str, depth: usize) -> Drawn {
        let names: Vec<&String> = dag.tasks.keys().collect();
        let mut shapes: Vec<(Shape, Drawn)> = Vec::new();
        for (name, task) in &dag.tasks {
            let path = if parent.is_empty() {
                name.clone()
            } else {
                format!("{parent}/{name}")
            };
            let inside = match inner(self.pipeline, task).filter(|_| depth < self.depth) {
                Some(inner) => self.draw(inner, &path, depth + 1),
                None => Drawn::default(),
            };
            shapes.push((self.shape(&path, name, &inside), inside));
        }
        let mut edges = Vec::new();
        for (to, task) in dag.tasks.values().enumerate() {
            for before in task.dependencies() {
                let from = names.iter().position(|name| *name == before);
                edges.extend(from.filter(|from| *from != to).map(|from| (from, to)));
            }
        }
        let sizes: Vec<(f64, f64)> = shapes
            .iter()
            .map(|(shape, _)| (shape.width, shape.height))
            .collect();
        let Layout {
            corners,
            edges,
            width,
            height,
        } = layout::layout(&sizes, &edges);
        let mut drawn = Drawn {
            boxes: Vec::new(),
            edges,
            width,
            height,
        };
        for ((mut shape, inside), (x, y)) in shapes.into_iter().zip(corners) {
            (shape.x, shape.y) = (x.round(), y.round());
            let left = shape.x + ((shape.width - inside.width) / 2.0).round();
            let top = shape.y + PADDING + 2.0 * ROW;
            drawn.boxes.push(shape);
            drawn
                .boxes
                .extend(inside.boxes.into_iter().map(|mut shape| {
                    shape.x += left;
                    shape.y += top;
                    shape
                }));
            let edges = inside.edges.into_iter();
            drawn.edges.extend(edges.map(|edge| edge.moved(left, top)));
        }
        drawn
    }

    fn shape(&self, path: &str, name: &str, inside: &Drawn) -> Shape {
        let rows = self.known.tasks.get(path).map_or(&[][..], Vec::as_slice);
        let (state, mut note) = self.ended(path, rows);
        if let Some(iterations) = self.known.iterations.get(path) {
            let word = if *iterations == 1 {
                "iteration"
            } else {
                "iterations"
            };
            note = format!("{} {word}, {note}", grouped(*iterations));
        }
        let name = shortened(name, NAME);
        // About as wide as the letters are in the fonts that browsers have.
        #[expect(clippy::cast_precision_loss, reason = "names are short")]
        let width = |text: &str, letter: f64| text.chars().count() as f64 * letter;
        let text = width(&name, 7.2).max(width(&note, 6.2)) + 2.0 * PADDING;
        let is_around = !inside.boxes.is_empty();
        let (inner, height) = if is_around {
            (
                inside.width + 2.0 * PADDING,
                inside.height + 2.0 * ROW + 2.0 * PADDING,
            )
        } else {
            (0.0, 2.0 * ROW + PADDING)
        };
        Shape {
            name,
            title: path.to_owned(),
            note,
            state,
            row: rows.first().copied(),
            is_around,
            x: 0.0,
            y: 0.0,
            width: text.max(inner).ceil(),
            height: height.ceil(),
        }
    }

    /// How the tasks of a path ended, and the state that is drawn for all of them.
    fn ended(&self, path: &str, rows: &[usize]) -> (&'static str, String) {
        let counts = counts(rows.iter().map(|row| &self.tasks[*row]));
        let Some((worst, _)) = counts.first() else {
            let state = self.known.groups.get(path);
            let word = state.map_or("unfinished", |state| state.word());
            return (word, word.to_owned());
        };
        if let [row] = rows {
            let task = &self.tasks[*row];
            let time = if task.time.is_empty() {
                String::new()
            } else {
                format!(" in {}", task.time)
            };
            return (worst, format!("{worst}{time}"));
        }
        let words: Vec<String> = counts
            .iter()
            .map(|(state, count)| format!("{} {state}", grouped(*count)))
            .collect();
        (worst, words.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use kfp_pipeline::Pipeline;
    use serde_json::json;

    use super::*;

    fn ran(path: &str, state: &'static str) -> TaskView {
        let mut task = TaskView::new(path);
        task.state = state;
        task
    }

    fn pipeline(tasks: &[&str]) -> Pipeline {
        let tasks: serde_json::Map<_, _> = tasks
            .iter()
            .map(|name| ((*name).to_owned(), json!({"componentRef": {"name": "c"}})))
            .collect();
        let text = json!({
            "pipelineInfo": {"name": "p"}, "schemaVersion": "2.1.0",
            "components": {"c": {"executorLabel": "e"}, "body": {"dag": {"tasks": {"train": {"componentRef": {"name": "c"}}}}}},
            "root": {"dag": {"tasks": tasks}},
        });
        let mut text = text;
        text["root"]["dag"]["tasks"]["loop"] = json!({
            "componentRef": {"name": "body"},
            "parameterIterator": {"items": {"raw": "[1]"}, "itemInput": "i"},
        });
        Pipeline::read(&text.to_string()).unwrap()
    }

    #[test]
    fn the_body_of_a_loop_is_drawn_once_however_often_it_ran() {
        let tasks: Vec<TaskView> = (0..1000)
            .map(|index| {
                let state = if index == 7 { "failed" } else { "succeeded" };
                ran(&format!("loop[{index}]/train"), state)
            })
            .collect();
        let groups = [("loop".to_owned(), State::Failed)].into();
        let graph = of(&pipeline(&[]).spec, &tasks, &groups).unwrap();
        let shown: Vec<(&str, &str, &str)> = graph
            .boxes
            .iter()
            .map(|one| (one.name.as_str(), one.state, one.note.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                ("loop", "failed", "1,000 iterations, failed"),
                ("train", "failed", "1 failed, 999 succeeded"),
            ]
        );
        let [around, inside] = &graph.boxes[..] else {
            panic!("{graph:?}");
        };
        assert!(around.is_around && inside.x > around.x && inside.y > around.y);
        assert!(inside.x + inside.width < around.x + around.width);
        assert!(inside.y + inside.height < around.y + around.height);
    }

    #[test]
    fn a_graph_that_is_too_large_is_not_drawn() {
        let names: Vec<String> = (0..MAX).map(|index| format!("t{index}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let folded = of(&pipeline(&names[1..]).spec, &[], &BTreeMap::new()).unwrap();
        assert_eq!(folded.boxes.len(), MAX, "the loop without its body");
        let none = of(&pipeline(&names).spec, &[], &BTreeMap::new()).unwrap();
        assert_eq!((none.boxes.len(), none.too_many), (0, Some(MAX + 1)));
    }
}
