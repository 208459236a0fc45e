//! The forest on real data.

use forest::Examples;

const IRIS: &str = include_str!("../../../pipelines/iris/iris.csv");

/// Iris as rows of the form `5.1,3.5,1.4,0.2` and `Setosa`.
fn iris() -> Vec<(&'static str, &'static str)> {
    IRIS.lines()
        .skip(1)
        .map(|line| line.rsplit_once(',').unwrap())
        .collect()
}

fn examples(rows: &[(&str, &str)]) -> Examples {
    let features: Vec<_> = rows
        .iter()
        .map(|(features, _)| format!("{features}\n"))
        .collect();
    let labels: Vec<_> = rows.iter().map(|(_, label)| format!("{label}\n")).collect();
    let features = format!("sl,sw,pl,pw\n{}", features.concat());
    let labels = format!("variety\n{}", labels.concat());
    Examples::read(("x", features.as_bytes()), ("y", labels.as_bytes())).unwrap()
}

/// Ten rows of each class to test on, drawn by seed.
fn split(seed: u64) -> (Examples, Examples) {
    let mut random = oorandom::Rand64::new(seed.into());
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for class in iris().chunks(50) {
        let mut class = class.to_vec();
        for _ in 0..10 {
            let drawn = usize::try_from(random.rand_range(0..class.len() as u64)).unwrap();
            test.push(class.swap_remove(drawn));
        }
        train.extend(class);
    }
    (examples(&train), examples(&test))
}

#[test]
fn accuracy_over_thirty_splits_is_that_of_other_forests() {
    let accuracies = (0..30).map(|seed| {
        let (train, test) = split(seed);
        let model = forest::fit(&train, 100, 42).unwrap();
        let score = forest::score(&model, &test).unwrap();
        score.confusion.accuracy()
    });
    let mean = accuracies.sum::<f64>() / 30.0;
    // scikit-learn: 0.952, with a standard deviation of 0.033 between splits.
    assert!((mean - 0.952).abs() < 0.02, "{mean}");
}

#[test]
fn the_seed_decides_the_forest() {
    let examples = examples(&iris());
    let once = forest::fit(&examples, 10, 1).unwrap();
    assert_eq!(once, forest::fit(&examples, 10, 1).unwrap());
    assert_ne!(once, forest::fit(&examples, 10, 2).unwrap());
}
