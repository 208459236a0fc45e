"""What train-eval does, with scikit-learn: train.py FOLDER prints the accuracy and the seconds without the imports."""

import json
import sys
import time

import pandas
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score

start = time.perf_counter()
folder = sys.argv[1]
x_train, x_test, y_train, y_test = (
    pandas.read_csv(f"{folder}/{name}") for name in ("x_train", "x_test", "y_train", "y_test")
)
forest = RandomForestClassifier(n_estimators=100, random_state=42)
forest.fit(x_train, y_train.iloc[:, 0])
accuracy = accuracy_score(y_test.iloc[:, 0], forest.predict(x_test))
print(json.dumps({"accuracy": accuracy, "seconds": time.perf_counter() - start}))
