"""What data-preprocess does, with pandas and scikit-learn: preprocess.py TABLE LABEL FOLDER"""

import sys

import pandas
from sklearn.model_selection import train_test_split

table, label, folder = sys.argv[1:]
rows = pandas.read_csv(table)
x, y = rows.drop(columns=[label]), rows[[label]]
parts = train_test_split(x, y, test_size=0.2, random_state=42, stratify=y)
for name, part in zip(("x_train", "x_test", "y_train", "y_test"), parts):
    part.to_csv(f"{folder}/{name}", index=False)
