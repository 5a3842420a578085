"""
Outliers inside the bulk
========================

Outliers need not be far out. Here they all sit at one point that is *nearer* to the centre than
almost every clean row: copies of a default value, say, or a sensor that is stuck. A distance,
however robust, ranks them among the most normal rows of all. A discriminator looks for mass that
the clean law cannot explain, wherever it is.
"""

# %%
# The sample
# ----------
#
# Ten features, a fifth of the rows at distance 1 from the centre; the clean rows are at about
# :math:`\sqrt{10} \approx 3.2`.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import roc_auc_score

from robustgan import JSGANMean, design

X, is_outlier = design("point", n_features=10).sample(1000, rng=0)
fit = JSGANMean(random_state=0).fit(X)

# %%
# Two scores
# ----------
#
# The discriminator's, and minus the distance, even from the true centre in the true metric. The
# area under the ROC curve is 1 if every outlier scores lower than every clean row, and 0 if every
# outlier scores higher.

scores = {
    "discriminator's score (nats)": fit.score_samples(X),
    "minus the Mahalanobis distance": -np.linalg.norm(X, axis=1),
}
for name, score in scores.items():
    print(f"{name:<31} AUC {roc_auc_score(~is_outlier, score):.2f}")

# %%
# In both panels the left is outlying. The rows at the one point share one score.

figure, axes = plt.subplots(1, 2, figsize=(9, 4), sharey=True, layout="constrained")
for ax, (name, score) in zip(axes, scores.items(), strict=True):
    bins = np.linspace(score.min(), score.max(), 50)
    ax.hist(score[~is_outlier], bins, color="0.75", label=f"clean rows ({sum(~is_outlier)})")
    ax.hist(
        score[is_outlier],
        bins,
        histtype="step",
        color="tab:red",
        hatch="///",
        linewidth=1.5,
        label=f"outliers ({sum(is_outlier)})",
    )
    ax.set(xlabel=name + ", higher is more normal", yscale="log")
axes[0].axvline(fit.offset_, color="black", linestyle="--", label="cut-off")
axes[0].set_ylabel("rows (log scale)")
figure.legend(
    *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False
)
plt.show()
