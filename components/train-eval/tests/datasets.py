"""Writes data sets of scikit-learn into a folder, as x-NAME.csv and y-NAME.csv."""

import pathlib
import sys

from sklearn import datasets

folder = pathlib.Path(sys.argv[1])


def write(name, features, labels):
    header = ",".join(f"f{at}" for at in range(features.shape[1]))
    rows = (",".join(map(repr, row)) for row in features.tolist())
    (folder / f"x-{name}.csv").write_text("\n".join([header, *rows]))
    (folder / f"y-{name}.csv").write_text("\n".join(["label", *map(str, labels)]))


for name in ("iris", "wine", "digits", "breast_cancer"):
    features, target = getattr(datasets, f"load_{name}")(return_X_y=True)
    write(name, features, target)
    # The first class against the rest, and a table whose values are not 32-bit numbers.
    write(f"{name}-binary", features, target == 0)
    write(f"{name}-tenths", features / 10, target)
